import type { Group, Packed, PooledError, ScaleType, Statistics, TensorOptions } from "./engine.ts";

/** Where a file's bytes come from: a File or Blob is read in slices, never as a whole. */
export type FileSource = Blob | Uint8Array;

/** A tensor of a file. */
export interface TensorInfo {
  name: string;
  /**
   * Row-major, [out, in] of a weight matrix: safetensors' own order; of GGUF, which lists dimensions from the
   * innermost, the reverse of what the file says.
   */
  shape: number[];
  /** As the file's own tools spell it: `BF16`, `Q4_K`. */
  type: string;
  byteLength: number;
  /** The tensor as a matrix: its last dimension, and the product of the others. */
  rows: number;
  cols: number;
  /** Whether `read` gives its elements as numbers; `bytes` gives the bytes of all. */
  readable: boolean;
  /** Whether it is left in floating point where a whole model is quantized: vectors, norms, routers, positions. */
  staysFloat: boolean;
}

/** Some rows of a tensor taken as a matrix. */
export interface RowRange {
  from: number;
  count: number;
}

/** Rows of a tensor that stand for all of it. */
export interface TensorSample {
  /** [rows, cols], row-major. Of rows longer than the sample the first one's beginning. */
  weights: Float32Array;
  rows: number;
  cols: number;
  /** Whether that is the whole tensor. */
  whole: boolean;
}

/** What a tensor looks like. */
export interface TensorSketch {
  /** Of the weights that were looked at. */
  statistics: Statistics;
  /** How many of them lie in each of equal bins over [−absmax, absmax]. */
  counts: Uint32Array;
  /** Whether these were all weights of the tensor. */
  whole: boolean;
}

/** What a format makes of weights, or why it does not take them. */
export type Measured = { error: PooledError } | { refusal: string };

/** A value of GGUF's metadata; 64-bit integers beyond 2^53 are bigints. safetensors knows only strings. */
export type MetadataValue =
  | string
  | number
  | bigint
  | boolean
  | string[]
  | boolean[]
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | BigUint64Array
  | BigInt64Array
  | Float64Array;

/** The type of a value of GGUF's metadata; with `[]`, of an array of such values. */
export type MetadataType = `${ScalarType}${"" | "[]"}`;

type ScalarType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "float32"
  | "bool"
  | "string"
  | "uint64"
  | "int64"
  | "float64";

/** An open safetensors or GGUF file, all of its header checked; its tensors are read when asked for. */
export interface TensorFile {
  readonly kind: "safetensors" | "gguf";
  /** Of GGUF: 2 or 3. */
  readonly version?: number;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** Of GGUF: the types of the metadata. */
  readonly metadataTypes: Readonly<Record<string, MetadataType>>;
  /** In the order of their data. */
  readonly tensors: readonly TensorInfo[];
  /** A tensor's elements as float32, row-major, or those of some of its rows. */
  read(name: string, rows?: RowRange): Promise<Float32Array>;
  /** A tensor's bytes as they are stored, or those of some of its rows. */
  bytes(name: string, rows?: RowRange): Promise<Uint8Array>;
  /** The whole tensor, or rows spread evenly over it that hold at most `weights` elements. */
  sample(name: string, options: { weights: number }): Promise<TensorSample>;
  /** Statistics and histogram of such a sample. */
  sketch(name: string, options: { weights: number; bins: number }): Promise<TensorSketch>;
  /** What each of some formats makes of a sample, of some rows, or of the whole tensor; their shape is the tensor's. */
  measure(
    name: string,
    options: { formats: readonly TensorOptions[]; weights?: number; rows?: RowRange },
  ): Promise<Measured[]>;
}

/** The files of a sharded model by name, `model.safetensors.index.json` among them. */
export type ShardSources = readonly File[] | Readonly<Record<string, FileSource>>;

/** A tensor to write: weights, which are stored as `type`; the bytes of `type`; or packed weights. */
export interface TensorToWrite {
  name: string;
  /** Row-major, as in TensorInfo. */
  shape: readonly number[];
  /** Default: F32 for weights, that of their format for packed ones. */
  type?: string;
  data: Float32Array | Uint8Array | Packed;
}

/** A tensor to write whose data come when their turn is: weights in whole rows, or bytes. */
export interface StreamedTensor {
  name: string;
  shape: readonly number[];
  type: string;
  data: () => AsyncIterable<Float32Array | Uint8Array> | Iterable<Float32Array | Uint8Array>;
}

/**
 * Metadata to write: text is a `string`, true and false are `bool`, whole numbers `uint32`, `int32` or 64 bits wide,
 * others `float32`, typed arrays what they hold; or with the type named.
 */
export type MetadataToWrite = Readonly<
  Record<string, MetadataValue | { type: MetadataType; value: MetadataValue | readonly number[] }>
>;

/** Where a file goes as it is made. Whoever opened it closes it. */
export type FileSink = WritableStream<Uint8Array> | { write(chunk: Uint8Array): unknown };

/** How far the writing of a file is. */
export interface WriteProgress {
  /** The tensor that is being written. */
  tensor: string;
  /** Its place among `tensors`, from 0. */
  index: number;
  tensors: number;
  bytesWritten: number;
  /** Of the whole file. */
  byteLength: number;
}

export interface WriteOptions {
  onProgress?: (progress: WriteProgress) => void;
  /** Stops the writing with the error `aborted`. */
  signal?: AbortSignal;
}

/** A mixture of types for a whole model, such as `q4_k_m`. */
export interface MixtureInfo {
  id: string;
  /** What most tensors get. */
  type: string;
  /** llama.cpp's number for `general.file_type`. */
  fileType: number;
}

/** How a whole model is quantized. */
export interface QuantizePlanOptions {
  /** Default `gguf`. */
  to?: "gguf" | "safetensors";
  /**
   * For GGUF: a mixture, a type, or a format of one of GGUF's types; or the choice for each tensor by its name in GGUF,
   * as a function or a table. Norms and vectors stay F32, and rows that are no whole number of blocks get the next type
   * that fits. For safetensors: a format id; the weights are stored as what they become in that format.
   */
  format: string | ((tensor: TensorInfo) => string) | Readonly<Record<string, string>>;
  /** For safetensors: granularity of the scales. */
  group?: Group;
  /** For safetensors: how scales are stored. */
  scales?: ScaleType;
  /** For safetensors: what the weights are stored as; default `F32`. */
  type?: "F32" | "F16" | "BF16";
  /** From safetensors to GGUF: the model's `config.json`, parsed; a llama architecture. */
  config?: unknown;
  /** From safetensors to GGUF: `tokenizer.json`, parsed; without it the file has no vocabulary. */
  tokenizer?: unknown;
}

/** A file that quantizing would make. */
export interface QuantizePlan {
  kind: "safetensors" | "gguf";
  byteLength: number;
  tensors: { name: string; source: string; shape: number[]; type: string; byteLength: number }[];
  /** What the reader of the file should know: what was left out or took another type. */
  notes: string[];
}

export interface QuantizeOptions extends QuantizePlanOptions, WriteOptions {
  sink: FileSink;
}

/** Model files: safetensors and GGUF. */
export interface Files {
  /**
   * Opens a file of either kind: reads and checks its header. @throws EngineError `corrupt-file` naming the tensor or
   * key and the rule that it breaks, `unsupported`, or `unreadable`.
   */
  openTensorFile(source: FileSource): Promise<TensorFile>;
  /** Opens a sharded safetensors model, whose index says which file holds which tensor. */
  openTensorFiles(sources: ShardSources): Promise<TensorFile>;
  /** A safetensors file. */
  writeSafetensors(
    tensors: readonly TensorToWrite[],
    metadata?: Readonly<Record<string, string>>,
  ): Uint8Array;
  /** A GGUF file of version 3. */
  writeGguf(tensors: readonly TensorToWrite[], metadata: MetadataToWrite): Uint8Array;
  /** Writes a safetensors file piece by piece; its size in bytes. */
  streamSafetensors(
    sink: FileSink,
    tensors: readonly (TensorToWrite | StreamedTensor)[],
    metadata?: Readonly<Record<string, string>>,
    options?: WriteOptions,
  ): Promise<number>;
  /** Writes a GGUF file of version 3 piece by piece; its size in bytes. */
  streamGguf(
    sink: FileSink,
    tensors: readonly (TensorToWrite | StreamedTensor)[],
    metadata: MetadataToWrite,
    options?: WriteOptions,
  ): Promise<number>;
  /** The mixtures of types that a GGUF model can be quantized to. */
  mixtures(): MixtureInfo[];
  /** What `quantizeFile` would make. */
  planQuantizedFile(file: TensorFile, options: QuantizePlanOptions): Promise<QuantizePlan>;
  /** Quantizes a model, a few rows at a time, into `sink`. */
  quantizeFile(file: TensorFile, options: QuantizeOptions): Promise<QuantizePlan>;
}
