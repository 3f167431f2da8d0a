import type { Scope } from "../../figures/expression.ts";
import type { FigureEngine } from "../../figures/functions.ts";
import { suggestion } from "../../figures/nearest.ts";
import type { SourceFile } from "../diagnostics.ts";
import { type Choice, type Exercise, scopeOf } from "../directives/exercise.ts";
import type { Slip } from "../directives/slip.ts";
import { type Node, nodesOfType } from "../node.ts";
import type { FigureRole } from "../roles/figure.ts";
import { answer } from "./figures.ts";

/** Up to this many, every combination of an exercise's choices is tried. */
const mostCombinations = 500;

/**
 * Asks the engine every question that "Another one" can come to ask, so that none fails in a reader's hands.
 */
export async function checkExercises(tree: Node, engine: FigureEngine, source: SourceFile): Promise<void> {
  for (const exercise of nodesOfType<Exercise>(tree, "exercise")) {
    const problem = problemWithGiven(exercise.given);
    if (problem === undefined) {
      checkOptions(exercise, source);
      await checkDraws(exercise, engine, source);
    } else {
      source.error(exercise, problem, "given:");
      exercise.given = [];
    }
  }
}

function problemWithGiven(given: unknown): string | undefined {
  if (!Array.isArray(given) || !given.every((choices) => Array.isArray(choices) && choices.length > 0)) {
    return "'given' must be a list of dimensions, each a list of choices such as { tau: 4 }";
  }
  const isValue = (value: unknown) => typeof value === "number" || typeof value === "string";
  const isChoice = (choice: unknown) => {
    const values = Object.values(choice ?? {});
    return typeof choice === "object" && values.length > 0 && values.every(isValue);
  };
  const wrong = given.flat().find((choice) => !isChoice(choice));
  return wrong === undefined ? undefined : `the choice ${JSON.stringify(wrong)} must name numbers or texts`;
}

/** A positive number, alone or as a share. */
const tolerancePattern = /^(?=.*[1-9])\d*\.?\d+(e-?\d+)?%?$/i;

function checkOptions(exercise: Exercise, source: SourceFile): void {
  const { tolerance, given } = exercise;
  if (!tolerancePattern.test(tolerance)) {
    const message = `the tolerance '${tolerance}' must be a positive number, or a share such as 0.5%`;
    source.error(exercise, message, "tolerance:");
  }
  const choices = given.flat().flatMap((choice) => Object.entries(choice));
  const possible = choices.map(([name, value]) => `${name}=${value}`);
  for (const slip of nodesOfType<Slip>(exercise, "slip")) {
    if (slip.only === undefined || possible.includes(slip.only)) continue;
    const message = `'${slip.only}' is no choice of the exercise${suggestion(slip.only, possible)}`;
    source.error(slip, message, ":only:");
  }
}

interface Question {
  node: Node;
  expression: string;
  format: string;
  /** As it stands in the source, to place an error. */
  written: string;
  only?: string | undefined;
}

function questionsOf(exercise: Exercise): Question[] {
  const { answer: expression, format } = exercise;
  const slips = nodesOfType<Slip>(exercise, "slip");
  const figures = nodesOfType<FigureRole>(exercise, "figureRole");
  return [
    { node: exercise, expression, format, written: expression },
    ...slips.map((node) => ({
      node,
      expression: node.expression,
      format,
      written: node.expression,
      only: node.only,
    })),
    ...figures.map((node) => ({ node, ...node })),
  ];
}

async function checkDraws(exercise: Exercise, engine: FigureEngine, source: SourceFile): Promise<void> {
  for (const question of questionsOf(exercise)) {
    const { node, written, only } = question;
    for (const draw of drawsOf(exercise.given)) {
      const scope = scopeOf(exercise.given, draw);
      if (only !== undefined && !isChosen(only, scope)) continue;
      try {
        await answer(question, scope, engine);
      } catch (error) {
        source.error(node, `${written} fails for ${describe(scope)}: ${(error as Error).message}`, written);
        break;
      }
    }
  }
}

function isChosen(only: string, scope: Scope): boolean {
  return Object.entries(scope).some(([name, value]) => `${name}=${value}` === only);
}

function describe(scope: Scope): string {
  return Object.entries(scope)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

/** Every combination of choices where that is feasible, else the printed one and each single change to it. */
function drawsOf(given: readonly Choice[][]): number[][] {
  const combinations = given.reduce((product, choices) => product * choices.length, 1);
  if (combinations <= mostCombinations) {
    return given.reduce<number[][]>(
      (draws, choices) => draws.flatMap((draw) => choices.map((_, choice) => [...draw, choice])),
      [[]],
    );
  }
  const printed = given.map(() => 0);
  const changed = given.flatMap((choices, dimension) =>
    choices.slice(1).map((_, choice) => printed.with(dimension, choice + 1)),
  );
  return [printed, ...changed];
}
