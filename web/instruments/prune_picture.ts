import { scaleLinear, scaleLog } from "d3-scale";
import { type SVGTemplateResult, svg } from "lit";
import { cellSurface, type Pointing } from "./cell_surface.ts";
import { axisBottom, axisLeft, chart, dragSurface, type Frame, isNarrow, pixel } from "./chart.ts";
import type { Picture } from "./instrument.ts";
import { errorText, inputs, outputs, type Pruned, type View } from "./prune.ts";

/** Where the mask of a method stands. */
interface Panel {
  left: number;
  top: number;
  /** Side of a weight. */
  side: number;
}

const gap = 18;
/** Heights over a mask: of its two lines of words, and of the norms under them. */
const words = 34;
const strip = 26;
const legendHeight = 22;

/** Side by side, or on a phone one above the other. */
function panelsFor(width: number): { panels: Panel[]; height: number } {
  const narrow = isNarrow(width);
  const side = narrow ? width / inputs : (width - 2 * gap) / (3 * inputs);
  const tall = words + strip + outputs * side;
  const panels = [0, 1, 2].map((index) => ({
    left: narrow ? 0 : index * (inputs * side + gap),
    top: legendHeight + (narrow ? index * (tall + gap) : 0) + words + strip,
    side,
  }));
  return { panels, height: Math.ceil(legendHeight + (narrow ? 3 * tall + 2 * gap : tall)) + 2 };
}

/** The masks of the three methods on the same layer, under the norms of its inputs. */
export function masksPicture(view: View, width: number, pointing: Pointing): Picture {
  const { panels, height } = panelsFor(width);
  const { pruned, cell } = view;
  const description = pruned
    .map(
      ({ name, kept, alone }) =>
        `${name} keeps ${kept} of ${outputs * inputs} weights, ${alone} of them alone`,
    )
    .join("; ");
  const content = svg`${legend(isNarrow(width))}
    ${pruned.map((method, index) => {
      const panel = panels[index] as Panel;
      const { left, top, side } = panel;
      return svg`${heading(method, panel)}
        ${method.id === "magnitude" ? "" : normStrip(view.norms, panel)}
        <rect class="mask-ground" x=${pixel(left)} y=${pixel(top)} width=${pixel(inputs * side)} height=${pixel(outputs * side)}></rect>
        ${maskPaths(method, pruned, panel)}
        <rect class="cell-chosen" x=${pixel(left + cell.column * side)} y=${pixel(top + cell.row * side)} width=${pixel(side)} height=${pixel(side)}></rect>
        ${cellSurface({ ...panel, width: inputs * side, height: outputs * side, rows: outputs, columns: inputs }, pointing)}`;
    })}`;
  return {
    title: `What each keeps of the same ${outputs} × ${inputs} weights`,
    description,
    svg: chart({ width, height }, description, content),
  };
}

function legend(isSparse: boolean): SVGTemplateResult[] {
  const keys = [
    ["kept-by-all", isSparse ? "by all" : "kept by all three", 0],
    ["kept-by-two", isSparse ? "by two" : "by this one and another", isSparse ? 76 : 150],
    ["kept-alone", isSparse ? "by this alone" : "by this one alone", isSparse ? 152 : 340],
  ] as const;
  return keys.map(
    ([name, text, left]) => svg`<path class=${`mask-key ${name}`} d=${`M${left},8h10`}></path>
      <text class="row-note" x=${left + 15} y="12">${text}</text>`,
  );
}

function heading({ name, rule, result }: Pruned, { left, top, side }: Panel): SVGTemplateResult {
  const line = top - strip - words + 13;
  return svg`<text class="mask-name" x=${pixel(left)} y=${pixel(line)}>${name}</text>
    <text class="mask-error" x=${pixel(left + inputs * side)} y=${pixel(line)} text-anchor="end">${errorText(result.outputError)}</text>
    <text class="row-note" x=${pixel(left)} y=${pixel(line + 15)}>${rule}</text>`;
}

/** The norms of the inputs as bars over their columns, on a logarithmic scale. */
function normStrip(norms: Float64Array, { left, top, side }: Panel): SVGTemplateResult {
  const heard = norms.filter((norm) => norm > 0);
  const [least, most] = [Math.min(...heard), Math.max(...heard)];
  const height = scaleLog([least, Math.max(most, least * 1.01)], [2, strip - 8]).clamp(true);
  const bars = Array.from(norms, (norm, input) => (norm > 0 ? `M${input} 0v${pixel(-height(norm))}` : ""));
  return svg`<path class="norms" transform=${`translate(${pixel(left + side / 2)} ${pixel(top - 3)}) scale(${side} 1)`}
    d=${bars.join("")}></path>`;
}

/**
 * The weights that a method keeps, those that as many others keep in one path: a dash a weight. A weight is a unit
 * wide, so that the same paths serve all widths of the picture.
 */
function maskPaths(method: Pruned, pruned: readonly Pruned[], { left, top, side }: Panel): SVGTemplateResult {
  const keepers = (at: number) => pruned.filter(({ mask }) => mask[at] === 1).length;
  return svg`<g transform=${`translate(${pixel(left)} ${pixel(top + side / 2)}) scale(${side})`}>
    ${["kept-alone", "kept-by-two", "kept-by-all"].map((name, index) => {
      const isShown = (at: number) => method.mask[at] === 1 && keepers(at) === index + 1;
      return svg`<path class=${`mask ${name}`} d=${runs(isShown)}></path>`;
    })}
  </g>`;
}

/** The runs of neighbours in all rows for which `isShown` holds, as lines along their middle. */
function runs(isShown: (at: number) => boolean): string {
  let path = "";
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      const first = input;
      while (input < inputs && isShown(output * inputs + input)) input++;
      if (input > first) path += `M${first} ${output}h${input - first}`;
    }
  }
  return path;
}

/** The output error against the share that is pruned; the points are what is chosen now. */
export function errorsPicture(view: View, width: number, moveTo: (sparsity: number) => void): Picture {
  const { curves, pruned, share } = view;
  const frame: Frame = {
    width,
    height: 236,
    left: 40,
    right: isNarrow(width) ? 12 : 92,
    top: 12,
    bottom: 40,
  };
  const floor = frame.height - frame.bottom;
  const x = scaleLinear([0, 0.95], [frame.left, width - frame.right]).clamp(true);
  const highest = curves
    .flatMap(({ points }) => points)
    .reduce((most, { error }) => Math.max(most, error), 0);
  const y = scaleLinear([0, highest * 1.04 || 1], [floor, frame.top]).clamp(true);
  const percent = (value: number) =>
    new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 }).format(value);
  const description =
    `Output error on unseen tokens against sparsity; at ${percent(share)}` +
    `${view.state.pattern === "share" ? "" : ` as ${view.state.pattern}`}: ` +
    pruned.map(({ name, result }) => `${name} ${errorText(result.outputError)}`).join(", ");
  const content = svg`
    ${axisLeft(frame, { ticks: y.ticks(4), position: y, label: percent })}
    ${axisBottom(frame, { ticks: [0, 0.25, 0.5, 0.75], position: x, label: percent, title: "weights pruned" })}
    ${curves.map(
      ({ id, points }) => svg`<path class=${`prune-curve prune-${id}`}
      d=${`M${points.map((point) => `${pixel(x(point.share))},${pixel(y(point.error))}`).join("L")}`}></path>`,
    )}
    <line class="guide" x1=${pixel(x(share))} x2=${pixel(x(share))} y1=${frame.top} y2=${floor}></line>
    ${pruned.map(
      ({ id, result }) =>
        svg`<circle class=${`prune-point prune-${id}`} cx=${pixel(x(share))} cy=${pixel(y(result.outputError))} r="4.5"></circle>`,
    )}
    ${curveNames(view, frame, x, y)}
    ${dragSurface(frame, (place) => moveTo(Math.round(x.invert(place) * 20) / 20))}`;
  return { title: "Output error against sparsity", description, svg: chart(frame, description, content) };
}

/** Names at the ends of the curves, kept apart; on a phone above them. */
function curveNames(
  { curves }: View,
  frame: Frame,
  x: (share: number) => number,
  y: (error: number) => number,
): SVGTemplateResult[] {
  const narrow = isNarrow(frame.width);
  let lowest = frame.top;
  return curves.map(({ id, name, points }) => {
    const { share, error } = points.at(-1) ?? { share: 0, error: 0 };
    lowest = Math.max(lowest + 15, y(error) + (narrow ? -6 : 4));
    const at = narrow ? frame.width - frame.right : x(share) + 8;
    return svg`<text class=${`curve-name curve-name-${id}`} x=${pixel(at)} y=${pixel(lowest)} text-anchor=${narrow ? "end" : "start"}>${name}</text>`;
  });
}
