import { capitals } from "../capitals.ts";
import type { DirectiveSpec, Handler } from "../directive.ts";
import { labelOption } from "../directive.ts";
import { element } from "../hast.ts";
import { type Node, plainText } from "../node.ts";

/** A displayed equation that carries a tag, a title and a caption. */
export interface Equation extends Node {
  type: "equation";
  title: Node[];
  /** Number within the volume, such as "7.1"; set by the numbering. */
  number?: string;
}

export const equation: DirectiveSpec = {
  name: "equation",
  doc: "An equation with its title; the formula comes first in the body, the caption after it.",
  arg: { type: "myst", required: true },
  options: labelOption,
  body: { type: "myst", required: true },
  run: ({ arg, options, body, node }) => [
    {
      type: "equation",
      title: arg,
      label: options?.label,
      children: body,
      position: node.position,
    } as Equation,
  ],
};

export const renderEquation: Handler<Equation> = (node, renderer) => {
  const formulas = node.children?.filter((child) => child.type === "math");
  const caption = node.children?.filter((child) => child.type !== "math");
  const title = plainText(node.title);
  return element(
    "figure",
    { class: "equation", id: node.label },
    element("div", { class: "equation-label" }, `EQ ${node.number} — ${capitals(title)}`),
    element(
      "div",
      {
        class: "equation-body",
        tabindex: 0,
        role: "region",
        "aria-label": `Equation ${node.number}, ${title}`,
      },
      renderer.nodes(formulas),
    ),
    element("figcaption", {}, renderer.nodes(caption)),
  );
};
