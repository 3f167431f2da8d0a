import { highlightCode } from "@lezer/highlight";
import { parser } from "@lezer/python";
import { codeHighlighter } from "./code_style.ts";
import { escapeHtml } from "./escape_html.ts";

/** Python source as HTML spans, in the classes that the editor uses. */
export function highlightPython(source: string): string {
  let html = "";
  highlightCode(
    source,
    parser.parse(source),
    codeHighlighter,
    (text, classes) => {
      html += classes ? `<span class="${classes}">${escapeHtml(text)}</span>` : escapeHtml(text);
    },
    () => {
      html += "\n";
    },
  );
  return html;
}
