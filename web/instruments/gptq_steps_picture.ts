import { type ScaleLinear, scaleLinear } from "d3-scale";
import { type SVGTemplateResult, svg } from "lit";
import { type Cell, cellSurface, type Pointing } from "./cell_surface.ts";
import { axisLeft, chart, dragSurface, type Frame, isNarrow, pixel } from "./chart.ts";
import { inputAt, type View } from "./gptq_steps.ts";
import { inputs, outputs, type Sweep } from "./gptq_sweep.ts";
import type { Picture } from "./instrument.ts";

/** Where the matrix stands, and its cells. */
interface Layout {
  left: number;
  top: number;
  cellWidth: number;
  rowHeight: number;
}

const margin = { left: 40, right: 2 };
/** Height of the ribbons over the matrix, and of the names of the inputs under them. */
const ribbons = 62;
const names = 22;
const rowHeight = 54;
const widestRibbon = 9;
const legendHeight = 20;
/** Room between the highest level of a row's grid and the row's edge, in pixels. */
const inset = 7;

function layoutFor(width: number): Layout {
  const cellWidth = (width - margin.left - margin.right) / inputs;
  return { left: margin.left, top: legendHeight + ribbons + names, cellWidth, rowHeight };
}

/**
 * The matrix in the order of the sweep: a bar for each weight, between the levels of its row's grid; grey while it is
 * open, mint once it is rounded. What the last column lost, and what that moved, is marked on the bars; ribbons say how
 * much of it each open column takes.
 */
export function sweepPicture(view: View, width: number, pointing: Pointing): Picture {
  const layout = layoutFor(width);
  const height = layout.top + outputs * rowHeight + 4;
  const { state, sweep, cell } = view;
  const { step } = state;
  const description =
    `${outputs} rows of ${inputs} weights; ` +
    (step === 0
      ? "all are open."
      : `the columns of ${step} inputs are rounded, the last is input ${inputAt(sweep, step - 1)}` +
        (step < inputs ? `, whose error moves the weights of the ${inputs - step} open ones.` : "."));
  const content = svg`
    ${legend(isNarrow(width))}
    ${currentColumn(step, layout)}
    ${barPaths(view, layout)}
    ${columnNames(view, layout)}
    ${rowNames(layout)}
    ${ribbonPaths(view, layout)}
    <rect class="cell-chosen" x=${pixel(layout.left + cell.column * layout.cellWidth)} y=${layout.top + cell.row * rowHeight}
      width=${pixel(layout.cellWidth)} height=${rowHeight}></rect>
    ${cellSurface({ ...layout, width: inputs * layout.cellWidth, height: outputs * rowHeight, rows: outputs, columns: inputs }, pointing)}`;
  return {
    title: "The weights, column by column, between the levels of their row’s grid",
    description,
    svg: chart({ width, height }, description, content),
  };
}

/** What the colours of the bars say. */
function legend(isSparse: boolean): SVGTemplateResult[] {
  const width = isSparse ? 70 : 112;
  const keys = [
    ["weight-open", "open"],
    ["weight-rounded", "rounded"],
    ["weight-moved", isSparse ? "error" : "error, moved"],
    ["weight-given", "as given"],
  ] as const;
  return keys.map(([name, text], index) => {
    const left = margin.left + index * width;
    const sign = name === "weight-given" ? `M${left},8h10` : `M${left},3h10v10h-10Z`;
    return svg`<path class=${name} d=${sign}></path>
      <text class="row-note" x=${left + 15} y="12">${text}</text>`;
  });
}

/** Heights of a row's values, the highest level of its grid near the edge; what is beyond stands at the edge. */
function heights({ levels }: Sweep, output: number, { top }: Layout): ScaleLinear<number, number> {
  const reach = (levels[output] ?? []).reduce((most, level) => Math.max(most, level), 0) || 1;
  const base = top + output * rowHeight;
  const middle = base + rowHeight / 2;
  return scaleLinear([0, reach], [middle, base + inset]);
}

/** A height within its row. */
function within(height: number, output: number, { top }: Layout): number {
  const base = top + output * rowHeight;
  return pixel(Math.min(base + rowHeight - 1, Math.max(base + 1, height)));
}

/** Where in its column the bar of a weight begins, and how wide it is; the tick across it, alike. */
const bar = { left: 0.24, width: 0.52 };
const tick = { left: 0.13, width: 0.74 };

/** A rectangle of the bar of a cell, from one value to another. */
function barBetween(
  { row, column }: Cell,
  from: number,
  to: number,
  y: ScaleLinear<number, number>,
  layout: Layout,
): string {
  const [start, end] = [within(y(from), row, layout), within(y(to), row, layout)];
  const height = pixel(end - start);
  return height === 0 ? "" : `M${column + bar.left},${start}h${bar.width}v${height}h-${bar.width}z`;
}

/**
 * All bars, those of a kind in one path: open, rounded, the error of the last column and what it moved, and the weights
 * as given. A column is a unit wide, so that the same paths serve all widths of the picture.
 */
function barPaths({ state: { step }, sweep }: View, layout: Layout): SVGTemplateResult {
  const paths = { open: "", rounded: "", moved: "", given: "" };
  for (let output = 0; output < outputs; output++) {
    const y = heights(sweep, output, layout);
    for (let place = 0; place < inputs; place++) {
      const cell = { row: output, column: place };
      const now = sweep.weight(step, output, place);
      paths[place < step ? "rounded" : "open"] += barBetween(cell, 0, now, y, layout);
      if (step > 0 && place >= step - 1) {
        paths.moved += barBetween(cell, sweep.weight(step - 1, output, place), now, y, layout);
      }
      paths.given += `M${place + tick.left},${within(y(sweep.weight(0, output, place)), output, layout)}h${tick.width}`;
    }
  }
  return svg`<g transform=${`translate(${layout.left} 0) scale(${layout.cellWidth} 1)`}>
    <path class="row-grid" d=${gridPath(sweep, layout)}></path>
    <path class="row-zero" d=${zeroPath(sweep, layout)}></path>
    <path class="weight-open" d=${paths.open}></path>
    <path class="weight-rounded" d=${paths.rounded}></path>
    <path class="weight-moved" d=${paths.moved}></path>
    <path class="weight-given" d=${paths.given}></path>
  </g>`;
}

/** The levels of all rows as hairlines, except those beyond a row's edge. */
function gridPath(sweep: Sweep, layout: Layout): string {
  return sweep.levels
    .flatMap((levels, output) => {
      const y = heights(sweep, output, layout);
      return Array.from(levels, (level) => pixel(y(level)))
        .filter((height) => height === within(height, output, layout))
        .map((height) => `M0,${height}h${inputs}`);
    })
    .join("");
}

function zeroPath(sweep: Sweep, layout: Layout): string {
  return sweep.levels.map((_, output) => `M0,${pixel(heights(sweep, output, layout)(0))}h${inputs}`).join("");
}

function currentColumn(step: number, { left, top, cellWidth }: Layout): SVGTemplateResult | string {
  if (step === 0) return "";
  return svg`<rect class="column-now" x=${pixel(left + (step - 1) * cellWidth)} y=${top - names}
    width=${pixel(cellWidth)} height=${names + outputs * rowHeight}></rect>`;
}

function columnNames({ state: { step }, sweep }: View, { left, top, cellWidth }: Layout) {
  return svg`<text class="axis-title" x=${left - 6} y=${top - 7} text-anchor="end">input</text>
    ${sweep.order.map((_, place) => {
      const name =
        place === step - 1
          ? "column-name column-name-now"
          : place < step
            ? "column-name column-name-done"
            : "column-name";
      return svg`<text class=${name} x=${pixel(left + (place + 0.5) * cellWidth)} y=${top - 7} text-anchor="middle">${inputAt(sweep, place)}</text>`;
    })}`;
}

function rowNames({ left, top }: Layout): SVGTemplateResult[] {
  return Array.from(
    { length: outputs },
    (_, output) =>
      svg`<text class="tick-label" x=${left - 6} y=${top + (output + 0.5) * rowHeight + 4} text-anchor="end">${output === 0 ? "row 1" : output + 1}</text>`,
  );
}

/** Ribbons from the column that was rounded to the open ones, as wide as the entries of H⁻¹ between them. */
function ribbonPaths({ state: { step }, sweep }: View, { left, top, cellWidth }: Layout) {
  if (step === 0) return "";
  const from = step - 1;
  const breadth = scaleLinear([0, Math.abs(sweep.factor(from, from))], [0, widestRibbon]).clamp(true);
  const foot = top - names;
  const centre = (place: number) => pixel(left + (place + 0.5) * cellWidth);
  return sweep.order.slice(step).map((_, index) => {
    const place = step + index;
    const entry = sweep.factor(from, place);
    const peak = foot - 14 - ((ribbons - 22) * (index + 1)) / inputs;
    const name = entry > 0 ? "ribbon ribbon-against" : "ribbon";
    return svg`<path class=${name} stroke-width=${Math.max(0.4, pixel(breadth(Math.abs(entry))))}
      d="M${centre(from)},${foot}C${centre(from)},${pixel(peak - 8)} ${centre(place)},${pixel(peak - 8)} ${centre(place)},${foot}"></path>`;
  });
}

/** The output error after each column, of GPTQ and of rounding to nearest; the columns stand under those of the matrix. */
export function errorsPicture(view: View, width: number, moveTo: (step: number) => void): Picture {
  const { errors } = view.sweep;
  const { step } = view.state;
  const frame: Frame = { width, height: 168, left: margin.left, right: margin.right, top: 12, bottom: 12 };
  const floor = frame.height - frame.bottom;
  const x = scaleLinear([0, inputs], [frame.left, width - frame.right]).clamp(true);
  const most = [...errors.gptq, ...errors.nearest].reduce((high, error) => Math.max(high, error), 0) || 1;
  const y = scaleLinear([0, most * 1.08], [floor, frame.top]);
  const line = (values: readonly number[]) =>
    `M${values.map((error, done) => `${pixel(x(done))},${pixel(y(error))}`).join("L")}`;
  const text = (error = 0) => percent(error);
  const description =
    `Output error after each of ${inputs} columns: with GPTQ it ends at ${text(errors.gptq.at(-1))}, ` +
    `rounded to nearest at ${text(errors.nearest.at(-1))}.`;
  const content = svg`
    ${axisLeft(frame, { ticks: y.ticks(isNarrow(width) ? 3 : 4), position: y, label: percent })}
    <path class="curve-original" d=${line(errors.nearest)}></path>
    <path class="curve-survives" d=${line(errors.gptq)}></path>
    <line class="guide" x1=${pixel(x(step))} x2=${pixel(x(step))} y1=${frame.top} y2=${floor}></line>
    <circle class="point-original" cx=${pixel(x(step))} cy=${pixel(y(errors.nearest[step] ?? 0))} r="4"></circle>
    <circle class="point" cx=${pixel(x(step))} cy=${pixel(y(errors.gptq[step] ?? 0))} r="5"></circle>
    ${curveNames(errors, y, width)}
    ${dragSurface(frame, (place) => moveTo(Math.round(x.invert(place))))}`;
  return {
    title: "Output error, column by column — GPTQ and rounding to nearest",
    description,
    svg: chart(frame, description, content),
  };
}

function percent(share: number): string {
  return new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 }).format(share);
}

/** Names at the ends of the curves, each on the side where the other curve is not. */
function curveNames({ gptq, nearest }: Sweep["errors"], y: ScaleLinear<number, number>, width: number) {
  const ends = [
    {
      name: "GPTQ",
      error: gptq.at(-1) ?? 0,
      other: nearest.at(-1) ?? 0,
      className: "curve-name curve-name-survives",
    },
    { name: "to nearest", error: nearest.at(-1) ?? 0, other: gptq.at(-1) ?? 0, className: "curve-name" },
  ];
  return ends.map(
    ({ name, error, other, className }) =>
      svg`<text class=${className} x=${width - margin.right - 8} y=${pixel(y(error) + (error < other ? 18 : -9))} text-anchor="end">${name}</text>`,
  );
}
