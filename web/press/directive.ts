import type { ElementContent } from "hast";
import type { defaultOptions } from "myst-parser";
import type { Node } from "./node.ts";

/** MyST's description of a directive or role: its argument, options, body, and the nodes it becomes. */
export type DirectiveSpec = (typeof defaultOptions.directives)[number];
export type RoleSpec = (typeof defaultOptions.roles)[number];

/** What a handler has to render the nodes inside its own. */
export interface Renderer {
  /** HTML of nodes by their own handlers. */
  nodes(nodes: readonly Node[] | undefined): ElementContent[];
}

/** Writes a node of one kind as HTML. */
export type Handler<Kind extends Node = Node> = (
  node: Kind,
  renderer: Renderer,
) => ElementContent | ElementContent[];

/** The options of every directive that can be referred to. */
export const labelOption = { label: { type: String } };
