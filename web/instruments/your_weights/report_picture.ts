import { scaleLinear } from "d3-scale";
import { svg } from "lit";
import { formatFigure } from "../../figures/format.ts";
import { axisBottom, axisLeft, chart, type Frame, isNarrow, pixel } from "../chart.ts";
import type { Picture } from "../instrument.ts";
import { markNames, type NamedMark } from "../mark_names.ts";
import { shortName } from "../words.ts";
import type { Report, Total } from "./report.ts";

/** The Gaussian rate–distortion bound as a line: so many dB at so many bits. */
export interface Bound {
  bits: number;
  db: number;
}

/** Most dots of one format: more would be a surface. */
const mostDots = 400;

/**
 * Bits against signal-to-quantization-noise ratio: a dot for each tensor in each format, grey, the whole model in mint,
 * and above them the bound that no code of Gaussian weights passes.
 */
export function reportPicture(report: Report, bound: Bound, width: number): Picture {
  const narrow = isNarrow(width);
  const frame: Frame = { width, height: narrow ? 280 : 340, left: 44, right: 16, top: 20, bottom: 46 };
  const dots = report.rows.flatMap(({ outcomes }) =>
    outcomes.flatMap((outcome) =>
      "error" in outcome && Number.isFinite(outcome.error.sqnrDb) ? [outcome.error] : [],
    ),
  );
  const most = Math.max(2, ...dots.map(({ bitsPerWeight }) => bitsPerWeight)) * 1.08;
  const highest = Math.max(10, ...dots.map(({ sqnrDb }) => sqnrDb)) * 1.1;
  const lowest = Math.min(0, ...dots.map(({ sqnrDb }) => sqnrDb));
  const x = scaleLinear([0, most], [frame.left, width - frame.right]);
  const y = scaleLinear([lowest, highest], [frame.height - frame.bottom, frame.top]);
  const marks = totalMarks(report.totals, x, y);
  const stride = Math.ceil(report.rows.length / mostDots);
  const shown = dots.filter((_, index) => Math.floor(index / report.formats.length) % stride === 0);
  // The bound leaves the picture where it meets the first of its two edges.
  const end = Math.min(1, most / bound.bits, highest / bound.db);
  const description =
    `${formatFigure(report.rows.length, "integer")} tensors in ${formatFigure(report.formats.length, "integer")} formats: ` +
    "bits per weight to the right, signal-to-quantization-noise ratio upwards.";
  return {
    title: "Bits against noise — a grey dot a tensor, mint the whole model",
    description,
    svg: chart(
      frame,
      description,
      svg`
        ${axisLeft(frame, { ticks: y.ticks(5), position: y, label: (tick) => formatFigure(tick, "integer") })}
        <line class="bound" x1=${pixel(x(0))} y1=${pixel(y(0))} x2=${pixel(x(bound.bits * end))} y2=${pixel(y(bound.db * end))}></line>
        ${shown.map(
          ({ bitsPerWeight, sqnrDb }) =>
            svg`<circle class="report-dot" cx=${pixel(x(bitsPerWeight))} cy=${pixel(y(sqnrDb))} r="2.5"></circle>`,
        )}
        ${marks.map((mark) => svg`<circle class="report-total" cx=${mark.x} cy=${mark.y} r="4.5"></circle>`)}
        ${markNames(marks, frame)}
        ${axisBottom(frame, { ticks: x.ticks(narrow ? 4 : 8), position: x, label: (tick) => formatFigure(tick, "count 1"), title: "bits per weight" })}
        <text class="storey-title" x=${frame.left} y="12">SQNR, dB</text>`,
    ),
  };
}

/** Each format over all tensors, the one with the least noise first. */
function totalMarks(
  totals: readonly Total[],
  x: (bits: number) => number,
  y: (db: number) => number,
): NamedMark[] {
  return totals
    .flatMap(({ format, error }) =>
      error && Number.isFinite(error.sqnrDb)
        ? [{ name: shortName(format), x: pixel(x(error.bitsPerWeight)), y: pixel(y(error.sqnrDb)) }]
        : [],
    )
    .toSorted((one, other) => one.y - other.y);
}
