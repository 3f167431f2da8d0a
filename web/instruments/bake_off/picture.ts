import { scaleLinear, scaleLog } from "d3-scale";
import {
  line,
  type SymbolType,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from "d3-shape";
import { type SVGTemplateResult, svg } from "lit";
import { formatFigure } from "../../figures/format.ts";
import { answerOf, type Row, type View } from "../bake_off.ts";
import { axisBottom, axisLeft, chart, type Frame, isNarrow, pixel } from "../chart.ts";
import type { Picture } from "../instrument.ts";
import { markNames } from "../mark_names.ts";
import { pathOf, shapeLegend } from "../shape_legend.ts";

/** A triangle that stands on its tip. */
const tippedTriangle: SymbolType = {
  draw(context, area) {
    const third = Math.sqrt(area / (Math.sqrt(3) * 3));
    context.moveTo(0, 2 * third);
    context.lineTo(Math.sqrt(3) * third, -third);
    context.lineTo(-Math.sqrt(3) * third, -third);
    context.closePath();
  },
};

/** A shape for every method, so that colour is left to say which runs stand on the frontier. */
const shapes: Record<string, SymbolType> = {
  rtn: symbolCircle,
  gptq: symbolSquare,
  "gptq-order": symbolWye,
  awq: symbolTriangle,
  "awq-gptq": symbolDiamond,
  sparsegpt: symbolCross,
  quip: symbolStar,
  aqlm: tippedTriangle,
};

const shapeOf = (id: string) => shapes[id] ?? symbolCircle;

interface Spot {
  row: Row;
  x: number;
  y: number;
}

/** Every run by its bits and its error; the line joins those that no other beats in both. */
export function frontierPicture(view: View, width: number, mark: (run: string) => void): Picture {
  const narrow = isNarrow(width);
  const contenders = new Map(view.rows.map(({ run }) => [run.contender.id, run.contender.name]));
  const legend = shapeLegend(
    [...contenders].map(([id, name]) => ({ shape: shapeOf(id), name })),
    width,
  );
  const frame: Frame = {
    width,
    height: (narrow ? 320 : 400) + legend.height,
    left: 46,
    right: 14,
    top: 12 + legend.height,
    bottom: 46,
  };
  const measured = view.rows.flatMap((row) => {
    const answer = answerOf(row);
    return answer && answer.outputError > 0 ? [{ row, answer }] : [];
  });
  const bits = measured.map(({ answer }) => answer.bitsPerWeight);
  const errors = measured.map(({ answer }) => answer.outputError);
  const x = scaleLinear(
    [Math.min(2, ...bits) - 0.15, Math.max(4.4, ...bits) + 0.15],
    [frame.left, width - frame.right],
  );
  const y = scaleLog(
    [Math.min(0.02, ...errors) / 1.3, Math.max(0.5, ...errors) * 1.3],
    [frame.height - frame.bottom, frame.top],
  );
  const spots = measured.map(
    ({ row, answer }): Spot => ({ row, x: pixel(x(answer.bitsPerWeight)), y: pixel(y(answer.outputError)) }),
  );
  const onFrontier = view.frontier.flatMap((row) => spots.find((spot) => spot.row === row) ?? []);
  const description =
    `${measured.length} runs by bits per weight and output error. On the frontier: ` +
    `${view.frontier.map(({ run }) => run.name).join(", ") || "none yet"}.`;
  return {
    title: "Bits against error — mint what no other run beats in both",
    description,
    svg: chart(
      frame,
      description,
      svg`
        ${legend.marks}
        ${axisLeft(frame, { ticks: errorTicks(y), position: y, label: (tick) => formatFigure(tick, tick < 0.01 ? "percent 1" : "percent 0") })}
        ${axisBottom(frame, { ticks: x.ticks(narrow ? 4 : 7), position: x, label: String, title: "bits per weight" })}
        ${methodLines(spots)}
        <path class="bake-frontier" d=${lineThrough(onFrontier)}></path>
        ${spots.toSorted((one, other) => rank(one, view) - rank(other, view)).map((spot) => markOf(spot, view, mark))}
        ${markNames(namesOf(spots, view), frame)}`,
    ),
  };
}

const lineThrough = (spots: readonly Spot[]) =>
  line<Spot>(
    ({ x }) => x,
    ({ y }) => y,
  )(spots) ?? "";

/** What is drawn later lies above. */
function rank({ row }: Spot, { frontier, marked }: View): number {
  return Number(frontier.includes(row)) + 2 * Number(row === marked);
}

/** A hairline through the widths of each method. */
function methodLines(spots: readonly Spot[]): SVGTemplateResult[] {
  return Object.keys(shapes).map((id) => {
    const own = spots
      .filter(({ row }) => row.run.contender.id === id)
      .toSorted((one, other) => one.x - other.x);
    return svg`<path class="bake-method" d=${own.length > 1 ? lineThrough(own) : ""}></path>`;
  });
}

function markOf({ row, x, y }: Spot, view: View, mark: (run: string) => void): SVGTemplateResult {
  const isMarked = row === view.marked;
  const names = [
    "format-mark",
    view.frontier.includes(row) ? "bake-best" : "",
    isMarked ? "bake-marked" : "",
  ];
  return svg`<path class=${names.join(" ").trim()} data-run=${row.run.id} transform="translate(${x},${y})"
    d=${pathOf(shapeOf(row.run.contender.id), isMarked ? 120 : 70)} @click=${() => mark(row.run.id)}></path>`;
}

/** The marked run's name first, then those of the frontier. */
function namesOf(spots: readonly Spot[], view: View) {
  return spots
    .toSorted((one, other) => rank(other, view) - rank(one, view))
    .map(({ row, x, y }) => ({ name: row.run.name, x, y, isMarked: row === view.marked }));
}

function errorTicks(position: { domain(): number[] }): number[] {
  const [least = 0, most = 0] = position.domain();
  return [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].filter(
    (tick) => tick >= least && tick <= most,
  );
}
