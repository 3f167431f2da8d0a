import type { EngineErrorCode } from "./errors.ts";
import type {
  FileSource,
  QuantizePlanOptions,
  ShardSources,
  TensorFile,
  WriteProgress,
} from "./file_types.ts";

/**
 * What travels between the page and the engine's worker. Errors travel as records: a structured clone of an
 * Error loses its code.
 */
export type Reply = { answer: unknown } | { failure: { code: EngineErrorCode; message: string } };

/** What of an open file travels to the page: all but its bytes. */
export type FileListing = Pick<TensorFile, "kind" | "version" | "metadata" | "metadataTypes" | "tensors"> & {
  id: number;
};

/** What an open file can be asked about a tensor, by the name of its method. */
export type TensorQuestion = "read" | "bytes" | "sample" | "sketch" | "measure";

/** The page's part in writing a file. */
export interface Writing {
  write(chunk: Uint8Array): Promise<void>;
  progress(progress: WriteProgress): void;
}

/** Options whose choice of formats is made, so that they can travel. */
export type PlainQuantizeOptions = Omit<QuantizePlanOptions, "format"> & {
  format: string | Readonly<Record<string, string>>;
};

/** What the worker offers through Comlink. */
export interface EngineWorker {
  /** The architecture that the engine runs on. */
  simd(): Promise<Reply>;
  /** Calls a method of the engine. */
  call(method: string, args: unknown[]): Promise<Reply>;
  /** Opens a file, or the files of a sharded model; answers with its listing. */
  open(source: FileSource | ShardSources, sharded: boolean): Promise<Reply>;
  /** Forgets an open file. */
  close(file: number): Promise<Reply>;
  /** Asks an open file about one of its tensors. */
  fetch(file: number, question: TensorQuestion, tensor: string, options?: unknown): Promise<Reply>;
  /** What quantizing an open file would make. */
  plan(file: number, options: PlainQuantizeOptions): Promise<Reply>;
  /** Quantizes an open file; `job` names the work for `abort`. */
  quantize(file: number, options: PlainQuantizeOptions, job: number, writing: Writing): Promise<Reply>;
  /** Stops a job. */
  abort(job: number): Promise<Reply>;
}
