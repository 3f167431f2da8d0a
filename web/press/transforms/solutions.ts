import { suggestion } from "../../figures/nearest.ts";
import type { SourceFile } from "../diagnostics.ts";
import type { Exercise } from "../directives/exercise.ts";
import type { Solution } from "../directives/solution.ts";
import { type Node, nodesOfType, visit } from "../node.ts";

/** Moves each worked solution into its exercise. */
export function attachSolutions(tree: Node, source: SourceFile): void {
  const exercises = new Map(nodesOfType<Exercise>(tree, "exercise").map((node) => [node.label, node]));
  for (const solution of nodesOfType<Solution>(tree, "solution")) {
    const exercise = exercises.get(solution.exercise);
    if (exercise === undefined) {
      const hint = suggestion(solution.exercise, exercises.keys());
      source.error(solution, `the solution's exercise '${solution.exercise}' does not exist${hint}`);
    } else if (exercise.solution !== undefined) {
      source.error(solution, `the exercise '${solution.exercise}' has two solutions`);
    } else {
      exercise.solution = solution;
    }
  }
  for (const exercise of exercises.values()) {
    if (exercise.solution === undefined)
      source.error(exercise, `the exercise '${exercise.label}' has no solution`);
  }
  visit(tree, (node) => {
    if (node.children !== undefined)
      node.children = node.children.filter((child) => child.type !== "solution");
  });
}
