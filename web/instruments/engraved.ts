import { html, type TemplateResult } from "lit";

/** A label as it is engraved: the style sheet sets it in capitals, in which a Greek letter or a unit would be another. */
export function engraved(label: string): TemplateResult[] {
  return label
    .split(/(\p{Script=Greek}+|\bdB\b)/u)
    .map((part, index) => (index % 2 === 1 ? html`<span class="symbol">${part}</span>` : html`${part}`));
}
