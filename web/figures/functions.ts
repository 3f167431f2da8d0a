import type { Engine } from "../../bindings/engine.ts";

/** Names of the arguments that an engine method takes in its one object. */
type ArgumentOf<Name extends keyof Engine> = Engine[Name] extends (named: infer Named) => unknown
  ? keyof Named & string
  : never;

/**
 * The engine functions that a chapter may call, with their argument names; an optional argument ends in `?`.
 * The list is closed on purpose: an expression in a chapter reaches these names and nothing else.
 */
export const figureFunctions = {
  awqScale: ["magnitude", "least", "most", "alpha"],
  blockFields: ["format"],
  bytesPerParameter: ["format", "group?", "scales?"],
  bytesPerToken: ["bytesPerParameter", "activeParameters"],
  decodeCeiling: ["bandwidth", "bytesPerParameter", "activeParameters"],
  kvCacheBytesPerToken: ["layers", "keyValueHeads", "headDimension", "bytesPerValue"],
  kiviBits: ["bits", "group", "tokens?", "window?"],
  microscale: ["format", "absmax", "rule"],
  nearestCode: ["format", "value", "scale?", "overflow?"],
  product: ["a", "b"],
  rateDistortionBound: ["bitsPerWeight"],
  rateDistortionGap: ["sqnrDb", "bitsPerWeight"],
  ratio: ["numerator", "denominator"],
  remaining: ["parameters", "sparsity"],
  servingPlan: ["weightBytes", "cardMemory", "cacheBytesPerToken", "contextLength", "reserve?"],
  sum: ["a", "b"],
  symmetricLevels: ["bits"],
  symmetricScale: ["absmax", "bits"],
  tauSquared: ["tau"],
  wandaRow: ["weights", "norms", "sparsity"],
  weightMemory: ["parameters", "format", "group?", "scales?"],
} as const satisfies { [Name in keyof Engine]?: readonly (ArgumentOf<Name> | `${ArgumentOf<Name>}?`)[] };

export type FigureFunction = keyof typeof figureFunctions;

/** Whatever answers the calls of an expression: the engine itself, or its worker client. */
export type FigureEngine = Record<FigureFunction, (named: never) => unknown>;

/** Whether `name` is one of the functions that a chapter may call. */
export function isFigureFunction(name: string): name is FigureFunction {
  return Object.hasOwn(figureFunctions, name);
}

/** The argument names of a function, and those that a call must give. */
export function argumentNames(name: FigureFunction): { all: string[]; required: string[] } {
  const declared: readonly string[] = figureFunctions[name];
  return {
    all: declared.map((argument) => argument.replace("?", "")),
    required: declared.filter((argument) => !argument.endsWith("?")),
  };
}
