import { evaluate, type FigureValue, parseExpression, type Scope } from "../../figures/expression.ts";
import { formatFigure } from "../../figures/format.ts";
import type { FigureEngine } from "../../figures/functions.ts";

/** Asks the engine for the value of an expression written on the page. */
export function compute(expression: string, scope: Scope, engine: FigureEngine): Promise<FigureValue> {
  return evaluate(parseExpression(expression), scope, engine);
}

/**
 * Asks the engine for a value that must be a number.
 *
 * @throws Error naming the expression where it is a text.
 */
export async function computeNumber(expression: string, scope: Scope, engine: FigureEngine): Promise<number> {
  const value = await compute(expression, scope, engine);
  if (typeof value !== "number") throw new Error(`'${expression}' is no number`);
  return value;
}

/**
 * Computes every figure under `root` for other given values.
 *
 * @returns a function that writes them all; until it is called the page stays as it is.
 */
export async function recomputeFigures(
  root: ParentNode,
  scope: Scope,
  engine: FigureEngine,
): Promise<() => void> {
  const figures = [...root.querySelectorAll<HTMLDataElement>("data.figure[data-expression]")];
  const values = await Promise.all(
    figures.map((figure) => compute(figure.dataset.expression ?? "", scope, engine)),
  );
  const texts = values.map((value, index) => formatFigure(value, figures[index]?.dataset.format ?? "text"));
  return () => {
    figures.forEach((figure, index) => {
      figure.value = String(values[index]);
      figure.textContent = texts[index] ?? "";
    });
  };
}
