import { type SVGTemplateResult, svg } from "lit";
import type { CodebookPlane, Matrix } from "../../bindings/engine.ts";
import type { Cell, Pointing } from "./cell_surface.ts";
import { chart, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import { followedText, nameOf, type View } from "./two_bits.ts";
import { codeLength } from "./two_bits_layer.ts";

/** How far the plane reaches from its middle, in the units of the codebook, and the eight weights beside it. */
const reach = 3.2;

/** A square of the picture, in pixels, in which a unit is a unit of the codebook. */
interface Square {
  left: number;
  top: number;
  side: number;
}

const eightsHeight = 190;
const gap = 40;

/**
 * The points of the codebook along two of their coordinates, larger where more of them lie, and the vectors of a row,
 * each with a line to the point that stands for it; beside them all eight weights of the vector that is followed.
 */
export function planePicture(view: View, width: number, pointing: Pointing): Picture {
  const narrow = isNarrow(width);
  const side = narrow ? width - 22 : Math.min(420, width * 0.56);
  const square: Square = { left: 18, top: 4, side };
  const height = Math.ceil(side + 26 + (narrow ? eightsHeight + 26 : 0));
  const eights = narrow
    ? { left: 18, top: side + 66, width: width - 22, height: eightsHeight - 46 }
    : { left: side + 18 + gap, top: 50, width: width - side - 22 - gap, height: side - 66 };
  const { across, up } = view.axes;
  const description =
    `The points of ${nameOf(view)} along weights ${across + 1} and ${up + 1} of eight, and the vectors of row ` +
    `${view.cell.row + 1} that fall on them. ${followedText(view)}: ${eightText(view)}`;
  return {
    title: `${nameOf(view)}: 65,536 points for eight weights, seen along two of them`,
    description,
    svg: chart(
      { width, height },
      description,
      svg`${plane(view, square)}
        ${names(view, square)}
        ${view.chosen ? eightWeights(view, eights) : ""}
        ${surface(view, square, pointing)}`,
    ),
  };
}

/** A coordinate to a hundredth of a unit, within the square. */
function unit(value = 0): number {
  return Math.round(Math.min(reach, Math.max(-reach, value)) * 100) / 100;
}

type Pair = readonly [across: number, up: number];

const moveTo = ([across, up]: Pair) => `M${unit(across)} ${unit(up)}`;

/** Dots, as lines without length that a round end makes visible; the style sheet makes dots of the ends of lines, too. */
const dots = (pairs: readonly Pair[]) => pairs.map((pair) => `${moveTo(pair)}h0`).join("");

/** The first two numbers of each row. */
function pairsOf({ rows, cols, data }: Matrix): Pair[] {
  return Array.from({ length: rows }, (_, row) => [data[cols * row] ?? 0, data[cols * row + 1] ?? 0]);
}

/** The two coordinates of each vector of the row that is drawn. */
function rowOf({ vectors, cell, axes }: View, { data }: Matrix): Pair[] {
  return Array.from({ length: vectors }, (_, index) => {
    const first = (cell.row * vectors + index) * codeLength;
    return [data[first + axes.across] ?? 0, data[first + axes.up] ?? 0];
  });
}

const isBeyond = ([across, up]: Pair) => Math.abs(across) > reach || Math.abs(up) > reach;

function plane(view: View, { left, top, side }: Square): SVGTemplateResult {
  const scale = pixel((side / reach / 2) * 10) / 10;
  const { chosen, cell } = view;
  const ground = svg`<path class="plane-axes" d=${`M${-reach} 0h${2 * reach}M0 ${-reach}v${2 * reach}`}></path>`;
  const frame = svg`<rect class="plane-frame" x=${left} y=${top} width=${pixel(side)} height=${pixel(side)}></rect>`;
  const place = `translate(${pixel(left + side / 2)} ${pixel(top + side / 2)}) scale(${scale} ${-scale})`;
  if (chosen === undefined) return svg`${frame}<g class="plane" transform=${place}>${ground}</g>`;
  const vectors = rowOf(view, chosen.fit.vectors);
  const points = rowOf(view, chosen.fit.points);
  const followed = vectors[cell.column] ?? [0, 0];
  const point = points[cell.column] ?? [0, 0];
  const line = (index: number) =>
    `${moveTo(vectors[index] ?? point)}L${moveTo(points[index] ?? point).slice(1)}`;
  const lines = (isShown: (pair: Pair) => boolean) =>
    vectors.map((vector, index) => (isShown(vector) ? line(index) : "")).join("");
  return svg`${frame}<g class="plane" transform=${place}>
    ${ground}
    ${placeDots(chosen.plane)}
    ${view.state.codebook === "e8p" ? svg`<path class="slice" d=${pairsOf(chosen.plane.slice).map(ring).join("")}></path>` : ""}
    <path class="fall" d=${lines(() => true)}></path>
    <path class="vector-dots" d=${lines(() => true)}></path>
    <path class="vector-dots vector-beyond" d=${lines(isBeyond)}></path>
    ${view.state.codebook === "aqlm" ? svg`<path class="sum-path" d=${sumPath(view, point)}></path>` : ""}
    <path class="fall fall-followed" d=${line(cell.column)}></path>
    <path class="point-followed" d=${dots([point])}></path>
    <path class="vector-followed" d=${dots([followed])}></path>
  </g>`;
}

/** The places of a codebook in as few paths as there are sizes. A dot's area grows with the count. */
function placeDots({ places }: CodebookPlane): SVGTemplateResult[] {
  const countOf = (row: number) => places.data[3 * row + 2] ?? 0;
  const pairs = pairsOf(places);
  const most = pairs.reduce((largest, _, row) => Math.max(largest, countOf(row)), 1);
  // Many places are a cloud of small dots, few are a pattern of large ones.
  const widest = places.rows > 200 ? 0.14 : 0.44;
  const sizes = new Map<number, Pair[]>();
  for (const [row, pair] of pairs.entries()) {
    if (isBeyond(pair)) continue;
    const diameter = Math.max(1, Math.round(Math.sqrt(countOf(row) / most) * widest * 50)) / 50;
    sizes.set(diameter, [...(sizes.get(diameter) ?? []), pair]);
  }
  return [...sizes].map(
    ([diameter, those]) => svg`<path class="places" stroke-width=${diameter} d=${dots(those)}></path>`,
  );
}

const radius = 0.25;

function ring([across, up]: Pair): string {
  return `${moveTo([across - radius, up])}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0-${2 * radius} 0`;
}

/** From nothing to the vector of AQLM's first table, and on to the sum with that of the second. */
function sumPath({ chosen, cell, vectors, axes }: View, sum: Pair): string {
  const code = chosen?.fit.codes[cell.row * vectors + cell.column] ?? 0;
  const first = (code >> 8) * codeLength;
  const table = chosen?.fit.parameters ?? [];
  return `M0 0L${moveTo([table[first + axes.across] ?? 0, table[first + axes.up] ?? 0]).slice(1)}L${moveTo(sum).slice(1)}`;
}

function names({ axes }: View, { left, top, side }: Square): SVGTemplateResult {
  const foot = top + side + 16;
  return svg`<text class="axis-title" x=${pixel(left + side)} y=${pixel(foot)} text-anchor="end">weight ${axes.across + 1} →</text>
    <text class="axis-title" transform=${`translate(${left - 7} ${top}) rotate(-90)`} text-anchor="end">weight ${axes.up + 1} →</text>
    <text class="tick-label" x=${left} y=${pixel(foot)}>−${reach} to ${reach}</text>`;
}

/** The eight weights of a vector and their point's coordinates. */
function followedEight({ chosen, cell, vectors }: View): { weights: Float32Array; points: Float32Array } {
  const first = (cell.row * vectors + cell.column) * codeLength;
  const eight = (data: Float32Array = new Float32Array()) => data.subarray(first, first + codeLength);
  return { weights: eight(chosen?.fit.vectors.data), points: eight(chosen?.fit.points.data) };
}

function eightText(view: View): string {
  const { weights, points } = followedEight(view);
  return Array.from(weights, (weight, index) => `${weight.toFixed(2)} to ${points[index]?.toFixed(2)}`).join(
    ", ",
  );
}

/** All eight weights of the vector that is followed: where they are, and where their point is. */
function eightWeights(
  view: View,
  { left, top, width, height }: { left: number; top: number; width: number; height: number },
): SVGTemplateResult {
  const { weights, points } = followedEight(view);
  const step = width / codeLength;
  const scale = height / reach / 2;
  const middle = top + height / 2;
  const columns = (draw: (index: number) => string) =>
    Array.from({ length: codeLength }, (_, index) => draw(index)).join("");
  const { across, up } = view.axes;
  return svg`<text class="row-label" x=${pixel(left)} y=${pixel(top - 26)}>${followedText(view)}</text>
    <text class="row-note" x=${pixel(left)} y=${pixel(top - 9)}>dots its weights, bars the point</text>
    <g class="eight" transform=${`translate(${pixel(left + step / 2)} ${pixel(middle)}) scale(${pixel(step)} ${pixel(-scale)})`}>
      <path class="plane-axes" d="M-.5 0h8"></path>
      <path class="fall fall-followed" d=${columns((index) => `M${index} ${unit(weights[index])}V${unit(points[index])}`)}></path>
      <path class="eight-point" d=${columns((index) => `M${index - 0.3} ${unit(points[index])}h.6`)}></path>
      <path class="vector-followed" d=${columns((index) => `M${index} ${unit(weights[index])}h0`)}></path>
    </g>
    ${Array.from(
      { length: codeLength },
      (_, index) =>
        svg`<text class=${index === across || index === up ? "tick-label eight-axis" : "tick-label"} x=${pixel(left + (index + 0.5) * step)}
          y=${pixel(top + height + 16)} text-anchor="middle">${index + 1}</text>`,
    )}`;
}

/** Follows the vector that is nearest to a pointer over the plane. It repeats for the hand what a control offers to everyone. */
function surface(
  view: View,
  { left, top, side }: Square,
  { hover, choose }: Pointing,
): SVGTemplateResult | string {
  const { chosen, cell } = view;
  if (chosen === undefined) return "";
  const places = rowOf(view, chosen.fit.vectors);
  const nearest = (event: PointerEvent): Cell => {
    const box = (event.currentTarget as SVGRectElement).getBoundingClientRect();
    const across = ((event.clientX - box.left) / box.width - 0.5) * 2 * reach;
    const up = (0.5 - (event.clientY - box.top) / box.height) * 2 * reach;
    const distances = places.map((place) => Math.hypot(unit(place[0]) - across, unit(place[1]) - up));
    return { row: cell.row, column: distances.indexOf(Math.min(...distances)) };
  };
  return svg`<rect class="cell-surface" x=${left} y=${top} width=${pixel(side)} height=${pixel(side)}
    @pointermove=${(event: PointerEvent) => hover(nearest(event))} @pointerleave=${() => hover(undefined)}
    @click=${(event: PointerEvent) => choose(nearest(event))}></rect>`;
}
