/**
 * Layers over several workers, in browsers and in node:
 *
 *     import { createLayerPool } from "./engine/layer_pool.js";
 *     const pool = await createLayerPool({ workers: 2 });
 *     const compressed = await pool.compressLayer(layer, { method: "gptq" });
 *     pool.close();
 */
import { given, integer, invalid, named, oneOf, type Reader, show } from "./arguments.ts";
import { Connection, type WorkerEndpoint } from "./connection.ts";
import type { Variant } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { compressByParts, compressWhole, type LayerMatrices } from "./layer_by_parts.ts";
import type { PoolWorker } from "./layer_pool_wire.ts";
import { Member, Team } from "./layer_team.ts";
import type { CompressedLayer, Layer, Recipe } from "./layer_types.ts";
import { moduleRecipe, readLayer } from "./layers.ts";
import { nodeEndpoint } from "./node_worker.ts";

export { EngineError, type EngineErrorCode } from "./errors.ts";
export type * from "./layer_types.ts";

/**
 * What a pool is at: the Hessian, its inverse and the sweep over rows of methods whose rows are cut, other methods as they
 * are, and the errors of the outputs.
 */
export type LayerPhase = "hessian" | "inverse" | "sweep" | "method" | "errors";

export interface LayerPoolOptions {
  /** How many workers; default: as many as the machine runs at once. */
  workers?: number;
  /** Forces a build of the engine. */
  variant?: Variant;
}

export interface PooledLayerOptions {
  /** Hears how far a phase has come, 0…1; phases come in the order in which `LayerPhase` names them. */
  onProgress?: (progress: { phase: LayerPhase; share: number }) => void;
  /** Stops the work at once. */
  signal?: AbortSignal;
}

/** Workers that compress a layer together. */
export interface LayerPool {
  readonly workers: number;
  /**
   * What `engine.compressLayer` answers, bit for bit, whatever the number of workers. The Hessian, its inverse and the sweep
   * of gptq (without `steps` and `scaleInputs`) and of sparsegpt with a pattern are cut, and what measures the errors, of
   * every method but smoothquant and llm_int8, which run whole in one worker. One layer at a time: others wait.
   * @throws EngineError as `engine.compressLayer`; `aborted` by its signal; `terminated` once the pool is closed;
   * `unavailable` where a worker dies. The pool serves on after all but closing.
   */
  compressLayer(layer: Layer, recipe: Recipe, options?: PooledLayerOptions): Promise<CompressedLayer>;
  /** Ends the workers, and rejects what is under way. */
  close(): void;
}

const callback: Reader<NonNullable<PooledLayerOptions["onProgress"]>> = (value, name) => {
  if (typeof value === "function") return value as NonNullable<PooledLayerOptions["onProgress"]>;
  throw invalid(`${name} must be a function, got ${show(value)}`);
};

const abortSignal: Reader<AbortSignal> = (value, name) => {
  if (value instanceof AbortSignal) return value;
  throw invalid(`${name} must be an AbortSignal, got ${show(value)}`);
};

const readPoolOptions = named({
  workers: given(integer(1, 256)),
  variant: given<Variant>(oneOf(["simd", "scalar"])),
});
const readCallOptions = named({ onProgress: given(callback), signal: given(abortSignal) });

// Named, so that the bundler leaves the address as it is.
const here = import.meta.url;

/** As many workers as the machine runs at once. */
async function usualWorkers(): Promise<number> {
  if (globalThis.navigator?.hardwareConcurrency) return navigator.hardwareConcurrency;
  const { availableParallelism } = await import("node:os");
  return availableParallelism();
}

async function startWorker(script: URL): Promise<WorkerEndpoint> {
  if (typeof Worker === "function") return new Worker(script, { type: "module", name: "compression layers" });
  const { Worker: NodeWorker } = await import("node:worker_threads");
  return nodeEndpoint(new NodeWorker(script));
}

/** The workers of a pool, which start anew after they were stopped. */
class Workers {
  readonly #count: number;
  readonly #variant: Variant | undefined;
  readonly #script = new URL("layer_pool_worker.js", here);
  #connections: Connection<PoolWorker>[] = [];
  #team: Promise<Team> | undefined;

  constructor(count: number, variant: Variant | undefined) {
    this.#count = count;
    this.#variant = variant;
  }

  /** The workers, running. */
  team(): Promise<Team> {
    this.#team ??= this.#start();
    return this.#team;
  }

  async #start(): Promise<Team> {
    try {
      const workers = await Promise.all(Array.from({ length: this.#count }, () => startWorker(this.#script)));
      this.#connections = workers.map(
        (worker) => new Connection<PoolWorker>(worker, this.#script, (reason) => this.stop(reason)),
      );
      const members = this.#connections.map((connection) => new Member(connection));
      const [partLength] = await Promise.all(members.map((member) => member.start(this.#variant)));
      return new Team(members, partLength);
    } catch (reason) {
      const known = reason instanceof EngineError;
      const error = known ? reason : new EngineError("unavailable", `the engine does not run: ${reason}`);
      this.stop(error);
      throw error;
    }
  }

  /** Ends them at once, and rejects what waits for them. */
  stop(reason: EngineError): void {
    const connections = this.#connections;
    this.#connections = [];
    this.#team = undefined;
    for (const connection of connections) connection.close(reason);
  }
}

/** Whether the layer or the recipe is refused, rather than that something else went wrong. */
const isRefusal = (reason: unknown) =>
  reason instanceof EngineError &&
  ["invalid-argument", "non-finite", "unknown-format", "overflow"].includes(reason.code);

/** One layer over the workers. */
async function compress(
  workers: Workers,
  layer: LayerMatrices,
  recipe: Recipe,
  onProgress: PooledLayerOptions["onProgress"],
): Promise<CompressedLayer> {
  const team = await workers.team();
  const progress = (phase: LayerPhase, share: number) => onProgress?.({ phase, share });
  try {
    return await compressByParts(team, layer, recipe, progress);
  } catch (reason) {
    if (!isRefusal(reason)) throw reason;
    // What is wrong is said of the layer as it was given, not of a part.
    return await compressWhole(team, layer, recipe, true, progress);
  } finally {
    await Promise.allSettled(team.members.map((member) => member.clear()));
  }
}

/**
 * Starts workers that compress a layer together, each with an engine of its own. They need no shared memory, so that a page
 * needs no special headers.
 * @throws EngineError `invalid-argument`; `unavailable` where workers or the engine cannot be loaded.
 */
export async function createLayerPool(options: LayerPoolOptions = {}): Promise<LayerPool> {
  const { workers = await usualWorkers(), variant } = readPoolOptions(options);
  const running = new Workers(workers, variant);
  await running.team();
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;
  const aborted = () => new EngineError("aborted", "the layer was stopped by its signal");
  const terminated = () => new EngineError("terminated", "the pool of workers is closed");

  const compressLayer: LayerPool["compressLayer"] = async (layer, recipe, options = {}) => {
    const matrices = readLayer(layer);
    moduleRecipe(recipe);
    const { onProgress, signal } = readCallOptions(options);
    let begun = false;
    const before = turn;
    const work = (async () => {
      await before;
      if (closed) throw terminated();
      if (signal?.aborted) throw aborted();
      begun = true;
      return compress(running, matrices, recipe, onProgress);
    })();
    turn = work.catch(() => {});
    return new Promise((resolve, reject) => {
      const stop = () => {
        reject(aborted());
        if (begun) running.stop(aborted());
      };
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop);
      work.then(resolve, reject).finally(() => signal?.removeEventListener("abort", stop));
    });
  };

  return {
    workers,
    compressLayer,
    close() {
      closed = true;
      running.stop(terminated());
    },
  };
}
