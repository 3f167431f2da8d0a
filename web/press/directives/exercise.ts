import type { FigureValue, Scope } from "../../figures/expression.ts";
import type { DirectiveSpec, Handler } from "../directive.ts";
import { labelOption } from "../directive.ts";
import { dataScript, element } from "../hast.ts";
import type { Node } from "../node.ts";
import { renderSlip, type Slip } from "./slip.ts";
import type { Solution } from "./solution.ts";

/** One way to set some of an exercise's given values. */
export type Choice = Scope;

/** An exercise with a computed answer. */
export interface Exercise extends Node {
  type: "exercise";
  title: Node[];
  label: string;
  answer: string;
  format: string;
  unit?: string;
  tolerance: string;
  /** Dimensions of choices; the first choice of each makes the printed exercise. */
  given: Choice[][];
  number?: string;
  /** Moved in from its directive further down. */
  solution?: Solution;
}

export const exercise: DirectiveSpec = {
  name: "exercise",
  doc: "A problem whose answer the engine computes from the given values.",
  arg: { type: "myst", required: true },
  options: {
    label: { ...labelOption.label, required: true },
    answer: { type: String, required: true },
    format: { type: String, required: true },
    unit: { type: String },
    tolerance: { type: String, required: true },
    given: { type: String },
  },
  body: { type: "myst", required: true },
  run: ({ arg, options, body, node }) => [
    {
      ...options,
      type: "exercise",
      title: arg,
      // The structured value stands in the raw options only; MyST makes a text of it in the checked ones.
      given: (node.options?.given as unknown) ?? [],
      children: body,
      position: node.position,
    } as unknown as Exercise,
  ],
};

/** The values of the printed exercise, or of the one drawn by `choice` from each dimension. */
export function scopeOf(given: readonly Choice[][], choice: readonly number[] = []): Scope {
  return Object.assign(
    {} as Record<string, FigureValue>,
    ...given.map((choices, i) => choices[choice[i] ?? 0]),
  );
}

const isHint = (node: Node) => node.type === "admonition" && node.kind === "hint";

export const renderExercise: Handler<Exercise> = (node, renderer) => {
  const { label, answer, format, unit, tolerance, given, solution } = node;
  const children = node.children ?? [];
  const problem = children.filter((child) => child.type !== "slip" && !isHint(child));
  const hints = children.filter(isHint).flatMap((hint) => hint.children ?? []);
  const slips = children.filter((child): child is Slip => child.type === "slip");
  const id = `exercise-${label}`;
  return element(
    "section",
    { class: "exercise", id, "data-exercise": label, "aria-labelledby": `${id}-title` },
    element(
      "header",
      {},
      element("p", { class: "exercise-label" }, `EXERCISE ${node.number}`),
      element("h3", { id: `${id}-title` }, renderer.nodes(node.title)),
    ),
    element("div", { "data-problem": "" }, renderer.nodes(problem)),
    element("div", { "data-answer": "" }),
    hints.length > 0 ? unfolding("data-hint", "Hint", renderer.nodes(hints)) : undefined,
    unfolding("data-solution", "Worked solution", renderer.nodes(solution?.children)),
    {
      ...element("template", { "data-slips": "" }),
      content: { type: "root", children: slips.flatMap((slip) => renderSlip(slip, renderer)) },
    },
    dataScript("data-specification", { label, answer, format, unit, tolerance, given }),
  );
};

function unfolding(attribute: string, summary: string, content: ReturnType<typeof element>["children"]) {
  return element("details", { [attribute]: "" }, element("summary", {}, summary), content);
}
