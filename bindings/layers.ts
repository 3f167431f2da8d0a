import {
  count,
  float32,
  integer,
  invalid,
  named,
  number,
  optional,
  type Reader,
  show,
  word,
} from "./arguments.ts";
import { formatShape, groupCode } from "./format_options.ts";
import type { CompressedLayer, Layers, Matrix, SampledLayer } from "./layer_types.ts";
import type { Call } from "./module.ts";

const readMatrixParts = named({ rows: count, cols: count, data: float32 }, "a matrix");

const matrix: Reader<Matrix<Float32Array>> = (value, name) => {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalid(`${name} must be a matrix { rows, cols, data }, got ${show(value)}`);
  }
  const { rows, cols, data } = readMatrixParts(value);
  if (rows * cols !== data.length) {
    throw invalid(`${name} must have rows × cols = ${rows} × ${cols} numbers, got ${data.length}`);
  }
  return { rows, cols, data };
};

/** No rows: a set that is not given. */
const none: Matrix<Float32Array> = { rows: 0, cols: 0, data: new Float32Array(0) };

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

const readLayer = named({ weights: matrix, calibration: matrix, heldOut: optional(matrix, none) }, "layer");

const readRecipe = named(
  {
    method: word,
    format: optional(word, ""),
    group: (value, name) => (value === undefined ? undefined : formatShape.group(value, name)),
    scales: formatShape.scales,
    sparsity: optional(number, 0.5),
    pattern: optional(pattern, { kept: 0, of: 0 }),
    damping: optional(number, 0.01),
    block: optional(size, 128),
    activationOrder: optional(boolean, false),
    staticGroups: optional(boolean, false),
    alphas: optional(size, 20),
    clip: optional(boolean, true),
    searchTokens: optional(size, 512),
    alpha: optional(number, 0.5),
    smooth: optional(boolean, true),
    perTensor: optional(boolean, false),
    threshold: optional(number, 6),
  },
  "recipe",
);

const readSample = named({
  outputs: count,
  inputs: count,
  tokens: count,
  heldOutTokens: optional(size, 0),
  sigma: optional(number, 0.02),
  heavyRows: optional(number, 0.1),
  tail: optional(number, 0.5),
  correlation: optional(number, 0.8),
  channelSpread: optional(number, 0.5),
  outlierChannels: optional(number, 0.01),
  outlierLeast: optional(number, 20),
  outlierMost: optional(number, 100),
  heavyTokens: optional(number, 0.01),
  heavyTokenScale: optional(number, 5),
  seed: optional(integer(0, Number.MAX_SAFE_INTEGER), 0),
});

/** The group of a spec from the module's number. */
const groupOf = (code: number) => (code === 0 ? "tensor" : code === -1 ? "row" : code);

/** The methods on layers, answered through `call`. */
export function layers(call: Call): Layers {
  return {
    compressLayer: (layer, recipe, progress) =>
      call((module): CompressedLayer | undefined => {
        const { weights, calibration, heldOut } = readLayer(layer);
        const { pattern, group, ...options } = readRecipe(recipe);
        if (progress !== undefined && typeof progress !== "function") {
          throw invalid(`progress must be a function, got ${show(progress)}`);
        }
        const grouping = { grouped: group !== undefined, group: groupCode(group ?? "row") };
        const asked = { ...options, ...pattern, ...grouping };
        const found = module.compressLayer(weights, calibration, heldOut, asked, progress);
        if (found === undefined) return undefined;
        const { rows, cols } = weights;
        const { scales } = recipe;
        const spec = {
          format: String(found.format),
          group: groupOf(found.group),
          scales: scales ?? "fp16",
          rows,
          cols,
        } as const;
        return {
          weights: { rows, cols, data: found.weights },
          ...(found.packed.length > 0 && {
            packed: { bytes: found.packed, bitsPerWeight: found.packedBitsPerWeight, spec },
          }),
          ...(found.mask.length > 0 && { mask: found.mask }),
          ...(found.inputScales.length > 0 && { inputScales: found.inputScales }),
          bitsPerWeight: found.bitsPerWeight,
          outputError: heldOut === none ? found.calibrationError : found.heldOutError,
          calibrationError: found.calibrationError,
          trace: found.trace,
        };
      }),
    sampleLayer: (options) =>
      call((module): SampledLayer | undefined => module.sampleLayer(readSample(options))),
  };
}
