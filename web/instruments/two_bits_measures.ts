import { scaleLinear } from "d3-scale";
import { type SVGTemplateResult, svg } from "lit";
import type { CodebookName } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { axisBottom, axisLeft, chart, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import { bitsText, type Contender, contenders, decibelText, lossText, type View } from "./two_bits.ts";
import { bins } from "./two_bits_layer.ts";

/** The height of a bar in powers of ten, so that a count of one can be seen. */
function powerOf(count: number): number {
  return count > 0 ? Math.log10(count) + 0.3 : 0;
}

/**
 * The weights as they were given and turned. A bar is a unit wide and a power of ten a unit high, so that the same
 * paths serve all widths of the picture.
 */
export function distributionPicture({ layer }: View, width: number): Picture {
  const frame: Frame = { width, height: 196, left: 46, right: 4, top: 8, bottom: 42 };
  const foot = frame.height - frame.bottom;
  const { counts, reach, tails } = layer;
  const most = Math.max(...counts.given, ...counts.turned);
  const y = scaleLinear([0, powerOf(most) * 1.04 || 1], [foot, frame.top]);
  const x = scaleLinear([-reach, reach], [frame.left, width - frame.right]);
  const step = (width - frame.left - frame.right) / bins;
  const place = `translate(${frame.left} ${foot}) scale(${pixel(step * 100) / 100} ${pixel((y(1) - foot) * 100) / 100})`;
  const size = (peak: number) => formatFigure(peak, "fixed 1");
  const description =
    `Distribution of the weights on a logarithmic scale: as given they reach ${size(tails.given.peak)} root mean squares, ` +
    `turned ${size(tails.turned.peak)}; kurtosis ${size(tails.given.kurtosis)} and ${size(tails.turned.kurtosis)}.`;
  const ticks = [1, 10, 100, 1000, 10000].filter((count) => count <= most);
  return {
    title: "The weights — grey as given, mint turned; on this scale a bell is a parabola",
    description,
    svg: chart(
      frame,
      description,
      svg`
        ${axisLeft(frame, { ticks, position: (count) => y(powerOf(count)), label: (count) => formatFigure(count, "integer") })}
        <g transform=${place}>
          <path class="area-original" d=${bars(counts.given)}></path>
          <path class="area-survives turned-area" d=${bars(counts.turned)}></path>
        </g>
        ${axisBottom(frame, { ticks: x.ticks(5), position: x, label: (tick) => formatFigure(tick, "integer"), title: "weight / root mean square" })}`,
    ),
  };
}

function bars(counts: Uint32Array): string {
  let path = "M0 0";
  let height = 0;
  for (const count of counts) {
    const power = Math.round(powerOf(count) * 100) / 100;
    if (power !== height) path += `V${power}`;
    height = power;
    path += "h1";
  }
  return `${path}V0Z`.replaceAll(/(?:h1){2,}/g, (run) => `h${run.length / 2}`);
}

/** What every contender leaves in dB, from grey as given to mint turned, towards the bound. */
export function distortionPicture(
  view: View,
  width: number,
  choose: (codebook: CodebookName) => void,
): Picture {
  const narrow = isNarrow(width);
  const rows = contenders(view);
  const lane = narrow ? 46 : 34;
  const frame: Frame = {
    width,
    height: 22 + rows.length * lane + 44,
    left: narrow ? 4 : 212,
    right: narrow ? 10 : 104,
    top: 22,
    bottom: 44,
  };
  const foot = frame.height - frame.bottom;
  const { sqnrDb } = view.bound;
  const reached = rows.flatMap(({ loss }) => [loss.given?.sqnrDb ?? 0, loss.turned?.sqnrDb ?? 0]);
  const most = Math.max(sqnrDb, ...reached.filter(Number.isFinite));
  const x = scaleLinear([0, most * 1.06], [frame.left, width - frame.right]).clamp(true);
  const bound = pixel(x(sqnrDb));
  // On a phone the words of each lane stand in its way.
  const boundPath = narrow
    ? rows.map((_, index) => `M${bound} ${frame.top + (index + 1) * lane - 24}v22`).join("")
    : `M${bound} ${frame.top - 6}V${foot}`;
  const description = rows
    .map(({ name, loss }) => `${name}: ${lossOf(loss.given)} as given, ${lossOf(loss.turned)} turned`)
    .join("; ");
  return {
    title: "Signal over error — grey as given, mint turned",
    description: `${description}. The Gaussian bound at two bits is ${decibelText(sqnrDb)} dB.`,
    svg: chart(
      frame,
      description,
      svg`
        ${axisBottom(frame, { ticks: x.ticks(narrow ? 4 : 7), position: x, label: (tick) => formatFigure(tick, "integer"), title: "signal / error, dB" })}
        <path class="bound" d=${boundPath}></path>
        <text class="storey-title survives" x=${bound - 6} y="12" text-anchor="end">${narrow ? "BOUND, 2 BITS" : "GAUSSIAN BOUND AT 2 BITS"}</text>
        ${rows.map((row, index) => laneOf(row, view, frame, { top: frame.top + index * lane, height: lane, x, choose }))}`,
    ),
  };
}

const lossOf = (loss: { distortion: number } | undefined) =>
  loss ? `${lossText(loss.distortion)} lost` : "not yet known";

interface Lane {
  top: number;
  height: number;
  x: (sqnrDb: number) => number;
  choose: (codebook: CodebookName) => void;
}

/** A contender: its name, its bits, and its two marks with what they lose. */
function laneOf(
  { id, name, loss }: Contender,
  { state }: View,
  frame: Frame,
  { top, height, x, choose }: Lane,
): SVGTemplateResult {
  const narrow = isNarrow(frame.width);
  const middle = top + height * (narrow ? 0.72 : 0.5);
  const { given, turned } = loss;
  const bits = turned ? `${bitsText(turned.bitsPerWeight)} bits` : "learning …";
  const text = turned && given ? `${lossText(given.distortion)} → ${lossText(turned.distortion)}` : "";
  const mark = (side: "given" | "turned", radius: number) => {
    const sqnrDb = loss[side]?.sqnrDb;
    return sqnrDb === undefined
      ? ""
      : svg`<circle class="loss-${side}" cx=${pixel(x(sqnrDb))} cy=${pixel(middle)} r=${radius}></circle>`;
  };
  const [line, left] = narrow ? [middle - 16, frame.left] : [middle + 4, 0];
  const right = frame.width - (narrow ? frame.right : 0);
  return svg`<g class=${id === state.codebook ? "lane lane-chosen" : "lane"}>
    <text class="row-label" x=${left} y=${pixel(line)}>${name}<tspan class="row-note" dx="8">${bits}</tspan></text>
    <line class="grid" x1=${frame.left} x2=${frame.width - frame.right} y1=${pixel(middle)} y2=${pixel(middle)}></line>
    ${given && turned ? svg`<line class="loss-move" x1=${pixel(x(given.sqnrDb))} x2=${pixel(x(turned.sqnrDb))} y1=${pixel(middle)} y2=${pixel(middle)}></line>` : ""}
    ${mark("given", 4.5)}${mark("turned", 5.5)}
    <text class="row-note" x=${right} y=${pixel(line)} text-anchor="end">${text}</text>
    ${id ? svg`<rect class="lane-surface" data-lane=${id} x="0" y=${top} width=${frame.width} height=${height} @click=${() => choose(id)}></rect>` : ""}
  </g>`;
}
