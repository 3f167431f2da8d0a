import {
  bytes,
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
import { formatShape, groupCode, readSpec } from "./format_options.ts";
import type {
  CompressedCache,
  CompressedLayer,
  Layers,
  Matrix,
  PrunedRow,
  Recipe,
  SampledLayer,
  SparsePacked,
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

/** The matrices of a layer. */
export const readLayer = named({ weights: matrix, calibration: matrix, heldOut: given(matrix) }, "layer");
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
    codebooks: given(size),
    codeBits: given(size),
    vectorLength: given(size),
    rounds: given(size),
    beams: given(size),
    seed: given(size),
    steps: given(boolean),
    threshold: given(number),
  },
  "recipe",
);

/** A recipe as the module takes it. */
export function moduleRecipe(recipe: Recipe) {
  const { pattern, group, ...options } = readRecipe(recipe);
  return { ...options, ...pattern, group: group === undefined ? undefined : groupCode(group) };
}

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

const readSparsePacked = named(
  { bytes, bitsPerWeight: number, spec: readSpec, pattern: given(pattern) },
  "packed",
);

const readCacheRecipe = named(
  {
    keys: given(readPrecision),
    values: given(readPrecision),
    window: given(size),
    context: given(size),
    scales: given(word),
  },
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

/** A compressed layer as the module answers it; either kind of bytes has a format and a group. */
export type Answer = Omit<CompressedLayer, "weights" | "packed" | "sparsePacked"> & {
  weights: Float32Array;
  bytes?: Uint8Array;
  sparseBytes?: Uint8Array;
  format: string;
  group: number;
  packedBitsPerWeight: number;
};

/** What `compressLayer` answers, from what the module does. */
export function compressedLayer(
  answer: Answer,
  { rows, cols }: Omit<Matrix, "data">,
  recipe: Recipe,
): CompressedLayer {
  const { weights, bytes, sparseBytes, format, group, packedBitsPerWeight, ...measures } = answer;
  const spec = { format, group: groupOf(group), scales: recipe.scales ?? "fp16", rows, cols } as const;
  const stored = { bitsPerWeight: packedBitsPerWeight, spec };
  return {
    ...measures,
    weights: { rows, cols, data: weights },
    ...(bytes && { packed: { bytes, ...stored } }),
    ...(sparseBytes && {
      sparsePacked: {
        bytes: sparseBytes,
        ...stored,
        ...(recipe.pattern !== undefined && { pattern: recipe.pattern }),
      },
    }),
  };
}

/** The methods on layers, answered through `call`. */
export function layers(call: Call): Layers {
  return {
    ...codebooks(call),
    compressLayer: (layer, recipe, progress) =>
      call((module): CompressedLayer | undefined => {
        const matrices = readLayer(layer);
        const asked = moduleRecipe(recipe);
        if (progress !== undefined && typeof progress !== "function") {
          throw invalid(`progress must be a function, got ${show(progress)}`);
        }
        const answer = module.compressLayer({ ...matrices, recipe: asked }, progress) as Answer | undefined;
        return answer && compressedLayer(answer, matrices.weights, recipe);
      }),
    sampleLayer: (options) =>
      call((module) => module.sampleLayer(readSample(options), undefined) as SampledLayer | undefined),
    unpackSparse: (packed) =>
      call((module) => {
        const { bytes, spec, pattern } = readSparsePacked(packed as SparsePacked);
        const { kept, of } = pattern ?? { kept: 0, of: 0 };
        const answer = module.unpackSparse(
          { ...spec, group: groupCode(spec.group), bytes, kept, of },
          undefined,
        );
        return (answer as { weights: Float32Array } | undefined)?.weights;
      }),
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
