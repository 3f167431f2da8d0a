import type { DirectiveSpec } from "../directive.ts";
import type { Node } from "../node.ts";

/** The worked solution of an exercise, which the press moves into the exercise. */
export interface Solution extends Node {
  type: "solution";
  /** Label of the exercise. */
  exercise: string;
}

export const solution: DirectiveSpec = {
  name: "solution",
  doc: "The worked solution of the exercise with the given label.",
  arg: { type: String, required: true },
  body: { type: "myst", required: true },
  run: ({ arg, body, node }) => [
    { type: "solution", exercise: arg, children: body, position: node.position } as Solution,
  ],
};
