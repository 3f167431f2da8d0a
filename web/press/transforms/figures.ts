import { evaluate, type FigureValue, parseExpression, type Scope } from "../../figures/expression.ts";
import { parseFormat } from "../../figures/format.ts";
import type { FigureEngine } from "../../figures/functions.ts";
import type { SourceFile } from "../diagnostics.ts";
import { type Exercise, scopeOf } from "../directives/exercise.ts";
import { type Node, visit } from "../node.ts";
import type { FigureRole } from "../roles/figure.ts";

/** Asks the engine for every figure in the text; in an exercise, identifiers stand for its printed values. */
export async function computeFigures(tree: Node, engine: FigureEngine, source: SourceFile): Promise<void> {
  const figures: { figure: FigureRole; scope: Scope | undefined }[] = [];
  visit(tree, (node, ancestors) => {
    if (node.type !== "figureRole") return;
    const exercise = ancestors.find((ancestor): ancestor is Exercise => ancestor.type === "exercise");
    figures.push({ figure: node as FigureRole, scope: exercise && scopeOf(exercise.given) });
  });
  for (const { figure, scope } of figures) await computeFigure(figure, scope, engine, source);
}

async function computeFigure(
  figure: FigureRole,
  scope: Scope | undefined,
  engine: FigureEngine,
  source: SourceFile,
): Promise<void> {
  try {
    if (figure.role === "given" && scope === undefined)
      throw new Error("a given value belongs to an exercise");
    Object.assign(figure, await answer(figure, scope ?? {}, engine));
  } catch (error) {
    // An exercise's figures have been asked for every draw, and what is wrong has been reported with the
    // values.
    const message = `${figure.written}: ${(error as Error).message}`;
    if (scope === undefined) source.error(figure, message, figure.written);
  }
}

/**
 * Asks the engine for a figure.
 *
 * @returns the exact value, and as the page prints it.
 * @throws Error for what cannot be computed or printed, or is not a finite number.
 */
export async function answer(
  question: { expression: string; format: string },
  scope: Scope,
  engine: FigureEngine,
): Promise<{ computed: FigureValue; display: string }> {
  const write = parseFormat(question.format);
  const computed = await evaluate(parseExpression(question.expression), scope, engine);
  if (typeof computed === "number" && !Number.isFinite(computed)) throw new Error(`the value is ${computed}`);
  return { computed, display: write(computed) };
}
