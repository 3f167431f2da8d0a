import type { Group, Numbers, Packed, PackedSpec, ScaleType } from "./engine.ts";

/** A matrix [rows, cols], row-major. */
export interface Matrix<Data extends Numbers = Numbers> {
  rows: number;
  cols: number;
  data: Data;
}

/** The methods that compress a layer after training. */
export type Method =
  | "rtn"
  | "gptq"
  | "awq"
  | "smoothquant"
  | "llm_int8"
  | "quip"
  | "aqlm"
  | "magnitude"
  | "wanda"
  | "sparsegpt";

/** A linear layer y = W x and activations that flow into it. */
export interface Layer {
  /** [out, in]. */
  weights: Matrix;
  /** [tokens, in]: what a method may look at. */
  calibration: Matrix;
  /** [tokens, in]: what it may not, for `outputError`. */
  heldOut?: Matrix;
}

/** What to do with a layer. An option means nothing to the methods that do not know it. */
export interface Recipe {
  method: Method;
  /**
   * Where the weights go: default `int4` for rtn, gptq and awq; for sparsegpt none, its weights stay fp16. rtn: any format;
   * gptq and awq: an integer format, `nf4`, `fp4`, `q4_k` or an mx format; sparsegpt: an integer format.
   */
  format?: string;
  /** Weights under one scale: default 128, or `"row"` where that is shorter. */
  group?: Group;
  /** How scales are stored; default `"fp16"`. */
  scales?: ScaleType;
  /** magnitude, wanda, sparsegpt: the share that becomes zero; default 0.5. */
  sparsity?: number;
  /** The same: `"2:4"` keeps two of every four neighbours in a row, instead of a share. */
  pattern?: `${number}:${number}`;
  /** gptq, sparsegpt, quip: what is added to the Hessian's diagonal, as a share of its mean; default 0.01. */
  damping?: number;
  /** gptq, sparsegpt: inputs that are done before the others hear of it; default 128. */
  block?: number;
  /** gptq: inputs of the largest activations first. */
  activationOrder?: boolean;
  /** gptq: scales from the weights as they were given. */
  staticGroups?: boolean;
  /** gptq: AWQ's search for scales comes first. */
  scaleInputs?: boolean;
  /** awq, scaleInputs: exponents that are tried, 0, 1/n, 2/n, …; default 20. */
  alphas?: number;
  /** awq: whether the ranges of groups are narrowed where that helps; default true. */
  clip?: boolean;
  /** awq, scaleInputs: tokens that its searches look at, evenly spaced; default 512. */
  searchTokens?: number;
  /**
   * smoothquant: the share of the difficulty that the weights take, 0…1; default 0.5. awq, scaleInputs: the only exponent
   * that is tried, 0…1; default none, the search decides.
   */
  alpha?: number;
  /** smoothquant: false for int8 weights and activations as they are. */
  smooth?: boolean;
  /** smoothquant: one static scale for all activations instead of one a token. */
  perTensor?: boolean;
  /** quip: sweeps of coordinate descent after LDLQ; default 10. */
  tuningPasses?: number;
  /** aqlm: how many codebooks are summed, 1…8; default 2. Weights are packed in the default shape alone, the format `aqlm`. */
  codebooks?: number;
  /** aqlm: bits of a code, 1…12: a codebook has 2^codeBits vectors; default 8. */
  codeBits?: number;
  /** aqlm: weights of a vector, 1…32; default 8. */
  vectorLength?: number;
  /** aqlm: codebooks, codes and scales in turn, at most; default 6. */
  rounds?: number;
  /** aqlm: beams of the search for codes; default 2. */
  beams?: number;
  /** quip, aqlm: of the random signs, of the clustering; default 0. */
  seed?: number;
  /**
   * gptq, quip: whether the trace shows the weights at work, of a small layer. gptq: `steps` holds all weights
   * [in, out] after each block, inputs in `order`, and `factor` the factor U [in, in] of the inverse Hessian Uᵀ U;
   * `stepErrors` are the errors on the calibration set before the first block and after each, `nearestErrors` those of
   * rounding the same inputs to nearest, `nearestHeldOutError` that of rounding all on the held-out set; `levels`
   * [out, 2^bits] holds the grid of each output, where a row of an integer format shares one.
   * quip: `turned` holds the turned weights [out, in filled up to a multiple of 8], in the units of the codewords.
   */
  steps?: boolean;
  /** llm_int8: the magnitude from which an activation is an outlier, 0 for none; default 6. */
  threshold?: number;
}

/** Weights that are pruned and on an integer grid: of those that are pruned, only where they stood is stored. */
export interface SparsePacked {
  /**
   * Where weights are kept: of a pattern n:m their places within m, ⌈log₂ m⌉ bits each, else a bit a weight; the codes of
   * those that are kept, row by row; scales and zero points of all groups as the format stores them.
   */
  bytes: Uint8Array;
  /** Bits stored per weight of the layer. */
  bitsPerWeight: number;
  spec: PackedSpec;
  /** Such as `"2:4"`; none where weights are pruned anywhere. */
  pattern?: `${number}:${number}`;
}

/** A layer after a method. */
export interface CompressedLayer {
  /** [out, in]: what the layer computes with. */
  weights: Matrix<Float32Array>;
  /** What is stored, for methods that store codes under scales of neighbours. Of awq: with the scales still in. */
  packed?: Packed;
  /** The same of sparsegpt with a format; `unpackSparse` reads it. */
  sparsePacked?: SparsePacked;
  /** [out, in] of pruning: 1 where a weight is kept, 0 where it is pruned. */
  mask?: Uint8Array;
  /** [in] of awq and smoothquant: what the layer before divides its outputs by. */
  inputScales?: Float32Array;
  /** Bits stored per weight, with scales and indices. */
  bitsPerWeight: number;
  /** ‖W xᵀ − Y‖ / ‖W xᵀ‖ of what the method computes, on the held-out set; without one, on the calibration set. */
  outputError: number;
  /** The same on the calibration set. */
  calibrationError: number;
  /**
   * What the method did, series by series. gptq, sparsegpt: `inputLoss` and `damping`, gptq also `order`; awq: `alpha`,
   * `alphaLoss`, `clippedGroups`; awq, smoothquant: `activationMaxima`, `weightMaxima`, `scaledActivationMaxima`,
   * `scaledWeightMaxima`; smoothquant: `activationScale`; llm_int8: `outlierInputs`; quip: `loss` (nearest, LDLQ, tuned)
   * and `peak` (largest over rms, given and turned); aqlm: `loss`; wanda: `inputNorms`.
   */
  trace: Readonly<Record<string, Float64Array>>;
}

/** How a sampled layer comes out. Shares are 0…1. */
export interface SampleLayerOptions {
  outputs: number;
  inputs: number;
  /** Of calibration. */
  tokens: number;
  /** From the same source; default none. */
  heldOutTokens?: number;
  /** Standard deviation of the weights' bulk; default 0.02. */
  sigma?: number;
  /** Share of rows with heavier tails; default 0.1. */
  heavyRows?: number;
  /** Their weights are normal times e^(tail · normal); default 0.5. */
  tail?: number;
  /** Of neighbouring channels, between −1 and 1; default 0.8. */
  correlation?: number;
  /** A channel's activations are scaled by e^(spread · normal); default 0.5. */
  channelSpread?: number;
  /** Share of channels that carry outliers; default 0.01. */
  outlierChannels?: number;
  /** They are scaled by a uniform factor from here, default 20, … */
  outlierLeast?: number;
  /** … to here; default 100. */
  outlierMost?: number;
  /** Share of tokens that are large in all channels; default 0.01. */
  heavyTokens?: number;
  /** By this factor; default 5. */
  heavyTokenScale?: number;
  seed?: number;
}

/** A layer like those of language models. */
export interface SampledLayer {
  weights: Matrix<Float32Array>;
  calibration: Matrix<Float32Array>;
  heldOut: Matrix<Float32Array>;
  /** Channels that carry outliers, ascending. */
  outlierInputs: Uint32Array;
}

/** The cache of an attention head, and queries that read it. */
export interface AttentionHead {
  /** [queries, dimension]; each sees all tokens. */
  queries: Matrix;
  /** [tokens, dimension]. */
  keys: Matrix;
  /** [tokens, dimension]. */
  values: Matrix;
}

/** How the numbers of one side of a cache are stored. */
export interface CachePrecision {
  /** A format of the engine; fp8 gets one scale for all numbers. Without: KIVI's grid, smallest to largest. */
  format?: string;
  /** Of KIVI's grid, 1…8; default 2. */
  bits?: number;
  /** Groups are tokens of one channel, as KIVI has them for keys; default false, channels of one token. */
  byChannel?: boolean;
  /** Numbers under one scale; default 32. */
  group?: number;
}

export interface CacheRecipe {
  keys?: CachePrecision;
  values?: CachePrecision;
  /**
   * Recent tokens that stay in fp16: the values of the last `window` tokens, and the keys that do not yet fill a window.
   * Default 0.
   */
  window?: number;
  /** Tokens for which bits are counted, of which the window is a part; default 0, those that are given. */
  context?: number;
  /** How scales are stored; default `"fp16"`. */
  scales?: ScaleType;
}

/** A cache after compression. */
export interface CompressedCache {
  /** As attention sees them. */
  keys: Matrix<Float32Array>;
  values: Matrix<Float32Array>;
  /** Bits stored per number of the context, with scales and the window. */
  keyBits: number;
  valueBits: number;
  /** ‖K − K'‖ / ‖K‖, and the same of the values and of the outputs softmax(Q Kᵀ / √dimension) V. */
  keyError: number;
  valueError: number;
  attentionError: number;
}

/** A row of weights after Wanda. */
export interface PrunedRow {
  /** 1 where a weight is kept, 0 where it is pruned. */
  mask: Uint8Array;
  /** Of the weights that are kept: what the row answers where every input is 1. */
  sum: number;
}

/** Ways to lay out 65,536 points in eight dimensions, which is what 16 bits for eight weights can name. */
export type CodebookName = "scalar" | "e8p" | "aqlm";

/** A codebook with what is stored of it. */
export interface Codebook {
  /** `scalar`: one of four levels for each weight; `e8p`: QuIP#'s, of the lattice E8; `aqlm`: sums of two learned vectors. */
  codebook: CodebookName;
  /** scalar: the levels [4], ascending; aqlm: the tables [2, 256, 8]; e8p has none. */
  parameters?: Numbers;
}

/** A codebook fitted to weights [rows, cols]. Rows are filled up with zeros to whole codes. */
export interface FittedCodebook extends Codebook {
  parameters?: Float32Array;
  /** [rows]: the weights are close to the scale of their row times the points. */
  scales: Float32Array;
  /** [codes, 8]: the weights over their scale. */
  vectors: Matrix<Float32Array>;
  /** [codes, 8]: the points that stand for them. */
  points: Matrix<Float32Array>;
  /** Row by row. scalar: two bits a weight; aqlm: the number in the first table in the high byte. */
  codes: Uint16Array;
  /** Bits stored per weight, with scales and parameters. */
  bitsPerWeight: number;
  /** The squared error as a share of the weights' squares. */
  distortion: number;
  /** The same as a signal-to-quantization-noise ratio in dB; infinite where nothing was lost. */
  sqnrDb: number;
}

/** How far the largest of some weights stand out. */
export interface Tails {
  /** Largest magnitude over root mean square: the µ of incoherence. */
  peak: number;
  /** Mean fourth power over the square of the mean square: 3 for normal numbers. */
  kurtosis: number;
}

/** Weights before and after the random rotations of QuIP#. */
export interface TurnedWeights {
  /** [out, in filled up to a multiple of 8]. */
  weights: Matrix<Float32Array>;
  /** Of the weights as they were given. */
  given: Tails;
  turned: Tails;
}

/** A codebook seen along two of its eight coordinates. */
export interface CodebookPlane {
  /** [places, 3]: where its points lie, across and up, and how many of the 65,536. */
  places: Matrix<Float32Array>;
  /** [points, 2]: those that share all other coordinates with the point `through`, itself among them. */
  slice: Matrix<Float32Array>;
}

/** Codebooks for eight weights at a time. */
export interface Codebooks {
  /** Turns weights as QuIP# does before it rounds them, by signs drawn from `seed` (default 0). */
  turnWeights(options: { weights: Matrix; seed?: number }): TurnedWeights;
  /**
   * Fits a codebook to weights as they are: scalar by Lloyd's algorithm, e8p by its scale alone, aqlm by learning its
   * tables from `seed` (default 0) as the format does.
   */
  fitCodebook(options: { weights: Matrix; codebook: CodebookName; seed?: number }): FittedCodebook;
  /**
   * The points of a codebook along the coordinates `across` and `up`, 0…7. Points within an eighth of
   * each other are one place. `through`: a code, default 0.
   */
  codebookPlane(options: Codebook & { across: number; up: number; through?: number }): CodebookPlane;
}

/** Compression of one layer after training. */
export interface Layers extends Codebooks {
  /**
   * Compresses a layer. `progress` hears now and then what share is done, and stops the work by answering false
   * (`aborted`); it cannot be sent to a worker, which is stopped by ending it.
   */
  compressLayer(layer: Layer, recipe: Recipe, progress?: (share: number) => unknown): CompressedLayer;
  /** The weights that sparse bytes stand for, 0 where they are pruned. */
  unpackSparse(packed: SparsePacked): Float32Array;
  /** Stores an attention head's keys and values in fewer bits, and attends to them. */
  compressCache(head: AttentionHead, recipe?: CacheRecipe): CompressedCache;
  /**
   * ‖W xᵀ − V xᵀ‖ / ‖W xᵀ‖ of an approximation V of the layer's weights, on the held-out set; without one, on the
   * calibration set.
   */
  outputError(options: Layer & { approximation: Matrix }): number;
  /** Prunes one row of weights by |w| ‖x‖, the share `sparsity` of them, rounded down; `norms`: ‖x‖ of each input. */
  wandaRow(options: { weights: Numbers; norms: Numbers; sparsity: number }): PrunedRow;
  /**
   * The scale that AWQ gives an input: magnitude^α / √(most^α · least^α), for the mean magnitudes of its activations and
   * of the inputs with the largest and the smallest.
   */
  awqScale(options: { magnitude: number; least: number; most: number; alpha: number }): number;
  /**
   * Bits stored per value on KIVI's grid: `bits`, two fp16 parameters for every `group` values, and fp16 for the last
   * `window` (default 0) of the `tokens` (default 1).
   */
  kiviBits(options: { bits: number; group: number; tokens?: number; window?: number }): number;
  /** Draws a layer with the traits that make layers of language models hard to compress. */
  sampleLayer(options: SampleLayerOptions): SampledLayer;
}
