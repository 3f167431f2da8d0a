import { type ScaleContinuousNumeric, scaleLinear, scaleSymlog } from "d3-scale";
import { type SVGTemplateResult, svg } from "lit";
import { formatFigure } from "../figures/format.ts";
import { axisBottom, axisLeft, chart, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import type { View } from "./quantizer.ts";

type Position = ScaleContinuousNumeric<number, number>;

/** The three storeys of the picture, in pixels from the top. */
interface Storeys {
  /** Top and foot of the original histogram. */
  original: readonly [top: number, foot: number];
  /** Head and end of the surviving histogram, which hangs. */
  surviving: readonly [head: number, end: number];
}

/** How many weights are followed, of those in the bulk. */
const followed = 220;

/**
 * The original distribution in grey stands above, the surviving values in mint hang below on the same axis, and
 * between the two hairlines follow single weights to the values that they become.
 */
export function quantizerPicture(view: View, width: number): Picture {
  const { pinned } = view;
  const narrow = isNarrow(width);
  const frame: Frame = {
    width,
    height: narrow ? 385 : 434,
    left: 48,
    right: 12,
    top: 22,
    bottom: 46,
  };
  const storeys: Storeys = narrow
    ? { original: [26, 122], surviving: [212, 320] }
    : { original: [26, 142], surviving: [242, 370] };
  const x = scaleLinear(view.window, [frame.left, width - frame.right]);
  const largest = (counts: readonly Uint32Array[]) =>
    Math.max(1, ...counts.map((count) => Math.max(...count)));
  const hanging = [view.surviving, ...(pinned ? [pinned.surviving] : [])];
  const all = largest([view.original, ...hanging]);
  // On a linear axis the tallest surviving bar would flatten the original, so each then has an axis of its own.
  const count = (most: number) =>
    view.state.log ? scaleSymlog([0, all], [0, 1]) : scaleLinear([0, most], [0, 1]);
  const originalCount = count(largest([view.original])).range([...storeys.original].reverse());
  const survivingCount = count(largest(hanging)).range(storeys.surviving);
  const description =
    `Histogram of ${formatFigure(view.tensor.weights.length, "integer")} weights above, and of the ` +
    `${formatFigure(view.result.levelsUsed, "integer")} values that they become below, in ${view.setting}.`;
  return {
    title: `${view.setting} — grey the original, mint what survives`,
    description,
    svg: chart(
      frame,
      description,
      svg`
        ${countAxis(frame, originalCount, view.state.log)}
        ${countAxis(frame, survivingCount, view.state.log)}
        <path class="area-original" d=${outline(view.original, x, originalCount)}></path>
        ${collapse(view, x, storeys)}
        <path class="area-survives" d=${bars(view.surviving, x, survivingCount)}></path>
        ${pinned ? svg`<path class="outline-pinned" d=${outline(pinned.surviving, x, survivingCount)}></path>` : ""}
        <line class="axis-line" x1=${frame.left} x2=${width - frame.right} y1=${storeys.original[1]} y2=${storeys.original[1]}></line>
        <line class="axis-line" x1=${frame.left} x2=${width - frame.right} y1=${storeys.surviving[0]} y2=${storeys.surviving[0]}></line>
        ${gridMarks(view, x, storeys)}
        ${axisBottom(frame, { ticks: x.ticks(narrow ? 4 : 8), position: x, label: (tick) => formatFigure(tick, tick === 0 ? "integer" : "fixed 2"), title: "weight" })}
        <text class="storey-title" x=${frame.left} y="14">ORIGINAL</text>
        <text class="storey-title survives" x=${frame.left} y=${frame.height - frame.bottom - 5}>SURVIVING</text>
        ${pinned ? svg`<text class="storey-title pinned" x=${width - frame.right} y=${frame.height - frame.bottom - 5} text-anchor="end">PINNED ${pinned.setting}</text>` : ""}`,
    ),
  };
}

function countAxis(frame: Frame, position: Position, log: boolean): SVGTemplateResult {
  const [, most = 1] = position.domain();
  const ticks = log ? [1, 10, 100, 1000, 10000].filter((tick) => tick <= most) : position.ticks(3).slice(1);
  return axisLeft(frame, { ticks, position, label: (tick) => formatFigure(tick, "count 1") });
}

/** The outline of a histogram: one open path for every run of bins that are not empty. */
function outline(counts: Uint32Array, x: Position, y: Position): string {
  const edge = edges(counts.length, x);
  const foot = pixel(y(0));
  return Array.from(counts, (count, bin) => {
    if (count === 0) return "";
    const rise = counts[bin - 1] ? "" : `M${edge(bin)},${foot}`;
    const fall = counts[bin + 1] ? "" : `V${foot}`;
    return `${rise}V${pixel(y(count))}H${edge(bin + 1)}${fall}`;
  }).join("");
}

/** A histogram as bars with a hairline between them, empty bins left out. */
function bars(counts: Uint32Array, x: Position, y: Position): string {
  const edge = edges(counts.length, x);
  return Array.from(counts, (count, bin) =>
    count === 0
      ? ""
      : `M${pixel(edge(bin) + 0.3)},${pixel(y(0))}V${pixel(y(count))}H${pixel(edge(bin + 1) - 0.3)}V${pixel(y(0))}Z`,
  ).join("");
}

function edges(bins: number, x: Position): (bin: number) => number {
  const [left = 0, right = 0] = x.range();
  return (bin) => pixel(left + ((right - left) * bin) / bins);
}

/** Hairlines from single weights to the values that they become: some of the bulk, and every outlier. */
function collapse(
  { tensor: { weights }, result, window, bulk }: View,
  x: Position,
  storeys: Storeys,
): SVGTemplateResult {
  const stride = Math.ceil(weights.length / followed);
  const [from, to] = [storeys.original[1], storeys.surviving[0]];
  const middle = (from + to) / 2;
  const thread = (index: number) => {
    const [start, end] = [pixel(x(weights[index] ?? 0)), pixel(x(result.dequantized[index] ?? 0))];
    return `M${start},${from}C${start},${middle} ${end},${middle} ${end},${to}`;
  };
  const isInside = (value = 0) => value >= window[0] && value <= window[1];
  const inside = Array.from(weights.keys()).filter(
    (index) => isInside(weights[index]) && isInside(result.dequantized[index]),
  );
  const isOutlier = (index: number) => Math.abs(weights[index] ?? 0) > bulk;
  return svg`
    <path class="thread" d=${inside
      .filter((index) => index % stride === 0 && !isOutlier(index))
      .map(thread)
      .join("")}></path>
    <path class="thread thread-outlier" d=${inside.filter(isOutlier).map(thread).join("")}></path>`;
}

/** Marks nearer to each other than this melt, in pixels. */
const apart = 2.5;

/** The grid itself, where one holds for all weights: a mark a value, a band where values stand too close to be told apart. */
function gridMarks({ grid, window }: View, x: Position, storeys: Storeys): SVGTemplateResult[] {
  const places = Array.from(grid)
    .filter((level) => level >= window[0] && level <= window[1])
    .map((level) => pixel(x(level)));
  const head = storeys.surviving[0];
  const bands: [first: number, last: number][] = [];
  for (const place of places) {
    const band = bands.at(-1);
    if (band && place - band[1] < apart) band[1] = place;
    else bands.push([place, place]);
  }
  // One band from end to end says nothing of a grid.
  if (bands.length === 1 && places.length > 1) return [];
  return bands.map(([first, last]) =>
    first === last
      ? svg`<line class="grid-mark" x1=${first} x2=${first} y1=${head - 7} y2=${head}></line>`
      : svg`<rect class="grid-band" x=${first - 0.75} y=${head - 7} width=${pixel(last - first + 1.5)} height="7"></rect>`,
  );
}
