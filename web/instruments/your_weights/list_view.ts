import { scaleSymlog } from "d3-scale";
import { html, svg, type TemplateResult } from "lit";
import type { TensorInfo } from "../../../bindings/engine.ts";
import { formatFigure } from "../../figures/format.ts";
import { pixel } from "../chart.ts";
import { searchControl, selectControl } from "../controls.ts";
import type { Change } from "../instrument.ts";
import type { State, View } from "../your_weights.ts";
import type { Sketch } from "./desk.ts";
import { nameText, type Order, orders, shapeText } from "./tensor_list.ts";

const orderNames: Record<Order, string> = {
  file: "as in the file",
  size: "largest first",
  name: "by name",
};

/** Most letters of a filter. */
export const longestFilter = 80;

/** The tensors of a file, a page at a time: what each is, what it looks like, and the choice of one. */
export function listView(
  { state, desk, listing }: View,
  change: Change<State>,
  live: boolean,
): TemplateResult {
  const { found, shown, page, pages } = listing;
  const caption = `Tensors of ${desk.model.files.name}`;
  return html`<div class="panel" role="group" aria-label=${caption}>
    <p class="panel-title">Tensors</p>
    <fieldset class="instrument-controls" ?disabled=${!live}>
      <legend class="visually-hidden">Which tensors are shown</legend>
      <div class="control-row">
        ${searchControl({
          name: "filter",
          label: "Show those with",
          value: state.filter,
          placeholder: "ffn, 4096, BF16 …",
          longest: longestFilter,
          change: (filter) => change({ filter, page: 1 }),
        })}
        ${selectControl({
          name: "order",
          label: "Order",
          value: state.order,
          options: orders.map((value) => ({ value, text: orderNames[value] })),
          change: (order) => change({ order: order as Order, page: 1 }),
        })}
      </div>
    </fieldset>
    <div class="table-box tensor-list" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="visually-hidden">${caption}; the name of a tensor hands it to Instrument 7.2 and the landscape</caption>
        <thead><tr>
          <th scope="col">Tensor</th><th scope="col">Histogram</th><th scope="col">Shape</th><th scope="col">Type</th>
          <th scope="col">Size</th><th scope="col">Spread</th><th scope="col">Largest</th>
        </tr></thead>
        <tbody>
          ${shown.map((tensor) => tensorRow(tensor, desk.sketchOf(tensor), desk.chosen === tensor, live, () => void desk.choose(tensor)))}
        </tbody>
      </table>
    </div>
    ${pager(found.length, page, pages, change, live)}
  </div>`;
}

function tensorRow(
  tensor: TensorInfo,
  sketch: Sketch | undefined,
  chosen: boolean,
  live: boolean,
  choose: () => void,
): TemplateResult {
  const { name, type, byteLength } = tensor;
  const figures = sketch !== undefined && "sketch" in sketch ? sketch.sketch.statistics : undefined;
  return html`<tr aria-current=${chosen}>
    <th scope="row"><button type="button" data-tensor=${name} aria-pressed=${chosen} ?disabled=${!live}
      @click=${choose}>${nameText(tensor)}</button></th>
    <td class="tensor-sketch">${sketch === undefined ? "…" : sparkline(tensor, sketch)}</td>
    <td class="tensor-shape">${shapeText(tensor)}</td>
    <td class="tensor-type">${type}</td>
    <td>${formatFigure(byteLength, "bytes 1")}</td>
    <td class="tensor-figure">${figures ? figure(figures.standardDeviation) : ""}</td>
    <td class="tensor-figure">${figures ? figure(figures.absmax) : ""}</td>
  </tr>`;
}

function figure(value: number): string {
  return formatFigure(value, value === 0 ? "integer" : value < 0.0005 ? "scientific 1" : "digits 2");
}

const sparkWidth = 120;
const sparkHeight = 22;

/** The histogram of a tensor in a line of text, its counts on a logarithmic axis so that outliers show. */
function sparkline(tensor: TensorInfo, sketch: Sketch): TemplateResult {
  if ("refusal" in sketch)
    return html`<span class="tensor-refusal" title=${sketch.refusal}>no histogram</span>`;
  const { counts, statistics, whole } = sketch.sketch;
  const reach = figure(statistics.absmax);
  const looked = `${formatFigure(statistics.count, "integer")} weights${whole ? "" : ", a sample"}`;
  const description = `Histogram of ${nameText(tensor)} from −${reach} to ${reach}, ${looked}`;
  const y = scaleSymlog([0, Math.max(1, ...counts)], [sparkHeight, 1]);
  const edge = (bin: number) => pixel((sparkWidth * bin) / counts.length);
  const steps = Array.from(counts, (count, bin) => `V${pixel(y(count))}H${edge(bin + 1)}`).join("");
  return html`<svg class="sparkline" viewBox="0 0 ${sparkWidth} ${sparkHeight}" width=${sparkWidth} height=${sparkHeight}
      role="img" aria-label=${description}>
      <path class="area-original" d="M0,${sparkHeight}${steps}V${sparkHeight}Z"></path>
      ${whole ? "" : svg`<text class="sparkline-note" x=${sparkWidth} y="8" text-anchor="end">sampled</text>`}
    </svg>`;
}

function pager(
  found: number,
  page: number,
  pages: number,
  change: Change<State>,
  live: boolean,
): TemplateResult {
  const words =
    found === 0
      ? "No tensor matches."
      : `Page ${formatFigure(page, "integer")} of ${formatFigure(pages, "integer")} · ${formatFigure(found, "integer")} tensors`;
  return html`<div class="tensor-pager">
    <button type="button" data-action="previous" ?disabled=${!live || page <= 1} @click=${() => change({ page: page - 1 })}>Previous</button>
    <button type="button" data-action="next" ?disabled=${!live || page >= pages} @click=${() => change({ page: page + 1 })}>Next</button>
    <span class="tensor-pager-words">${words}</span>
  </div>`;
}
