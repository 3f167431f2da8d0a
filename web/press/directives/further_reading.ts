import type { DirectiveSpec, Handler } from "../directive.ts";
import { element } from "../hast.ts";
import type { Node } from "../node.ts";

/** The works a reader should open next, each with a line on why. */
export interface FurtherReading extends Node {
  type: "furtherReading";
}

export const furtherReading: DirectiveSpec = {
  name: "further-reading",
  doc: "A list of works, each item a citation followed by the reason to read it.",
  body: { type: "myst", required: true },
  run: ({ body, node }) => [
    { type: "furtherReading", children: body, position: node.position } as FurtherReading,
  ],
};

export const renderFurtherReading: Handler<FurtherReading> = (node, renderer) =>
  element(
    "section",
    { class: "section further-reading", id: "further-reading" },
    element(
      "h2",
      { id: "further-reading:heading" },
      element("a", { class: "anchor", href: "#further-reading" }, "Further reading"),
    ),
    renderer.nodes(node.children),
  );
