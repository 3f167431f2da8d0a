// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
interface WasmModule {
}

type EmbindString = ArrayBuffer|Uint8Array|Uint8ClampedArray|Int8Array|string;
export type FormatInfo = {
  id: EmbindString,
  name: EmbindString,
  bitsPerWeight: number,
  blockSize: number,
  levels: number,
  kind: EmbindString,
  source: EmbindString,
  description: EmbindString,
  grouped: boolean
};

export type PackedSpec = {
  format: EmbindString,
  group: number,
  rows: number,
  cols: number,
  scales: EmbindString
};

export type SymmetricLevels = {
  lowest: number,
  highest: number,
  count: number
};

export type ServingOptions = {
  weightBytes: number,
  cardMemory: number,
  cacheBytesPerToken: number,
  contextLength: number,
  reserve: number
};

export type ServingPlan = {
  cards: number,
  roomBytes: number,
  contexts: number
};

export type PackOptions = {
  spec: PackedSpec,
  overflow: EmbindString,
  scaleRule: EmbindString,
  importance: Float32Array,
  seed: number
};

export type RoundTrip = {
  dequantized: Float32Array,
  bitsPerWeight: number,
  rmse: number,
  maxError: number,
  sqnrDb: number,
  levelsUsed: number
};

export type Loss = {
  total: number,
  hard: number,
  soft: number,
  tauSquared: number,
  gradient: Float64Array
};

export type SoftTargets = {
  probabilities: Float64Array,
  entropyBits: number
};

export type Packed = {
  bytes: Uint8Array,
  bitsPerWeight: number,
  rows: number,
  cols: number
};

export type Failure = {
  code: EmbindString,
  message: EmbindString
};

export type Statistics = {
  count: number,
  mean: number,
  standardDeviation: number,
  rms: number,
  absmax: number,
  minimum: number,
  maximum: number
};

interface EmbindModule {
  formats(): FormatInfo[] | undefined;
  symmetricLevels(_0: number): SymmetricLevels | undefined;
  servingPlan(_0: ServingOptions): ServingPlan | undefined;
  roundTrip(_0: Float32Array, _1: PackOptions): RoundTrip | undefined;
  softTargets(_0: Float64Array, _1: number): SoftTargets | undefined;
  distillationLoss(_0: Float64Array, _1: Float64Array, _2: number, _3: number, _4: number): Loss | undefined;
  pack(_0: Float32Array, _1: PackOptions): Packed | undefined;
  unpack(_0: Uint8Array, _1: PackedSpec): Float32Array | undefined;
  levels(_0: EmbindString, _1: number, _2: EmbindString): Float32Array | undefined;
  softmax(_0: Float64Array, _1: number): Float64Array | undefined;
  entropy(_0: Float64Array): number | undefined;
  klDivergence(_0: Float64Array, _1: Float64Array): number | undefined;
  jensenShannon(_0: Float64Array, _1: Float64Array, _2: number): number | undefined;
  labelDivergence(_0: Float64Array, _1: number, _2: number): number | undefined;
  tauSquared(_0: number): number | undefined;
  symmetricScale(_0: number, _1: number): number | undefined;
  decodeCeiling(_0: number, _1: number, _2: number): number | undefined;
  bytesPerToken(_0: number, _1: number): number | undefined;
  bytesPerParameter(_0: EmbindString, _1: number, _2: EmbindString): number | undefined;
  weightMemory(_0: number, _1: EmbindString, _2: number, _3: EmbindString): number | undefined;
  kvCacheBytesPerToken(_0: number, _1: number, _2: number, _3: number): number | undefined;
  remaining(_0: number, _1: number): number | undefined;
  ratio(_0: number, _1: number): number | undefined;
  product(_0: number, _1: number): number | undefined;
  latestFailure(): Failure;
  simd(): string;
  histogram(_0: Float32Array, _1: number, _2: number, _3: number): Uint32Array | undefined;
  quantiles(_0: Float32Array, _1: Float64Array): Float64Array | undefined;
  statistics(_0: Float32Array): Statistics | undefined;
  sampleWeights(_0: number, _1: number, _2: number, _3: number, _4: number): Float32Array | undefined;
  uniform(_0: number, _1: number): Float64Array | undefined;
  standardNormal(_0: number, _1: number): Float64Array | undefined;
}

export type MainModule = WasmModule & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
