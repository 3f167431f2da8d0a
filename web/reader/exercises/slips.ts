import type { Scope } from "../../figures/expression.ts";
import type { FigureEngine } from "../../figures/functions.ts";
import { computeNumber, recomputeFigures } from "./figures.ts";
import { isWithin, type Tolerance } from "./tolerance.ts";

/** Whether a slip belongs to the present values: `only` is empty or `name=value`. */
function applies(only: string | undefined, scope: Scope): boolean {
  if (!only) return true;
  const [name = "", value = ""] = only.split("=").map((part) => part.trim());
  return String(scope[name]) === value;
}

/**
 * Finds the slip that leads to one of the reader's readings, with its figures computed for the present values. A slip
 * that happens to give the right answer is none.
 *
 * @returns what to tell the reader, or undefined where no slip explains the answer.
 */
export async function findSlip(
  slips: DocumentFragment,
  readings: readonly number[],
  right: number,
  tolerance: Tolerance,
  scope: Scope,
  engine: FigureEngine,
): Promise<DocumentFragment | undefined> {
  for (const slip of slips.querySelectorAll<HTMLElement>("[data-slip]")) {
    if (!applies(slip.dataset.only, scope)) continue;
    const wrong = await computeNumber(slip.dataset.expression ?? "", scope, engine);
    if (isWithin(wrong, right, tolerance)) continue;
    if (!readings.some((reading) => isWithin(reading, wrong, tolerance))) continue;
    const explanation = document.createDocumentFragment();
    explanation.append(...slip.cloneNode(true).childNodes);
    const write = await recomputeFigures(explanation, scope, engine);
    write();
    return explanation;
  }
  return undefined;
}
