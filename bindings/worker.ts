import { expose, transfer } from "comlink";
import {
  type CoreEngine,
  createCoreEngine,
  createEngine,
  type Engine,
  EngineError,
  type QuantizeOptions,
  type TensorFile,
} from "./compression.ts";
import { layerMethods } from "./layer_methods.ts";
import { replyOf } from "./reply.ts";
import type { EngineWorker, FileListing } from "./wire.ts";

/**
 * The engine's worker: its core, loaded at the first call, and the whole engine, loaded when a layer is first asked for.
 * Answers are handed over without copying.
 */

let core: Promise<CoreEngine> | undefined;
let whole: Promise<Engine> | undefined;

/** The engine that has a method; the core where both have it, unless the whole one is there already. */
function engineFor(method: string): Promise<CoreEngine> {
  if (layerMethods.has(method)) whole ??= createEngine();
  core ??= whole ?? createCoreEngine();
  return layerMethods.has(method) ? (whole as Promise<Engine>) : core;
}

/** The open files by their ids. */
const files = new Map<number, TensorFile>();
let opened = 0;

/** What stops the jobs under way. */
const jobs = new Map<number, AbortController>();

const reply = (compute: (engine: CoreEngine) => unknown, method = "") =>
  replyOf(async () => compute(await engineFor(method)));

function fileOf(id: number): TensorFile {
  const file = files.get(id);
  if (file) return file;
  throw new EngineError("invalid-argument", "the file has been closed");
}

function listing(file: TensorFile): FileListing {
  const { kind, version, metadata, metadataTypes, tensors } = file;
  files.set(++opened, file);
  return {
    id: opened,
    kind,
    ...(version === undefined ? {} : { version }),
    // An answer's buffers are handed over: the file keeps its own.
    metadata: structuredClone(metadata),
    metadataTypes,
    tensors,
  };
}

/** A piece that may be handed over: one that shares its buffer with nothing. */
const handedOver = (piece: Uint8Array) => {
  const own = piece.byteLength === piece.buffer.byteLength ? piece : piece.slice();
  return transfer(own, [own.buffer as ArrayBuffer]);
};

const worker: EngineWorker = {
  simd: () => reply((engine) => engine.simd),
  call: (method, args) =>
    reply((engine) => {
      const methods = new Map<string, unknown>(Object.entries(engine));
      const found = methods.get(method);
      if (typeof found === "function") return found(...args);
      throw new EngineError("invalid-argument", `the engine has no method ${method}`);
    }, method),
  open: (source, sharded) =>
    reply(async (engine) => {
      const open = sharded ? engine.openTensorFiles : engine.openTensorFile;
      return listing(await open(source as Blob & File[]));
    }),
  close: (file) => reply(() => files.delete(file)),
  fetch: (file, question, tensor, options) =>
    reply(() => {
      const ask = fileOf(file)[question] as (tensor: string, options: unknown) => Promise<unknown>;
      return ask.call(fileOf(file), tensor, options);
    }),
  plan: (file, options) => reply((engine) => engine.planQuantizedFile(fileOf(file), options)),
  quantize: (file, options, job, writing) =>
    reply(async (engine) => {
      const controller = jobs.get(job) ?? new AbortController();
      jobs.set(job, controller);
      const choices: QuantizeOptions = {
        ...options,
        sink: { write: (piece) => writing.write(handedOver(piece)) },
        onProgress: (progress) => void writing.progress(progress),
        signal: controller.signal,
      };
      try {
        return await engine.quantizeFile(fileOf(file), choices);
      } finally {
        jobs.delete(job);
      }
    }),
  abort: (job) =>
    reply(() => {
      const controller = jobs.get(job) ?? new AbortController();
      jobs.set(job, controller);
      controller.abort();
      return true;
    }),
};

expose(worker);
