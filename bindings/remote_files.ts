import { proxy, type Remote } from "comlink";
import { invalid, show } from "./arguments.ts";
import { openSink } from "./file_sink.ts";
import type {
  FileSource,
  QuantizeOptions,
  QuantizePlan,
  QuantizePlanOptions,
  ShardSources,
  TensorFile,
} from "./file_types.ts";
import type { EngineWorker, FileListing, PlainQuantizeOptions, Reply, TensorQuestion } from "./wire.ts";

/** A file that is open in the engine's worker. */
export type RemoteTensorFile = TensorFile & {
  /** Forgets the file; its methods reject from then on. */
  close(): Promise<void>;
};

/** The methods of model files, answered by the engine's worker. */
export type RemoteFiles = {
  /** As of the engine. The file stays open in the worker until it is closed, or the worker is stopped. */
  openTensorFile(source: FileSource): Promise<RemoteTensorFile>;
  openTensorFiles(sources: ShardSources): Promise<RemoteTensorFile>;
  planQuantizedFile(file: TensorFile, options: QuantizePlanOptions): Promise<QuantizePlan>;
  quantizeFile(file: TensorFile, options: QuantizeOptions): Promise<QuantizePlan>;
};

/** A running worker. */
interface Connection {
  ask(request: (remote: Remote<EngineWorker>) => Promise<Reply>): Promise<unknown>;
}

/** An open file, and the worker that holds it. */
class RemoteFile implements TensorFile {
  readonly kind: TensorFile["kind"];
  readonly version?: number;
  readonly metadata: TensorFile["metadata"];
  readonly metadataTypes: TensorFile["metadataTypes"];
  readonly tensors: TensorFile["tensors"];
  readonly #connection: Connection;
  readonly #id: number;

  constructor(connection: Connection, { id, kind, version, metadata, metadataTypes, tensors }: FileListing) {
    this.#connection = connection;
    this.#id = id;
    this.kind = kind;
    if (version !== undefined) this.version = version;
    this.metadata = metadata;
    this.metadataTypes = metadataTypes;
    this.tensors = tensors;
  }

  /** Asks the worker for something about this file. */
  ask(request: (remote: Remote<EngineWorker>, file: number) => Promise<Reply>): Promise<unknown> {
    return this.#connection.ask((remote) => request(remote, this.#id));
  }

  #question<Question extends TensorQuestion>(question: Question): TensorFile[Question] {
    const ask = (name: string, options?: unknown) =>
      this.ask((remote, file) => remote.fetch(file, question, name, options));
    return ask as TensorFile[Question];
  }

  read = this.#question("read");
  bytes = this.#question("bytes");
  sample = this.#question("sample");
  sketch = this.#question("sketch");
  measure = this.#question("measure");

  async close(): Promise<void> {
    await this.ask((remote, file) => remote.close(file));
  }
}

function remoteFile(file: TensorFile): RemoteFile {
  if (file instanceof RemoteFile) return file;
  throw invalid(`file must be open in this engine, got ${show(file)}`);
}

let jobs = 0;

/** The methods of model files, asked of the worker that `connected` gives. */
export function remoteFiles(connected: () => Connection): RemoteFiles {
  const open = async (source: FileSource | ShardSources, sharded: boolean) => {
    const connection = connected();
    const listing = await connection.ask((remote) => remote.open(source, sharded));
    return new RemoteFile(connection, listing as FileListing);
  };

  /** Options that can travel: a function chooses here, for the tensors that the new file will have. */
  const plainOptions = async (
    file: RemoteFile,
    options: QuantizePlanOptions,
  ): Promise<PlainQuantizeOptions> => {
    const { to, format, group, scales, type, config, tokenizer } = options;
    const others = { to, group, scales, type, config, tokenizer };
    if (typeof format !== "function") return { ...others, format };
    const undecided = { ...others, format: "f32" };
    const { tensors } = (await file.ask((remote, id) => remote.plan(id, undecided))) as QuantizePlan;
    const infos = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
    const choices = tensors.flatMap(({ name, source }) => {
      const info = infos.get(source);
      return info ? [[name, format({ ...info, name })]] : [];
    });
    return { ...others, format: Object.fromEntries(choices) };
  };

  return {
    openTensorFile: (source) => open(source, false),
    openTensorFiles: (sources) => open(sources, true),
    async planQuantizedFile(given, options) {
      const file = remoteFile(given);
      const plain = await plainOptions(file, options);
      return (await file.ask((remote, id) => remote.plan(id, plain))) as QuantizePlan;
    },
    async quantizeFile(given, options) {
      const file = remoteFile(given);
      const { sink, onProgress, signal } = options;
      const plain = await plainOptions(file, options);
      const { write, release } = openSink(sink);
      const writing = proxy({
        write: async (chunk: Uint8Array) => void (await write(chunk)),
        progress: (progress: Parameters<NonNullable<typeof onProgress>>[0]) => onProgress?.(progress),
      });
      const job = ++jobs;
      const abort = () => void file.ask((remote) => remote.abort(job)).catch(() => {});
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
      try {
        return (await file.ask((remote, id) => remote.quantize(id, plain, job, writing))) as QuantizePlan;
      } finally {
        signal?.removeEventListener("abort", abort);
        release();
      }
    },
  };
}
