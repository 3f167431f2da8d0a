import { escapeHtml } from "./escape_html.ts";

/** A piece of a cell's output as HTML text for a `<pre>`: what Python printed, or in its error's colour. */
export function textHtml(stream: "stdout" | "stderr", text: string): string {
  return stream === "stdout" ? escapeHtml(text) : `<span class="cell-error">${escapeHtml(text)}</span>`;
}
