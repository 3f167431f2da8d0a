import { proxy, transfer } from "comlink";
import type { Connection, Request } from "./connection.ts";
import type { Variant } from "./engine.ts";
import type { Block, Cut, Piece, Range } from "./layer_part.ts";
import type { DampedOrder, InverseOrder, PoolWorker, Step, SweptRows } from "./layer_pool_wire.ts";
import type { CompressedLayer, Matrix, Recipe } from "./layer_types.ts";
import { buffersOf } from "./reply.ts";

/** One worker of a pool, by the steps it does (layer_pool_wire.ts). */
export class Member {
  /** What hears of the work under way. */
  #heard: (share: number) => void = () => {};
  readonly connection: Connection<PoolWorker>;

  constructor(connection: Connection<PoolWorker>) {
    this.connection = connection;
  }

  #ask<T>(request: Request<PoolWorker>): Promise<T> {
    return this.connection.ask(request) as Promise<T>;
  }

  /** Loads the engine; answers the length of the blocks in which rows are cut. */
  start(variant: Variant | undefined): Promise<number> {
    const heard = proxy((share: number) => this.#heard(share));
    return this.#ask((remote) => remote.start(variant, heard));
  }

  /** Work of which `heard` hears what share is done, until it is done: word may come later than the answer. */
  async hearing<T>(heard: (share: number) => void, work: () => Promise<T>): Promise<T> {
    this.#heard = heard;
    try {
      return await work();
    } finally {
      this.#heard = () => {};
    }
  }

  /** Holds a matrix; its pieces are handed over unless they are `shared` with other workers. */
  hold(name: string, rows: number, cols: number, pieces: readonly Piece[], shared = false): Promise<void> {
    const sent = shared ? pieces : transfer(pieces, buffersOf(pieces));
    return this.#ask((remote) => remote.hold(name, rows, cols, sent));
  }

  cut(name: string, from: string, block: Block): Promise<void> {
    return this.#ask((remote) => remote.cut(name, from, block));
  }

  give(name: string, block?: Block): Promise<Matrix<Float32Array>> {
    return this.#ask((remote) => remote.give(name, block));
  }

  clear(): Promise<void> {
    return this.#ask((remote) => remote.clear());
  }

  step(name: string, step: Step): Promise<boolean> {
    return this.#ask((remote) => remote.step(name, step));
  }

  damp(name: string, hessian: string, recipe: Recipe, raised: number): Promise<DampedOrder> {
    return this.#ask((remote) => remote.damp(name, hessian, recipe, raised));
  }

  sweep(weights: string, inverse: string, order: InverseOrder, recipe: Recipe): Promise<SweptRows> {
    return this.#ask((remote) => remote.sweep(weights, inverse, order, recipe));
  }

  store(outputs: number, rows: Omit<SweptRows, "weights">, order: InverseOrder, recipe: Recipe) {
    const sent = transfer(rows, buffersOf(rows));
    return this.#ask<CompressedLayer>((remote) => remote.store(outputs, sent, order, recipe));
  }

  squares(weights: string, approximation: string, x: string): Promise<Float64Array> {
    return this.#ask((remote) => remote.squares(weights, approximation, x));
  }

  error(squares: Float64Array): Promise<number> {
    return this.#ask((remote) => remote.error(squares));
  }

  compress(recipe: Recipe, measured: boolean): Promise<CompressedLayer> {
    return this.#ask((remote) => remote.compress(recipe, measured));
  }
}

/** The workers of a pool. */
export class Team {
  readonly members: readonly Member[];
  /** The length of the blocks in which rows are cut. */
  readonly partLength: number;

  constructor(members: readonly Member[], partLength: number) {
    this.members = members;
    this.partLength = partLength;
  }

  get size(): number {
    return this.members.length;
  }

  /** The worker that does what only one can do. */
  get first(): Member {
    return this.members[0];
  }

  /** The worker that does something else at the same time; the first, where there is only one. */
  get last(): Member {
    return this.members[this.size - 1];
  }

  /** What comes of the parts that `cut` gives the workers of n rows or columns, in order; of empty parts nothing. */
  async each<T>(cut: Cut, n: number, work: (member: Member, range: Range) => Promise<T>): Promise<T[]> {
    const parts = this.members.map(async (member, part) => {
      const range = cut(n, part, this.size, this.partLength);
      return range.count > 0 ? [await work(member, range)] : [];
    });
    return (await Promise.all(parts)).flat();
  }

  /** Has every worker hold a matrix. */
  async hold(name: string, rows: number, cols: number, pieces: readonly Piece[]): Promise<void> {
    const last = this.size - 1;
    await Promise.all(this.members.map((member, i) => member.hold(name, rows, cols, pieces, i < last)));
  }
}
