import type { Handler } from "../directive.ts";
import { element } from "../hast.ts";
import type { Node } from "../node.ts";
import type { Section } from "../transforms/sections.ts";

export const renderSection: Handler<Section> = (node, renderer) =>
  element(
    "section",
    { class: "section", id: node.label },
    element(
      "h2",
      // The search index tells places apart by the ids of headings.
      { id: `${node.label}:heading` },
      element(
        "a",
        { class: "anchor", href: `#${node.label}` },
        element("span", { class: "number" }, node.number),
        " ",
        renderer.nodes(node.title),
      ),
    ),
    renderer.nodes(node.children),
  );

/** Headings below those of sections. */
export const renderHeading: Handler<Node & { depth?: number }> = (node, renderer) =>
  element(
    `h${node.depth}`,
    { id: node.label },
    element("a", { class: "anchor", href: `#${node.label}` }, renderer.nodes(node.children)),
  );
