import type { Handler } from "../directive.ts";
import { dataScript, element, raw } from "../hast.ts";
import type { Cell } from "../transforms/numbering.ts";

/**
 * A Python cell: its source in colour, its output as computed at build time, and what the page needs to
 * revive it.
 */
export const renderCell: Handler<Cell> = (node, renderer) => {
  const source = node.children?.[0]?.value ?? "";
  const { number, label, caption, highlighted = "", output = "" } = node;
  return element(
    "figure",
    { class: "cell", id: label, "data-cell": number },
    element("figcaption", { class: "cell-label" }, "PYTHON · RUNNABLE IN-BROWSER"),
    caption && element("p", { class: "cell-caption" }, `Cell ${number}. `, renderer.nodes(caption)),
    element(
      "div",
      { "data-editor": "" },
      element(
        "pre",
        { tabindex: 0, role: "region", "aria-label": `Source of cell ${number}` },
        element("code", {}, raw(highlighted)),
      ),
    ),
    element("div", { "data-cell-controls": "" }),
    element("div", { "data-output": "" }, raw(output)),
    dataScript("data-source", source),
    element(
      "p",
      { class: "cell-invitation" },
      "Edit the cell and run it again. Change a number, break a line: Reset brings the original back.",
    ),
  );
};
