import { scaleLog, scalePow } from "d3-scale";
import {
  type SymbolType,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
} from "d3-shape";
import { type SVGTemplateResult, svg } from "lit";
import { formatFigure } from "../figures/format.ts";
import { axisBottom, axisLeft, chart, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import type { Row, View } from "./landscape.ts";
import { markNames, type NamedMark } from "./mark_names.ts";
import type { Measurement } from "./measurement.ts";
import { pathOf, shapeLegend } from "./shape_legend.ts";
import { kindName, shortName } from "./words.ts";

/** A shape for every kind of format, so that colour is left to say which one is marked. */
const shapes: Record<string, SymbolType> = {
  float: symbolCircle,
  integer: symbolSquare,
  codebook: symbolDiamond,
  microscaling: symbolTriangle,
  ggml: symbolCross,
  vector: symbolStar,
};

const shapeOf = (kind: string) => shapes[kind] ?? symbolCircle;

/** A format with its place in the picture. */
interface Spot {
  row: Row;
  x: number;
  y: number;
}

/**
 * Every format by its bits and by its distance to the Gaussian bound, which is the line along the top: the nearer to
 * it, the better the bits are spent.
 */
export function landscapePicture(view: View, width: number, mark: (format: string) => void): Picture {
  const narrow = isNarrow(width);
  const kinds = Object.keys(shapes).filter((kind) => view.rows.some(({ format }) => format.kind === kind));
  const legend = shapeLegend(
    kinds.map((kind) => ({ shape: shapeOf(kind), name: kindName(kind) })),
    width,
  );
  const frame: Frame = {
    width,
    height: (narrow ? 330 : 400) + legend.height,
    left: 40,
    right: 14,
    top: 30 + legend.height,
    bottom: 46,
  };
  const measured = view.rows.flatMap((row) =>
    row.cost && Number.isFinite(row.cost.gapDb) ? [{ row, cost: row.cost }] : [],
  );
  const extent = (value: (cost: Measurement) => number, least: number, most: number) =>
    [
      Math.min(least, ...measured.map(({ cost }) => value(cost))),
      Math.max(most, ...measured.map(({ cost }) => value(cost))),
    ] as const;
  const [fewest, most] = extent(({ bitsPerWeight }) => bitsPerWeight, 2, 8);
  const x = scaleLog([fewest / 1.1, most * 1.15], [frame.left, width - frame.right]);
  // Most formats are near the bound, where there is something to tell apart.
  const y = scalePow(
    extent(({ gapDb }) => gapDb, 0, 10),
    [frame.top, frame.height - frame.bottom],
  )
    .exponent(0.6)
    .nice();
  const spots = measured.map(({ row, cost }) => ({
    row,
    x: pixel(x(cost.bitsPerWeight)),
    y: pixel(y(cost.gapDb)),
  }));
  const isMarked = ({ row }: Spot) => row.format === view.marked.format;
  const bound = pixel(y(0));
  const description =
    `${measured.length} formats by bits per weight and by their distance to the Gaussian rate–distortion bound` +
    (view.marked.cost
      ? `; ${shortName(view.marked.format)} is ${formatFigure(view.marked.cost.gapDb, "fixed 1")} dB below it ` +
        `at ${formatFigure(view.marked.cost.bitsPerWeight, "fixed 2")} bits.`
      : ".");
  const ticks = [1, 2, 3, 4, 5, 6, 8, 12, 16].filter((tick) => tick >= fewest / 1.1 && tick <= most * 1.15);
  return {
    title: "How far below the bound — the nearer to the line, the better the bits are spent",
    description,
    svg: chart(
      frame,
      description,
      svg`
        ${legend.marks}
        ${axisLeft(frame, { ticks: y.ticks(6).filter((tick) => tick !== 0), position: y, label: (tick) => formatFigure(tick, "integer") })}
        ${axisBottom(frame, { ticks, position: x, label: String, title: "bits per weight, log" })}
        <line class="bound" x1=${frame.left} x2=${width - frame.right} y1=${bound} y2=${bound}></line>
        <text class="storey-title survives" x=${frame.left} y=${bound - 8}>${narrow ? "GAUSSIAN BOUND" : "GAUSSIAN RATE–DISTORTION BOUND"}</text>
        <text class="tick-label" x=${frame.left - 7} y=${bound + 3.5} text-anchor="end">0</text>
        <text class="axis-title" x=${frame.left + 6} y=${frame.height - frame.bottom - 8}>dB below</text>
        ${spots.toSorted((one, other) => Number(isMarked(one)) - Number(isMarked(other))).map((spot) => markOf(spot, isMarked(spot), mark))}
        ${markNames(namesInOrder(spots, isMarked), frame)}`,
    ),
  };
}

function markOf({ row, x, y }: Spot, marked: boolean, mark: (format: string) => void): SVGTemplateResult {
  const { id, kind } = row.format;
  return svg`<path class=${marked ? "format-mark format-marked" : "format-mark"} data-format=${id}
    transform="translate(${x},${y})" d=${pathOf(shapeOf(kind), marked ? 110 : 62)} @click=${() => mark(id)}></path>`;
}

/** The marked format's name in any case, then those nearest to the bound. */
function namesInOrder(spots: Spot[], isMarked: (spot: Spot) => boolean): NamedMark[] {
  return spots
    .toSorted((one, other) => Number(isMarked(other)) - Number(isMarked(one)) || one.y - other.y)
    .map((spot) => ({ name: shortName(spot.row.format), x: spot.x, y: spot.y, isMarked: isMarked(spot) }));
}
