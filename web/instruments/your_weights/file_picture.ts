import { scaleLinear } from "d3-scale";
import { svg } from "lit";
import type { TensorInfo } from "../../../bindings/engine.ts";
import { formatFigure } from "../../figures/format.ts";
import { axisBottom, chart, type Frame, pixel } from "../chart.ts";
import type { Picture } from "../instrument.ts";
import type { View } from "../your_weights.ts";

const barTop = 8;
const barHeight = 34;

/** A tensor narrower than this joins its neighbour, in pixels. */
const narrowest = 0.4;

/** A stretch of the file, in bytes of tensor data. */
interface Stretch {
  from: number;
  to: number;
}

/** The layer in a tensor's name, `model.layers.11.mlp.up_proj.weight` or `blk.11.ffn_up.weight`. */
function layerOf(name: string): number | undefined {
  const [, layer] = name.match(/\.(\d+)\./) ?? [];
  return layer === undefined ? undefined : Number(layer);
}

/** The tensors of a file as one bar, each as long as its bytes: layers alternate, what is chosen is mint. */
export function filePicture({ desk, listing, state }: View, width: number): Picture {
  const { model, chosen } = desk;
  const { tensors } = model.file;
  const frame: Frame = { width, height: 96, left: 8, right: 8, top: barTop, bottom: 46 };
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const x = scaleLinear([0, Math.max(1, total)], [frame.left, width - frame.right]);
  const found = state.filter.trim() === "" ? undefined : new Set(listing.found);
  const { even, odd, faint, mark } = stretches(tensors, chosen, found);
  const path = (parts: readonly Stretch[]) => strokes(parts, x);
  const description =
    `${formatFigure(tensors.length, "integer")} tensors of ${model.files.name} side by side, ` +
    `${formatFigure(total, "bytes 1")} in all${chosen ? `; ${chosen.name} is marked` : ""}.`;
  return {
    title: "Where the bytes lie — tensor beside tensor, layer by layer",
    description,
    svg: chart(
      frame,
      description,
      svg`
        <path class="stretch-faint" d=${path(faint)}></path>
        <path class="stretch-even" d=${path(even)}></path>
        <path class="stretch-odd" d=${path(odd)}></path>
        <path class="stretch-chosen" d=${path(mark)}></path>
        ${axisBottom(frame, {
          ticks: x.ticks(width < 480 ? 3 : 6),
          position: x,
          label: (tick) => (tick === 0 ? "0" : formatFigure(tick, total < 1e7 ? "bytes 1" : "bytes 0")),
          title: "bytes of weights, in the order of the file",
        })}`,
    ),
  };
}

/** Where the tensors of each class lie. */
function stretches(
  tensors: readonly TensorInfo[],
  chosen: TensorInfo | undefined,
  found: ReadonlySet<TensorInfo> | undefined,
) {
  const classes = {
    even: [] as Stretch[],
    odd: [] as Stretch[],
    faint: [] as Stretch[],
    mark: [] as Stretch[],
  };
  let from = 0;
  for (const tensor of tensors) {
    const stretch = { from, to: from + tensor.byteLength };
    from = stretch.to;
    const isEven = (layerOf(tensor.name) ?? 1) % 2 === 0;
    if (tensor === chosen) classes.mark.push(stretch);
    if (found !== undefined && !found.has(tensor)) classes.faint.push(stretch);
    else classes[isEven ? "even" : "odd"].push(stretch);
  }
  return classes;
}

/** One path for all stretches of a class; a hairline parts each from the next where there is room. */
function strokes(parts: readonly Stretch[], x: (bytes: number) => number): string {
  const drawn: [number, number][] = [];
  for (const { from, to } of parts) {
    const [left, right] = [x(from), x(to)];
    const last = drawn.at(-1);
    if (last !== undefined && left - last[0] < narrowest) last[1] = Math.max(last[1], right);
    else drawn.push([left, right]);
  }
  return drawn
    .map(([left, right]) => {
      const end = right - left > 3 ? right - 0.6 : right;
      return `M${pixel(left)},${barTop}H${pixel(Math.max(end, left + narrowest))}V${barTop + barHeight}H${pixel(left)}Z`;
    })
    .join("");
}
