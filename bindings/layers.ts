import {
  count,
  float32,
  float64,
  given,
  integer,
  invalid,
  named,
  number,
  optional,
  type Reader,
  show,
  word,
} from "./arguments.ts";
import { codebooks } from "./codebooks.ts";
import type { ScaleType } from "./engine.ts";
import { formatShape, groupCode } from "./format_options.ts";
import type {
  CompressedCache,
  CompressedLayer,
  Layers,
  Matrix,
  PrunedRow,
  SampledLayer,
} from "./layer_types.ts";
import { matrix } from "./matrix.ts";
import type { Call } from "./module.ts";

const boolean: Reader<boolean> = (value, name) => {
  if (typeof value === "boolean") return value;
  throw invalid(`${name} must be true or false, got ${show(value)}`);
};

const size = integer(0, 2 ** 31 - 1);

/** n and m of "n:m". */
const pattern: Reader<{ kept: number; of: number }> = (value, name) => {
  const [, kept, of] = (typeof value === "string" && value.match(/^(\d{1,4}):(\d{1,4})$/)) || [];
  if (kept && of) return { kept: Number(kept), of: Number(of) };
  throw invalid(`${name} must be like "2:4", got ${show(value)}`);
};

const readLayer = named({ weights: matrix, calibration: matrix, heldOut: given(matrix) }, "layer");
const readApproximation = named(
  { weights: matrix, calibration: matrix, heldOut: given(matrix), approximation: matrix },
  "layer",
);
const readRow = named({ weights: float32, norms: float64, sparsity: number });
const readHead = named({ queries: matrix, keys: matrix, values: matrix }, "head");

const seed = given(integer(0, Number.MAX_SAFE_INTEGER));

const readRecipe = named(
  {
    method: word,
    format: given(word),
    group: given(formatShape.group),
    scales: given(word),
    sparsity: given(number),
    pattern: given(pattern),
    damping: given(number),
    block: given(size),
    activationOrder: given(boolean),
    staticGroups: given(boolean),
    scaleInputs: given(boolean),
    alphas: given(size),
    clip: given(boolean),
    searchTokens: given(size),
    alpha: given(number),
    smooth: given(boolean),
    perTensor: given(boolean),
    tuningPasses: given(size),
    rounds: given(size),
    beams: given(size),
    seed: given(size),
    steps: given(boolean),
    threshold: given(number),
  },
  "recipe",
);

const readSample = named({
  outputs: count,
  inputs: count,
  tokens: count,
  heldOutTokens: given(size),
  sigma: given(number),
  heavyRows: given(number),
  tail: given(number),
  correlation: given(number),
  channelSpread: given(number),
  outlierChannels: given(number),
  outlierLeast: given(number),
  outlierMost: given(number),
  heavyTokens: given(number),
  heavyTokenScale: given(number),
  seed,
});

const readPrecision = named(
  { format: given(word), bits: given(size), byChannel: given(boolean), group: given(size) },
  "precision",
);

const readCacheRecipe = named(
  { keys: given(readPrecision), values: given(readPrecision), window: given(size), scales: given(word) },
  "recipe",
);

const readScale = named({ magnitude: number, least: number, most: number, alpha: number });

const readGrid = named({
  bits: number,
  group: number,
  tokens: optional(number, 1),
  window: optional(number, 0),
});

/** The group of a spec from the module's number. */
const groupOf = (code: number) => (code === 0 ? "tensor" : code === -1 ? "row" : code);

/** A compressed layer as the module answers it. */
type Answer = Omit<CompressedLayer, "weights" | "packed"> & {
  weights: Float32Array;
  bytes?: Uint8Array;
  format: string;
  group: number;
  packedBitsPerWeight: number;
};

/** What `compressLayer` answers, from what the module does. */
function compressedLayer(answer: Answer, { rows, cols }: Matrix, scales: ScaleType): CompressedLayer {
  const { weights, bytes, format, group, packedBitsPerWeight, ...measures } = answer;
  const spec = { format, group: groupOf(group), scales, rows, cols } as const;
  return {
    ...measures,
    weights: { rows, cols, data: weights },
    ...(bytes && { packed: { bytes, bitsPerWeight: packedBitsPerWeight, spec } }),
  };
}

/** The methods on layers, answered through `call`. */
export function layers(call: Call): Layers {
  return {
    ...codebooks(call),
    compressLayer: (layer, recipe, progress) =>
      call((module): CompressedLayer | undefined => {
        const matrices = readLayer(layer);
        const { pattern, group, ...options } = readRecipe(recipe);
        if (progress !== undefined && typeof progress !== "function") {
          throw invalid(`progress must be a function, got ${show(progress)}`);
        }
        const asked = { ...options, ...pattern, group: group === undefined ? undefined : groupCode(group) };
        const answer = module.compressLayer({ ...matrices, recipe: asked }, progress) as Answer | undefined;
        return answer && compressedLayer(answer, matrices.weights, recipe.scales ?? "fp16");
      }),
    sampleLayer: (options) =>
      call((module) => module.sampleLayer(readSample(options), undefined) as SampledLayer | undefined),
    outputError: (options) => call((module) => module.outputError(readApproximation(options))),
    wandaRow: (options) =>
      call((module) => {
        const { weights, norms, sparsity } = readRow(options);
        return module.wandaRow(weights, norms, sparsity) as PrunedRow | undefined;
      }),
    awqScale: (options) =>
      call((module) => {
        const { magnitude, least, most, alpha } = readScale(options);
        return module.awqScale(magnitude, least, most, alpha);
      }),
    kiviBits: (options) =>
      call((module) => {
        const { bits, group, tokens, window } = readGrid(options);
        return module.kiviBits(bits, group, tokens, window);
      }),
    compressCache: (head, recipe = {}) =>
      call((module) => {
        const question = { ...readHead(head), recipe: readCacheRecipe(recipe) };
        return module.compressCache(question, undefined) as CompressedCache | undefined;
      }),
  };
}
