/**
 * The engine's public face: what chapters, instruments, Python cells, readers' code and tests all use.
 *
 * Arrays in may be plain arrays of numbers or typed arrays; arrays out are copies that belong to the caller.
 * Every method throws an `EngineError` whose message names the argument and the bound that it broke; after it
 * the engine serves on.
 */

import type { Files } from "./file_types.ts";
import type { Layers } from "./layer_types.ts";

export type * from "./file_types.ts";
export type * from "./layer_types.ts";

/** The builds of the engine: with WebAssembly SIMD, and without. They give the same results. */
export type Variant = "simd" | "scalar";

/** Numbers in: a plain array or any typed array of numbers. */
export type Numbers =
  | readonly number[]
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/**
 * What shares one scale: the tensor, each row, or runs of n ≥ 2 weights within a row (the last may be
 * short).
 */
export type Group = "tensor" | "row" | number;

/** How a scale is stored. */
export type ScaleType = "fp16" | "fp32";

/** A number format of the engine's registry. */
export interface FormatInfo {
  /** Name in calls and in URLs, such as `int4`. */
  id: string;
  /** Name to read, such as `INT4`. */
  name: string;
  /**
   * Bits per weight of a large tensor, scales included; of a grouped format: at `blockSize` with fp16
   * scales.
   */
  bitsPerWeight: number;
  /** Weights under one scale, 1 where there is none; of a grouped format: the usual choice. */
  blockSize: number;
  /** Different finite values under one scale. */
  levels: number;
  /** `"float"`, `"integer"`, `"codebook"`, `"microscaling"`, `"ggml"` or `"vector"`. */
  kind: string;
  /** The standard or equation that defines it. */
  source: string;
  /** One line: what is stored, and where one meets it. */
  description: string;
  /** Whether the caller chooses `group` and `scales`. */
  grouped: boolean;
}

/** A format and the granularity of its scales. */
export interface FormatOptions {
  /** Format id, one of `formats()`. */
  format: string;
  /** Granularity of the scales; default `"tensor"`. */
  group?: Group;
  /** How scales are stored; default `"fp16"`. */
  scales?: ScaleType;
}

/**
 * A format for a matrix [rows, cols], row-major. Of `rows` and `cols` one follows from the other;
 * default one row.
 */
export interface TensorOptions extends FormatOptions {
  rows?: number;
  cols?: number;
  /** What fp8 makes of weights beyond its largest number: that number (default), or infinity or NaN. */
  overflow?: "saturate" | "ieee";
  /** How a microscaling block rounds its scale to a power of two; default `"floor"`. */
  scaleRule?: "floor" | "ceil";
  /** Weight of the errors of each column, [cols], for the searches of ggml's formats; default none. */
  importance?: Numbers;
  /** Of the random signs and the clustering of vector formats; default 0. */
  seed?: number;
}

/** How packed bytes are to be read. */
export interface PackedSpec {
  format: string;
  group: Group;
  scales: ScaleType;
  rows: number;
  cols: number;
}

/** Packed weights: everything that is stored, scales included. */
export interface Packed {
  bytes: Uint8Array;
  /** Bits stored per weight, scales included. */
  bitsPerWeight: number;
  spec: PackedSpec;
}

/** A block of a format: what is stored in it, how many weights it holds, and its bytes. */
export interface BlockLayout {
  /** Numbers of one width each: how many of them are in a block, and the bits of one. */
  fields: { name: string; count: number; bits: number }[];
  blockSize: number;
  bytes: number;
}

/** What a format makes of weights. */
export interface RoundTrip {
  /** The weights after packing and unpacking, in their order. */
  dequantized: Float32Array;
  /** Bits stored per weight, scales included. */
  bitsPerWeight: number;
  /** Root of the mean squared error. */
  rmse: number;
  /** Largest absolute error. */
  maxError: number;
  /** Signal-to-quantization-noise ratio in dB; infinite where nothing was lost. */
  sqnrDb: number;
  /** Different codes that occur. */
  levelsUsed: number;
}

/** All codes of a format whose codes are values under a scale. */
export interface CodeTable {
  /** By code; NaN and infinity where a code means that. */
  values: Float32Array;
  codeBits: number;
  /** 1 where the highest bit is a sign. */
  signBits: number;
  /** Of the bits below it; 0 where there is no exponent. */
  exponentBits: number;
  /** The lowest bits; 0 where codes only name values. */
  mantissaBits: number;
}

/** The code that a number gets, and the format's values around the number. */
export interface NearestCode {
  code: number;
  /** What the code stands for. */
  value: number;
  /** The largest value not above the number; −infinity where there is none. */
  below: number;
  /** The smallest value not below the number; infinity where there is none. */
  above: number;
  /** `value` minus the number. */
  error: number;
}

/** A softened distribution and its entropy in bits. */
export interface SoftTargets {
  probabilities: Float64Array;
  entropyBits: number;
}

/** The distillation loss of EQ 7.2 in nats. */
export interface DistillationLoss {
  /** (1 − λ) · hard + λ τ² · soft. */
  total: number;
  /** Cross-entropy of the student at τ = 1 against the label. */
  hard: number;
  /** KL(teacher ‖ student) at temperature τ, before the factor τ². */
  soft: number;
  tauSquared: number;
  /** ∂total / ∂student, one entry a class. */
  gradient: Float64Array;
}

/** How a model and its KV cache fit onto cards. */
export interface ServingPlan {
  /** Fewest cards whose usable memory holds the weights, at least 1. */
  cards: number;
  /** Usable bytes left on those cards for the KV cache. */
  roomBytes: number;
  /** Whole contexts of full length whose cache fits into the room. */
  contexts: number;
}

/** A model in one format on a card. */
export interface ServedModel {
  /** Bytes of one weight, scales included. */
  bytesPerParameter: number;
  weightBytes: number;
  /** Tokens per second of EQ 7.1, on one card. */
  ceiling: number;
  plan: ServingPlan;
}

/** Summary of the values of an array. */
export interface Statistics {
  count: number;
  mean: number;
  /** Of the population: divided by count. */
  standardDeviation: number;
  /** Root mean square. */
  rms: number;
  /** Largest magnitude. */
  absmax: number;
  minimum: number;
  maximum: number;
}

/** Temperature, divergences and the distillation loss. */
export interface Distillation {
  /** exp(logits / tau), normalized; `tau` > 0, default 1. */
  softmax(logits: Numbers, tau?: number): Float64Array;
  /** softmax at temperature `tau` with its entropy in bits. */
  softTargets(logits: Numbers, tau: number): SoftTargets;
  /** Shannon entropy in bits of a distribution. */
  entropy(probabilities: Numbers): number;
  /** KL(p ‖ q) in bits; infinite where q is 0 and p is not. */
  klDivergence(p: Numbers, q: Numbers): number;
  /**
   * Generalized Jensen–Shannon divergence in bits with the weight `beta` (0…1, default 0.5) on p. By convention
   * 0 is KL(p ‖ q) and 1 is KL(q ‖ p).
   */
  jensenShannon(p: Numbers, q: Numbers, beta?: number): number;
  /**
   * The loss of EQ 7.2 for one example. `teacher`, `student`: logits; `label`: index of a class;
   * `lambda`: 0…1.
   */
  kdLoss(options: {
    teacher: Numbers;
    student: Numbers;
    label: number;
    tau: number;
    lambda: number;
  }): DistillationLoss;
  /** The factor on the soft term of EQ 7.2: τ². */
  tauSquared(options: { tau: number }): number;
  /** KL(one-hot ‖ softmax(logits / tau)) in bits: the cross-entropy of the label. */
  labelDivergence(options: { logits: Numbers; label: number; tau: number }): number;
}

/** EQ 7.1 and the memory of models. */
export interface Hardware {
  /** EQ 7.1 in tokens per second: `bandwidth` in bytes per second, `activeParameters` a count. */
  decodeCeiling(options: { bandwidth: number; bytesPerParameter: number; activeParameters: number }): number;
  /** Bytes streamed for one token. */
  bytesPerToken(options: { bytesPerParameter: number; activeParameters: number }): number;
  /** Bytes that a weight of a large tensor occupies in a format, scales included. */
  bytesPerParameter(options: FormatOptions): number;
  /** Bytes of a model's weights in a format, scales included. */
  weightMemory(options: FormatOptions & { parameters: number }): number;
  /** Bytes of keys and values that one token leaves in the cache. */
  kvCacheBytesPerToken(options: {
    layers: number;
    keyValueHeads: number;
    headDimension: number;
    bytesPerValue: number;
  }): number;
  /**
   * Cards for a model and the contexts they leave room for. `weightBytes`, `cardMemory`: bytes; `reserve`: the
   * share (0…<1, default 0) of each card that is kept free for activations and the runtime.
   */
  servingPlan(options: {
    weightBytes: number;
    cardMemory: number;
    cacheBytesPerToken: number;
    contextLength: number;
    reserve?: number;
  }): ServingPlan;
  /**
   * A model in each of several formats on one kind of card, in their order: `bandwidth` and `cardMemory` are of one card,
   * the rest as for `servingPlan` and `decodeCeiling`.
   */
  servedModels(options: {
    formats: readonly FormatOptions[];
    parameters: number;
    activeParameters: number;
    bandwidth: number;
    cardMemory: number;
    cacheBytesPerToken: number;
    contextLength: number;
    reserve?: number;
  }): ServedModel[];
  /** Parameters left nonzero after pruning the share `sparsity` (0…1). */
  remaining(options: { parameters: number; sparsity: number }): number;
}

/** The steps of worked solutions. */
export interface Arithmetic {
  /** numerator / denominator. */
  ratio(options: { numerator: number; denominator: number }): number;
  /** a + b. */
  sum(options: { a: number; b: number }): number;
  /** a · b. */
  product(options: { a: number; b: number }): number;
}

/** Number formats: floats in, bytes out, and back. */
export interface Formats {
  /** Every format of the registry. */
  formats(): FormatInfo[];
  /** The scale of EQ 7.3: absmax / (2^(bits−1) − 1). */
  symmetricScale(options: { absmax: number; bits: number }): number;
  /** The integers of EQ 7.3: from −2^(bits−1) to 2^(bits−1) − 1. */
  symmetricLevels(options: { bits: number }): { lowest: number; highest: number; count: number };
  /** Weights as the bytes that are stored. */
  pack(weights: Numbers, options: TensorOptions): Packed;
  /** The weights that packed bytes stand for, row-major. */
  unpack(packed: Packed): Float32Array;
  /** pack, then unpack, with the measures of what was lost. */
  roundTrip(weights: Numbers, options: TensorOptions): RoundTrip;
  /** The values that a format can take under one scale when the largest magnitude is `absmax`, ascending. */
  levels(options: { format: string; absmax: number; scales?: ScaleType }): Float32Array;
  /** What a block of a format is made of, where blocks are structs of several fields, as ggml's are. */
  blockFields(options: { format: string }): BlockLayout;
}

/** What a format made of part of some weights. */
export interface PartialError {
  /** How many. */
  weights: number;
  bitsPerWeight: number;
  /** Root mean square of the weights before. */
  rms: number;
  rmse: number;
  maxError: number;
}

/** What it made of all of them. */
export interface PooledError extends PartialError {
  /** Bytes that are stored. */
  bytes: number;
  /** Signal-to-quantization-noise ratio in dB; infinite where nothing was lost. */
  sqnrDb: number;
}

/** The codes of a format one by one. */
export interface Codes {
  /**
   * The values of all codes of up to 8 bits under `scale` (default 1): of a block format those of its elements,
   * of an asymmetric one with the zero point 0.
   */
  codes(options: { format: string; scale?: number }): CodeTable;
  /** The code of a number, taken as float32, under `scale` (default 1). */
  nearestCode(options: {
    format: string;
    value: number;
    scale?: number;
    overflow?: "saturate" | "ieee";
  }): NearestCode;
  /**
   * The scale that a microscaling format stores for a block with that largest magnitude: E8M0, or for `nvfp4` E4M3
   * under the tensor scale 1. `rule` is as `scaleRule` of `pack`.
   */
  microscale(options: { format: string; absmax: number; rule?: "floor" | "ceil" }): {
    code: number;
    scale: number;
  };
}

/** Summaries of arrays, and numbers drawn from NumPy's streams. */
export interface Tensor {
  /**
   * Counts in `bins` equal bins over [min, max]; the last bin includes max, values outside are not
   * counted.
   */
  histogram(values: Numbers, options: { bins: number; min: number; max: number }): Uint32Array;
  /** Quantiles by linear interpolation at `probabilities` (0…1), as `numpy.quantile`. */
  quantiles(values: Numbers, probabilities: Numbers): Float64Array;
  /** Count, mean, spread and extremes of values. */
  statistics(values: Numbers): Statistics;
  /** The signal-to-noise ratio in dB that no code of so many bits passes on Gaussian values: 6.02 dB a bit. */
  rateDistortionBound(options: { bitsPerWeight: number }): number;
  /**
   * How many dB a code with the ratio `sqnrDb` (infinite where nothing was lost) stays below that bound; negative
   * where values that are not Gaussian let it pass.
   */
  rateDistortionGap(options: { sqnrDb: number; bitsPerWeight: number }): number;
  /** The error of a whole from those of its parts, each weighted by its count: of a tensor, of a model. */
  pooledError(options: { parts: readonly PartialError[] }): PooledError;
  /**
   * Weights N(0, sigma) with a share of outliers, as NumPy draws them from `default_rng(seed)`:
   * `w = rng.normal(0, sigma, count); w[rng.random(count) < outlierFraction] *= outlierScale`, as float32.
   */
  sampleWeights(options: {
    count: number;
    sigma: number;
    outlierFraction: number;
    outlierScale: number;
    seed: number;
  }): Float32Array;
  /** `default_rng(seed).random(count)` or `.standard_normal(count)`, bit for bit. */
  random(options: { seed: number; count: number; distribution: "random" | "standard_normal" }): Float64Array;
}

/**
 * A loaded engine. Its methods are own enumerable properties, so that another language can wrap the
 * table.
 */
export interface Engine extends Distillation, Hardware, Arithmetic, Formats, Codes, Tensor, Files, Layers {
  /** The SIMD architecture that the engine runs on, as xsimd names it. */
  readonly simd: string;
}

/** The methods that answer at once, by name. */
export type EngineMethod = {
  [Name in keyof Engine]: Engine[Name] extends (...args: never[]) => infer Answer
    ? Answer extends Promise<unknown>
      ? never
      : Name
    : never;
}[keyof Engine];
