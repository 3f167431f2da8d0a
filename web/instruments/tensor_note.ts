import { html, type TemplateResult } from "lit";
import { formatFigure } from "../figures/format.ts";
import { type SharedTensor, tensorChoice } from "./shared_tensor.ts";

/** Where the weights come from, and the way back to the sample. */
export function tensorNote({ source, rows, cols, weights }: SharedTensor, isOwn: boolean): TemplateResult {
  if (!isOwn) return html`<p data-source>Weights: ${source}.</p>`;
  const count = formatFigure(weights.length, "integer");
  return html`<p data-source>
    Weights: ${source}, ${count} in ${formatFigure(rows, "integer")} rows of ${formatFigure(cols, "integer")}.
    <button type="button" data-action="sample" @click=${() => tensorChoice.choose(undefined)}>Back to the sample</button>
  </p>`;
}
