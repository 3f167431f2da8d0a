import type { Handler, RoleSpec } from "../directive.ts";
import { element } from "../hast.ts";
import type { Node } from "../node.ts";

/** A figure in running text: asked of the engine, or one of an exercise's given values. */
export interface FigureRole extends Node {
  type: "figureRole";
  role: "engine" | "given";
  expression: string;
  format: string;
  /** As written, for errors. */
  written: string;
  /** The exact value and what the reader sees; set when the figure is computed. */
  computed?: number | string;
  display?: string;
}

const figureRole = (role: FigureRole["role"], doc: string): RoleSpec => ({
  name: role,
  doc,
  body: { type: String, required: true },
  run: ({ body, node }) => {
    const [expression = "", format = role === "given" ? "text" : ""] = String(body).split("|");
    const written = `{${role}}\`${body}\``;
    const figure: FigureRole = {
      type: "figureRole",
      role,
      expression: expression.trim(),
      format: format.trim(),
      written,
      position: node.position,
    };
    return [figure];
  },
});

export const engine = figureRole("engine", "An expression and a format: `decodeCeiling(…) | fixed 1`.");
export const given = figureRole("given", "A given value of the exercise, with a format unless it is a text.");

export const renderFigureRole: Handler<FigureRole> = ({ computed, expression, format, display = "" }) =>
  element(
    "data",
    { class: "figure", value: String(computed), "data-expression": expression, "data-format": format },
    display,
  );
