import type { DirectiveSpec } from "../directive.ts";
import { next, pattern } from "./callout.ts";
import { equation } from "./equation.ts";
import { exercise } from "./exercise.ts";
import { furtherReading } from "./further_reading.ts";
import { instrument } from "./instrument.ts";
import { slip } from "./slip.ts";
import { solution } from "./solution.ts";

/**
 * The directives that the press adds to MyST's own (of which chapters use `aside`, `code-cell`, `hint`,
 * `table`…).
 */
export const directiveSpecs: DirectiveSpec[] = [
  equation,
  exercise,
  slip,
  solution,
  instrument,
  pattern,
  next,
  furtherReading,
];
