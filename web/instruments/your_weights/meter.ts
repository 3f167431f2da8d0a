import { html, type TemplateResult } from "lit";

interface MeterOptions {
  /** What is counted. */
  label: string;
  done: number;
  of: number;
  /** The same in words. */
  words: string;
  /** Stable name, the `data-progress` of the bar. */
  name: string;
}

/** How far long work has come. */
export function meter({ label, done, of, words, name }: MeterOptions): TemplateResult {
  return html`<p class="meter">
    <progress data-progress=${name} aria-label=${label} max=${Math.max(1, of)} value=${done}></progress>
    <span class="meter-words" data-progress-words=${name}>${words}</span>
  </p>`;
}
