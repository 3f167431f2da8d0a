import { scaleLinear } from "d3-scale";
import { type SVGTemplateResult, svg } from "lit";
import type { Matrix } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import { axisBottom, axisLeft, chart, dragSurface, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import type { View } from "./kv_cache.ts";
import { rangesOf } from "./kv_cache_head.ts";

type Position = (value: number) => number;

/** Tokens of the second picture: as many as can be told apart. */
const followed = { wide: 64, narrow: 40 };

/** The largest magnitude of some numbers. */
function reach(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest || 1;
}

const tickText = (tick: number) => formatFigure(tick, Number.isInteger(tick) ? "integer" : "fixed 1");

/** Every channel from its smallest number to its largest: keys above, values below, each on an axis of its own. */
export function rangesPicture(view: View, width: number, follow: (channel: number) => void): Picture {
  const { head, state } = view;
  const narrow = isNarrow(width);
  const frame: Frame = { width, height: narrow ? 270 : 310, left: 40, right: 8, top: 22, bottom: 26 };
  const tall = (frame.height - frame.top - frame.bottom - 30) / 2;
  const channels = head.keys.cols;
  const step = (width - frame.left - frame.right) / channels;
  const centre = (channel: number) => frame.left + (channel + 0.5) * step;
  const chosen = { x: pixel(centre(state.channel) - step / 2), width: pixel(step) };
  const row = (name: string, matrix: Matrix, top: number): SVGTemplateResult => {
    const ranges = rangesOf(matrix);
    const most = reach(ranges.flat());
    const y = scaleLinear([-most, most], [top + tall, top]);
    // Strokes in whole pixels: what is printed at build has to travel with the page.
    const bars = ranges.map(
      ([least, largest], channel) =>
        `M${pixel(centre(channel))},${Math.round(y(largest))}V${Math.round(y(least))}`,
    );
    return svg`${axisLeft(frame, { ticks: y.ticks(3), position: y, label: tickText })}
      <path class="cache-range" stroke-width=${pixel(step * 0.72)} d=${bars.filter((_, channel) => channel !== state.channel).join("")}></path>
      <path class="cache-range cache-range-chosen" stroke-width=${pixel(step * 0.72)} d=${bars[state.channel] ?? ""}></path>
      <text class="storey-title" x=${frame.left} y=${top - 8}>${name}</text>`;
  };
  const description =
    `Range of each of ${channels} channels over ${head.keys.rows} tokens: keys reach ` +
    `${tickText(Math.round(reach(rangesOf(head.keys).flat())))} in their loudest channel, values ` +
    `${tickText(Math.round(reach(rangesOf(head.values).flat())))}. Channel ${state.channel} is followed below.`;
  const second = frame.top + tall + 30;
  const drag = { ...frame, top: frame.top, bottom: frame.bottom };
  return {
    title: "What a scale has to span — each channel from its smallest number to its largest",
    description,
    svg: chart(
      frame,
      description,
      svg`<rect class="cache-column" x=${chosen.x} width=${chosen.width} y=${frame.top} height=${frame.height - frame.top - frame.bottom}></rect>
        ${row("KEYS", head.keys, frame.top)}${row("VALUES", head.values, second)}
        <text class="row-note" x=${pixel(Math.min(Math.max(centre(state.channel), frame.left + 34), width - frame.right - 34))} y=${frame.height - 8} text-anchor="middle">channel ${state.channel}</text>
        ${dragSurface(drag, (at) => follow(Math.floor((at - frame.left) / step)))}`,
    ),
  };
}

/** One channel over its first tokens: grey what was computed, mint what the cache gives back. */
export function channelPicture(view: View, width: number): Picture {
  const { head, cache, state } = view;
  const narrow = isNarrow(width);
  const tokens = Math.min(narrow ? followed.narrow : followed.wide, head.keys.rows);
  const frame: Frame = { width, height: narrow ? 290 : 320, left: 40, right: 8, top: 22, bottom: 46 };
  const tall = (frame.height - frame.top - frame.bottom - 30) / 2;
  const x = scaleLinear([0, tokens], [frame.left, width - frame.right]);
  const row = (name: string, given: Matrix, stored: Matrix, top: number): SVGTemplateResult => {
    const [before, after] = [given, stored].map((matrix) => channelOf(matrix, state.channel, tokens));
    const most = reach([...(before ?? []), ...(after ?? [])]);
    const y = scaleLinear([-most, most], [top + tall, top]);
    return svg`${axisLeft(frame, { ticks: y.ticks(3), position: y, label: tickText })}
      <path class="cache-given" d=${stairs(before ?? [], x, y)}></path>
      <path class="cache-stored" d=${stairs(after ?? [], x, y)}></path>
      <text class="storey-title" x=${frame.left} y=${top - 8}>${name}</text>`;
  };
  const description =
    `Channel ${state.channel} of keys and of values over the first ${tokens} tokens, as computed and as the cache gives ` +
    `them back; over all channels the errors are ${formatFigure(cache.keyError, "percent 1")} and ${formatFigure(cache.valueError, "percent 1")}.`;
  return {
    title: `Channel ${state.channel}, token by token — grey as computed, mint as the cache gives it back`,
    description,
    svg: chart(
      frame,
      description,
      svg`${row("KEYS", head.keys, cache.keys, frame.top)}
        ${row("VALUES", head.values, cache.values, frame.top + tall + 30)}
        ${axisBottom(frame, { ticks: x.ticks(narrow ? 4 : 8), position: x, label: String, title: "token" })}`,
    ),
  };
}

function channelOf({ data, cols }: Matrix, channel: number, tokens: number): number[] {
  return Array.from({ length: tokens }, (_, token) => data[token * cols + channel] ?? 0);
}

/** A level for each token, in whole pixels from one to the next. */
function stairs(values: readonly number[], x: Position, y: Position): string {
  let [across, down] = [Math.round(x(0)), Math.round(y(values[0] ?? 0))];
  let path = `M${across},${down}`;
  for (const [token, value] of values.entries()) {
    const [right, level] = [Math.round(x(token + 1)), Math.round(y(value))];
    path += `${level === down ? "" : `v${level - down}`}h${right - across}`;
    [across, down] = [right, level];
  }
  return path;
}
