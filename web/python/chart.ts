import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { escapeHtml } from "./escape_html.ts";

/** What `plot_xy` was asked to draw; `null` stands for a value that is not finite. */
export interface Series {
  x: (number | null)[];
  y: (number | null)[];
  xLabel: string;
  yLabel: string;
  title: string;
}

type Point = [number, number];

const width = 640;
const height = 320;
const margin = { top: 36, right: 24, bottom: 52, left: 68 };
const mostMarks = 120;
const mostRows = 200;

/**
 * The chart of `plot_xy` as HTML: an SVG image with a spoken description, and its data as a table. The same text at
 * build time and in the page. `id` must be unique on the page.
 */
export function drawChart(series: Series, id: string): string {
  const points = series.x.map((x, i) => [x, series.y[i]]);
  const shown = points.filter((point): point is Point => point[0] !== null && point[1] !== null);
  // The words that stand for a picture without a title are spoken, not drawn.
  const title = series.title || `${series.yLabel || "y"} against ${series.xLabel || "x"}`;
  return `<figure class="cell-chart">${picture(series, points, shown, title, id)}${table(series, points)}</figure>`;
}

function picture(
  series: Series,
  points: (number | null)[][],
  shown: Point[],
  title: string,
  id: string,
): string {
  const x = scaleLinear(extent(shown, 0), [margin.left, width - margin.right]).nice(6);
  const y = scaleLinear(extent(shown, 1), [height - margin.bottom, margin.top]).nice(5);
  const path = line<(number | null)[]>()
    .defined((point) => point[0] !== null && point[1] !== null)
    .x((point) => round(x(point[0] as number)))
    .y((point) => round(y(point[1] as number)))(points);
  const marks =
    shown.length > mostMarks
      ? ""
      : shown
          .map((point) => `<circle cx="${round(x(point[0]))}" cy="${round(y(point[1]))}" r="3.5"/>`)
          .join("");
  return (
    `<svg class="cell-plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-description">` +
    `<title id="${id}-title">${escapeHtml(title)}</title>` +
    `<desc id="${id}-description">${escapeHtml(describe(series, shown))}</desc>` +
    (series.title ? `<text class="chart-title" x="${margin.left}" y="20">${escapeHtml(title)}</text>` : "") +
    horizontalAxis(x, series.xLabel) +
    verticalAxis(y, series.yLabel) +
    `<path class="chart-line" d="${path ?? ""}"/><g class="chart-marks">${marks}</g></svg>`
  );
}

type Scale = ReturnType<typeof scaleLinear<number, number>>;

function horizontalAxis(scale: Scale, label: string): string {
  const floor = height - margin.bottom;
  const format = scale.tickFormat(6);
  const ticks = scale.ticks(6).map((value) => {
    const at = round(scale(value));
    return (
      `<line x1="${at}" x2="${at}" y1="${floor}" y2="${floor + 5}"/>` +
      `<text x="${at}" y="${floor + 19}" text-anchor="middle">${format(value)}</text>`
    );
  });
  const middle = (margin.left + width - margin.right) / 2;
  return (
    `<g class="chart-axis"><line x1="${margin.left}" x2="${width - margin.right}" y1="${floor}" y2="${floor}"/>` +
    `${ticks.join("")}<text class="chart-label" x="${middle}" y="${height - 10}" text-anchor="middle">` +
    `${escapeHtml(label || "x")}</text></g>`
  );
}

function verticalAxis(scale: Scale, label: string): string {
  const format = scale.tickFormat(5);
  const ticks = scale.ticks(5).map((value) => {
    const at = round(scale(value));
    return (
      `<line class="chart-grid" x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}"/>` +
      `<text x="${margin.left - 9}" y="${at}" dy="0.32em" text-anchor="end">${format(value)}</text>`
    );
  });
  const middle = (margin.top + height - margin.bottom) / 2;
  return (
    `<g class="chart-axis">${ticks.join("")}<text class="chart-label" transform="translate(16 ${middle}) rotate(-90)" ` +
    `text-anchor="middle">${escapeHtml(label || "y")}</text></g>`
  );
}

/** The range of one coordinate, widened where all points share one value. */
function extent(points: Point[], coordinate: 0 | 1): [number, number] {
  if (points.length === 0) return [0, 1];
  const values = points.map((point) => point[coordinate]);
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const reach = low === high ? Math.abs(low) || 1 : 0;
  return [low - reach / 2, high + reach / 2];
}

function describe(series: Series, shown: Point[]): string {
  if (shown.length === 0) return "No point is finite, so nothing is drawn.";
  const [lowX, highX] = spread(shown, 0);
  const [lowY, highY] = spread(shown, 1);
  const count = shown.length === 1 ? "One point" : `A line through ${shown.length} points`;
  return (
    `${count}: ${series.xLabel || "x"} from ${number(lowX)} to ${number(highX)}, ` +
    `${series.yLabel || "y"} from ${number(lowY)} to ${number(highY)}. The data follow as a table.`
  );
}

function spread(points: Point[], coordinate: 0 | 1): [number, number] {
  const values = points.map((point) => point[coordinate]);
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

function table(series: Series, points: (number | null)[][]): string {
  const rows = points
    .slice(0, mostRows)
    .map((point) => `<tr>${point.map((value) => `<td>${cell(value)}</td>`).join("")}</tr>`);
  const rest = points.length > mostRows ? `<p>The first ${mostRows} of ${points.length} points.</p>` : "";
  return (
    `<details class="chart-data"><summary>Data as a table</summary><div class="table-box" tabindex="0" role="region" ` +
    `aria-label="Data of the chart"><table><thead><tr><th scope="col">${escapeHtml(series.xLabel || "x")}</th>` +
    `<th scope="col">${escapeHtml(series.yLabel || "y")}</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>` +
    `${rest}</details>`
  );
}

function cell(value: number | null): string {
  return value === null ? "not finite" : number(value);
}

function number(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Pixels to a tenth: enough for the eye, and the same text everywhere. */
function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
