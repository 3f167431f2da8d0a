// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
interface WasmModule {
}

type EmbindString = ArrayBuffer|Uint8Array|Uint8ClampedArray|Int8Array|string;
export type BlockLayout = {
  fields: BlockField[],
  blockSize: number,
  bytes: number
};

export type BlockField = {
  name: EmbindString,
  count: number,
  bits: number
};

export type NearestCode = {
  code: number,
  value: number,
  below: number,
  above: number,
  error: number
};

export type BlockScale = {
  code: number,
  scale: number
};

export type ElementTypeInfo = {
  name: EmbindString,
  format: EmbindString,
  block: number,
  blockBytes: number,
  readable: boolean
};

export type TensorEntry = {
  name: EmbindString,
  shape: number[],
  type: EmbindString,
  begin: number,
  byteLength: number,
  staysFloat: boolean
};

export type TensorDescription = {
  name: EmbindString,
  shape: number[],
  type: EmbindString
};

export type TextEntry = {
  key: EmbindString,
  text: EmbindString
};

export type GgufEntry = {
  key: EmbindString,
  type: EmbindString,
  element: EmbindString,
  count: number,
  begin: number,
  byteLength: number
};

export type SafetensorsHeader = {
  more: number,
  metadata: TextEntry[],
  tensors: TensorEntry[]
};

export type GgufHeader = {
  more: number,
  version: number,
  metadata: GgufEntry[],
  tensors: TensorEntry[]
};

export type ShardEntry = {
  tensor: EmbindString,
  file: EmbindString
};

export type PlannedTensor = {
  index: number,
  byteLength: number,
  padding: number
};

export type MixtureInfo = {
  id: EmbindString,
  type: EmbindString,
  fileType: number
};

export type ModelShape = {
  layers: number,
  queriesPerKey: number,
  experts: number,
  tiedOutput: boolean
};

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

export type CodeTable = {
  values: Float32Array,
  codeBits: number,
  signBits: number,
  exponentBits: number,
  mantissaBits: number
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

export type GgufValue = {
  key: EmbindString,
  type: EmbindString,
  element: EmbindString,
  count: number,
  payload: Uint8Array
};

export type FilePlan = {
  header: Uint8Array,
  tensors: PlannedTensor[],
  byteLength: number
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

export type PooledError = {
  weights: number,
  bytes: number,
  bitsPerWeight: number,
  rms: number,
  rmse: number,
  maxError: number,
  sqnrDb: number
};

interface EmbindModule {
  blockFields(_0: EmbindString): BlockLayout | undefined;
  nearestCode(_0: EmbindString, _1: number, _2: number, _3: EmbindString): NearestCode | undefined;
  microscale(_0: EmbindString, _1: number, _2: EmbindString): BlockScale | undefined;
  elementTypes(_0: EmbindString): ElementTypeInfo[] | undefined;
  mixtures(): MixtureInfo[] | undefined;
  mixtureType(_0: EmbindString, _1: ModelShape, _2: EmbindString, _3: number[]): EmbindString | undefined;
  suitableType(_0: EmbindString, _1: EmbindString, _2: number[]): EmbindString | undefined;
  formats(): FormatInfo[] | undefined;
  symmetricLevels(_0: number): SymmetricLevels | undefined;
  servingPlan(_0: ServingOptions): ServingPlan | undefined;
  codes(_0: EmbindString, _1: number): CodeTable | undefined;
  roundTrip(_0: Float32Array, _1: PackOptions): RoundTrip | undefined;
  softTargets(_0: Float64Array, _1: number): SoftTargets | undefined;
  distillationLoss(_0: Float64Array, _1: Float64Array, _2: number, _3: number, _4: number): Loss | undefined;
  planSafetensors(_0: TensorDescription[], _1: TextEntry[]): FilePlan | undefined;
  planGguf(_0: TensorDescription[], _1: GgufValue[]): FilePlan | undefined;
  encodeElements(_0: EmbindString, _1: EmbindString, _2: Float32Array, _3: number): Uint8Array | undefined;
  readSafetensorsHeader(_0: Uint8Array, _1: number): SafetensorsHeader | undefined;
  readGgufHeader(_0: Uint8Array, _1: number): GgufHeader | undefined;
  readShardIndex(_0: Uint8Array): ShardEntry[] | undefined;
  pack(_0: Float32Array, _1: PackOptions): Packed | undefined;
  decodeElements(_0: EmbindString, _1: EmbindString, _2: Uint8Array): Float32Array | undefined;
  interleaveRotaryRows(_0: Float32Array, _1: number, _2: number): Float32Array | undefined;
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
  sum(_0: number, _1: number): number | undefined;
  product(_0: number, _1: number): number | undefined;
  latestFailure(): Failure;
  measure(_0: Float32Array, _1: PackOptions): PooledError | undefined;
  simd(): string;
  histogram(_0: Float32Array, _1: number, _2: number, _3: number): Uint32Array | undefined;
  quantiles(_0: Float32Array, _1: Float64Array): Float64Array | undefined;
  statistics(_0: Float32Array): Statistics | undefined;
  rateDistortionBound(_0: number): number | undefined;
  rateDistortionGap(_0: number, _1: number): number | undefined;
  pooledError(_0: Float64Array): PooledError | undefined;
  sampleWeights(_0: number, _1: number, _2: number, _3: number, _4: number): Float32Array | undefined;
  uniform(_0: number, _1: number): Float64Array | undefined;
  standardNormal(_0: number, _1: number): Float64Array | undefined;
  partLength: number;
  relativeError(_0: Float64Array): number | undefined;
  codebookPlane(_0: object, _1: any): object;
  fitCodebook(_0: object, _1: any): object;
  turnWeights(_0: object, _1: any): object;
  dampHessian(_0: object, _1: any): object;
  inverseStep(_0: object, _1: any): object;
  sweepRows(_0: object, _1: any): object;
  storeRows(_0: object, _1: any): object;
  outputSquares(_0: object): Float64Array | undefined;
  awqScale(_0: number, _1: number, _2: number, _3: number): number | undefined;
  compressLayer(_0: object, _1: any): object;
  sampleLayer(_0: object, _1: any): object;
  unpackSparse(_0: object, _1: any): object;
  outputError(_0: object): number | undefined;
  wandaRow(_0: Float32Array, _1: Float64Array, _2: number): object;
  compressCache(_0: object, _1: any): object;
  kiviBits(_0: number, _1: number, _2: number, _3: number): number | undefined;
}

export type MainModule = WasmModule & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
