import { float32, given, integer, named, word } from "./arguments.ts";
import type { CodebookPlane, Codebooks, FittedCodebook, TurnedWeights } from "./layer_types.ts";
import { matrix } from "./matrix.ts";
import type { Call } from "./module.ts";

const seed = given(integer(0, Number.MAX_SAFE_INTEGER));
const size = integer(0, 2 ** 31 - 1);

const readTurn = named({ weights: matrix, seed });
const readFit = named({ weights: matrix, codebook: word, seed });
const readPlane = named({
  codebook: word,
  parameters: given(float32),
  across: size,
  up: size,
  through: given(integer(0, 2 ** 16 - 1)),
});

/** The methods about codebooks, answered through `call`. */
export function codebooks(call: Call): Codebooks {
  return {
    turnWeights: (options) =>
      call((module) => module.turnWeights(readTurn(options), undefined) as TurnedWeights | undefined),
    fitCodebook: (options) =>
      call((module) => module.fitCodebook(readFit(options), undefined) as FittedCodebook | undefined),
    codebookPlane: (options) =>
      call((module) => module.codebookPlane(readPlane(options), undefined) as CodebookPlane | undefined),
  };
}
