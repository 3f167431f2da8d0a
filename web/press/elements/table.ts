import type { Element } from "hast";
import { capitals } from "../capitals.ts";
import type { Handler, Renderer } from "../directive.ts";
import { element } from "../hast.ts";
import { type Node, plainText } from "../node.ts";
import type { CaptionedTable } from "../transforms/numbering.ts";

/** A table in a box of its own, which scrolls where the page is narrower. */
export const renderTable: Handler = (node, renderer) => tableBox(node, "Table", renderer);

/** A table with number and caption. */
export const renderContainer: Handler<CaptionedTable> = (node, renderer) => {
  const caption = node.children?.find(({ type }) => type === "caption");
  const title = caption?.children?.flatMap((paragraph) => paragraph.children ?? []);
  const name = `Table ${node.number}`;
  return element(
    "figure",
    { class: "table-figure", id: node.label },
    element(
      "figcaption",
      { class: "table-label" },
      element("span", { class: "number" }, capitals(name)),
      title && [" — ", ...renderer.nodes(title)],
    ),
    (node.children ?? [])
      .filter((child) => child !== caption)
      .flatMap((child) =>
        child.type === "table"
          ? tableBox(child, title ? `${name}, ${plainText(title)}` : name, renderer)
          : renderer.nodes([child]),
      ),
  );
};

function tableBox(table: Node, label: string, renderer: Renderer): Element {
  const rows = table.children ?? [];
  const isHead = (row: Node) => row.children?.every(({ header }) => header) ?? false;
  const head = rows.filter(isHead).map((row) => tableRow(row, renderer));
  const body = rows.filter((row) => !isHead(row)).map((row) => tableRow(row, renderer));
  return element(
    "div",
    { class: "table-box", tabindex: 0, role: "region", "aria-label": label },
    element(
      "table",
      {},
      head.length > 0 ? element("thead", {}, head) : undefined,
      element("tbody", {}, body),
    ),
  );
}

function tableRow(row: Node, renderer: Renderer): Element {
  const cells = (row.children ?? []).map((cell) => {
    const alignment = cell.align ? `text-align: ${cell.align}` : undefined;
    // A list table's cells hold one paragraph each, whose margins a table does not want.
    const [only, ...others] = cell.children ?? [];
    const content = only?.type === "paragraph" && others.length === 0 ? only.children : cell.children;
    const attributes = { style: alignment, scope: cell.header ? "col" : undefined };
    return element(cell.header ? "th" : "td", attributes, renderer.nodes(content));
  });
  return element("tr", {}, cells);
}
