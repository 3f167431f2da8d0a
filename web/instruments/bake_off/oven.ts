import type { CompressedLayer, Layer } from "../../../bindings/engine.ts";
import type { DrawnLayer } from "../drawn_layer.ts";
import type { InstrumentEngine } from "../instrument.ts";
import type { Run } from "./contenders.ts";

/** What a run came to: bits and errors, or the engine's refusal. */
export type Outcome =
  | { answer: Pick<CompressedLayer, "bitsPerWeight" | "outputError" | "calibrationError"> }
  | { refusal: string };

/** Several engines that take runs on layers from one list, each a run at a time; what is known is not run again. */
export class Oven {
  readonly #engines: readonly InstrumentEngine[];
  readonly #outcomes = new WeakMap<Layer, Map<string, Outcome>>();
  readonly #busy = new Map<InstrumentEngine, { key: string; layer: Layer; done: Promise<void> }>();
  readonly #listeners = new Set<() => void>();
  #stopped = false;

  constructor(engines: readonly InstrumentEngine[]) {
    this.#engines = engines;
  }

  /** Runs that can be under way at once. */
  get size(): number {
    return this.#engines.length;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Calls `changed` when work is stopped or taken up again; returns how to end that. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  outcomeOf(layer: Layer, run: Run): Outcome | undefined {
    return this.#outcomes.get(layer)?.get(keyOf(run));
  }

  isRunning(layer: Layer, run: Run): boolean {
    return [...this.#busy.values()].some((work) => work.layer === layer && work.key === keyOf(run));
  }

  /** Gives idle engines the next of these runs and waits for one of all under way; nothing where all is done. */
  advance(layer: DrawnLayer, runs: readonly Run[]): Promise<void> | undefined {
    if (this.#stopped) return undefined;
    const waiting = runs.filter((run) => this.outcomeOf(layer, run) === undefined);
    if (waiting.length === 0) {
      this.#rest();
      return undefined;
    }
    const idle = this.#engines.filter((engine) => !this.#busy.has(engine));
    const next = waiting.filter((run) => !this.isRunning(layer, run));
    for (const [index, engine] of idle.entries()) {
      const run = next[index];
      if (run) this.#start(engine, layer, run);
    }
    return Promise.race([...this.#busy.values()].map(({ done }) => done));
  }

  /** Ends the workers that have nothing to do: each would keep the memory that a layer took. */
  #rest(): void {
    for (const engine of this.#engines) {
      if (!this.#busy.has(engine)) engine.terminate?.();
    }
  }

  /** Stops at once: the workers end, and the next work starts others. */
  stop(): void {
    this.#stopped = true;
    for (const engine of this.#busy.keys()) engine.terminate?.();
    this.#busy.clear();
    this.#changed();
  }

  /** Takes up work again. */
  resume(): void {
    this.#stopped = false;
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #start(engine: InstrumentEngine, layer: DrawnLayer, run: Run): void {
    const key = keyOf(run);
    const done = this.#measure(engine, layer, run).then((outcome) => {
      // Work that was stopped has no outcome, and its engine may have other work by now.
      if (this.#busy.get(engine)?.done !== done) return;
      this.#busy.delete(engine);
      const outcomes = this.#outcomes.get(layer) ?? new Map<string, Outcome>();
      this.#outcomes.set(layer, outcomes.set(key, outcome));
    });
    this.#busy.set(engine, { key, layer, done });
  }

  async #measure(engine: InstrumentEngine, layer: DrawnLayer, run: Run): Promise<Outcome> {
    const { weights, calibration, heldOut } = layer;
    try {
      const matrices = { weights, calibration, ...(heldOut && { heldOut }) };
      const { bitsPerWeight, outputError, calibrationError } = await engine.compressLayer(
        matrices,
        run.recipe,
      );
      return { answer: { bitsPerWeight, outputError, calibrationError } };
    } catch (reason) {
      return { refusal: reason instanceof Error ? reason.message : String(reason) };
    }
  }
}

function keyOf({ recipe }: Run): string {
  return JSON.stringify(recipe);
}
