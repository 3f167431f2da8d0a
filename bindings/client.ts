import { Connection, type Request } from "./connection.ts";
import type { Engine, EngineMethod } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { type RemoteFiles, remoteFiles } from "./remote_files.ts";
import type { EngineWorker } from "./wire.ts";

export type * from "./engine.ts";
export { EngineError, type EngineErrorCode } from "./errors.ts";
export type { RemoteFiles, RemoteTensorFile } from "./remote_files.ts";

/** The engine in a worker: its methods, each returning a promise. */
export type RemoteEngine = {
  readonly [Name in EngineMethod]: (...args: Parameters<Engine[Name]>) => Promise<ReturnType<Engine[Name]>>;
} & RemoteFiles & {
    /** The architecture that the engine runs on, as xsimd names it. */
    simd(): Promise<string>;
    /** Stops the worker at once and rejects the calls under way; the next call starts another. */
    terminate(): void;
  };

/** The methods by name: the page knows them without loading the engine. */
const methods: Record<EngineMethod, true> = {
  softmax: true,
  softTargets: true,
  entropy: true,
  klDivergence: true,
  jensenShannon: true,
  kdLoss: true,
  tauSquared: true,
  labelDivergence: true,
  decodeCeiling: true,
  bytesPerToken: true,
  bytesPerParameter: true,
  weightMemory: true,
  kvCacheBytesPerToken: true,
  servingPlan: true,
  servedModels: true,
  remaining: true,
  ratio: true,
  sum: true,
  product: true,
  formats: true,
  symmetricScale: true,
  symmetricLevels: true,
  pack: true,
  unpack: true,
  roundTrip: true,
  levels: true,
  blockFields: true,
  codes: true,
  nearestCode: true,
  microscale: true,
  histogram: true,
  quantiles: true,
  statistics: true,
  rateDistortionBound: true,
  rateDistortionGap: true,
  pooledError: true,
  sampleWeights: true,
  random: true,
  awqScale: true,
  codebookPlane: true,
  compressCache: true,
  compressLayer: true,
  fitCodebook: true,
  outputError: true,
  kiviBits: true,
  sampleLayer: true,
  turnWeights: true,
  unpackSparse: true,
  wandaRow: true,
  writeSafetensors: true,
  writeGguf: true,
  mixtures: true,
};

/**
 * The engine of the site under `siteRoot`, in a worker that starts at the first call. Arguments are copied to
 * the worker; arrays in answers are handed over. A failed call rejects with the EngineError that the engine threw.
 */
export function connectEngine(siteRoot: URL): RemoteEngine {
  const script = new URL("engine/worker.js", siteRoot);
  let connection: Connection<EngineWorker> | undefined;

  const connect = () => {
    try {
      const worker = new Worker(script, { type: "module", name: "compression engine" });
      return new Connection<EngineWorker>(worker, script, () => {
        connection = undefined;
      });
    } catch (reason) {
      throw new EngineError("unavailable", `the engine does not run: ${reason}`, { cause: reason });
    }
  };
  /** The connection that an open file stays with. */
  const connected = () => {
    connection ??= connect();
    return connection;
  };
  const ask = async (request: Request<EngineWorker>) => connected().ask(request);

  const call =
    (method: string) =>
    (...args: unknown[]) =>
      ask((remote) => remote.call(method, args));

  return {
    ...Object.fromEntries(Object.keys(methods).map((method) => [method, call(method)])),
    ...remoteFiles(connected),
    simd: () => ask((remote) => remote.simd()),
    terminate() {
      connection?.close(new EngineError("terminated", "the engine was stopped before it answered"));
      connection = undefined;
    },
  } as RemoteEngine;
}
