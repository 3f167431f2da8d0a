import type { DirectiveSpec, Handler } from "../directive.ts";
import { element } from "../hast.ts";
import type { Node } from "../node.ts";

/** A boxed remark: a PATTERN seen in practice, or what comes NEXT. */
export interface Callout extends Node {
  type: "callout";
  kind: "pattern" | "next";
  title?: Node[];
}

const callout = (kind: Callout["kind"], doc: string): DirectiveSpec => ({
  name: kind,
  doc,
  arg: { type: "myst" },
  body: { type: "myst", required: true },
  run: ({ arg, body, node }) => [
    { type: "callout", kind, title: arg, children: body, position: node.position } as Callout,
  ],
});

export const pattern = callout("pattern", "A pattern seen in practice, with a title.");
export const next = callout("next", "What the following chapter is about.");

export const renderCallout: Handler<Callout> = (node, renderer) =>
  element(
    "aside",
    { class: `callout ${node.kind}` },
    element("p", { class: "callout-label" }, node.kind.toUpperCase()),
    node.title === undefined ? undefined : element("h3", {}, renderer.nodes(node.title)),
    renderer.nodes(node.children),
  );
