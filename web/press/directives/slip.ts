import type { DirectiveSpec, Handler } from "../directive.ts";
import { element } from "../hast.ts";
import type { Node } from "../node.ts";

/** A likely wrong answer to an exercise, and what to say to the reader who gives it. */
export interface Slip extends Node {
  type: "slip";
  expression: string;
  /** `name=value` of the only choice in which the slip can be made. */
  only?: string;
}

export const slip: DirectiveSpec = {
  name: "slip",
  doc: "Inside an exercise: an expression for a wrong answer, with the feedback for it.",
  arg: { type: String, required: true },
  options: { only: { type: String } },
  body: { type: "myst", required: true },
  run: ({ arg, options, body, node }, file) => {
    // Inside a directive with a YAML block of its own, MyST drops every further line of "---".
    if (/^only:/.test(node.value ?? ""))
      file.message("the option of a slip is written ':only: name=value'", node);
    return [
      { type: "slip", expression: arg, only: options?.only, children: body, position: node.position } as Slip,
    ];
  },
};

export const renderSlip: Handler<Slip> = (node, renderer) =>
  element(
    "div",
    { "data-slip": "", "data-expression": node.expression, "data-only": node.only },
    renderer.nodes(node.children),
  );
