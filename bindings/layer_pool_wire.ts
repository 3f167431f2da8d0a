import type { Variant } from "./engine.ts";
import type { Block, Piece } from "./layer_part.ts";
import type { Matrix, Recipe } from "./layer_types.ts";
import type { Reply } from "./wire.ts";

/**
 * What travels between a pool and its workers. A worker holds matrices by name, so that what several steps need is sent
 * once; `names` of what it holds stand for matrices below.
 */

/** The inverse of a Hessian, but for its factor. */
export interface InverseOrder {
  /** The input that stands at each place. */
  order: Uint32Array;
  /** Inputs that are always 0. */
  dead: Uint32Array;
  /** What was added to the diagonal, as a share of its mean. */
  damping: number;
}

/** A damped Hessian: where its halves meet, and how its inputs are ordered. */
export type DampedOrder = InverseOrder & { half: number };

/** What a sweep makes of rows. */
export interface SweptRows {
  weights: Float32Array;
  codes: Uint8Array;
  parameters: Matrix<Float32Array>[];
  mask: Uint8Array;
  losses: Float64Array;
}

/** A step of a Hessian or its inverse (bindings/layer_parts.cc), by the names of its matrices. */
export interface Step {
  step: "hessian" | "cholesky" | "solve" | "subtract" | "invert" | "corner";
  a: string;
  b?: string;
  c?: string;
  first?: number;
  rows?: number;
}

/** What a worker of a pool offers through Comlink. */
export interface PoolWorker {
  /** Loads the engine; answers the length of the blocks in which rows are cut. `heard` hears of work under way. */
  start(variant: Variant | undefined, heard: (share: number) => void): Promise<Reply>;
  /** Holds a matrix [rows, cols], put together. */
  hold(name: string, rows: number, cols: number, pieces: readonly Piece[]): Promise<Reply>;
  /** Holds a part of a matrix that it holds under another name. */
  cut(name: string, from: string, block: Block): Promise<Reply>;
  /** Answers with a matrix, or a part of it. */
  give(name: string, block?: Block): Promise<Reply>;
  /** Forgets all matrices. */
  clear(): Promise<Reply>;
  /** Does a step and holds what comes of it; false where there is no Cholesky factor. */
  step(name: string, step: Step): Promise<Reply>;
  /** Damps the Hessian `hessian` for a recipe, raised so many times, and holds it, reversed. */
  damp(name: string, hessian: string, recipe: Recipe, raised: number): Promise<Reply>;
  /** Sweeps over the rows `weights`; holds what becomes of them as `approximation`. */
  sweep(weights: string, inverse: string, order: InverseOrder, recipe: Recipe): Promise<Reply>;
  /** What all rows of a layer are stored as. */
  store(
    outputs: number,
    rows: Omit<SweptRows, "weights">,
    order: InverseOrder,
    recipe: Recipe,
  ): Promise<Reply>;
  /** The squares of the outputs of rows, and of what `approximation` changes of them, [rows, 2]. */
  squares(weights: string, approximation: string, x: string): Promise<Reply>;
  /** The relative error from the squares of all outputs. */
  error(squares: Float64Array): Promise<Reply>;
  /** Compresses the layer `weights`, `calibration`, `heldOut`; without errors unless they are to be measured. */
  compress(recipe: Recipe, measured: boolean): Promise<Reply>;
}
