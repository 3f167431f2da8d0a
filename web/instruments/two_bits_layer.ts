import type { CodebookName, CodebookPlane, FittedCodebook, Matrix, Tails } from "../../bindings/engine.ts";
import { corner } from "./drawn_layer.ts";
import type { InstrumentEngine } from "./instrument.ts";
import { latestOnly } from "./latest.ts";
import { remember, rememberOf } from "./remember.ts";
import { sampleDeviation } from "./sample_tensor.ts";
import type { SharedTensor } from "./shared_tensor.ts";

/** Rows and columns of the layer: large enough for codebooks to be learned from it. */
export const size = 256;

/** Weights that a code stands for. */
export const codeLength = 8;

/** Bars of the distribution. */
export const bins = 81;

/** The weights as they were given, and under the rotations of QuIP#. */
export const sides = ["given", "turned"] as const;
export type Side = (typeof sides)[number];

/** A value on each side of the rotation. */
export type Both<Value> = Record<Side, Value>;

/** How a sample of weights is drawn. */
export interface Drawing {
  outliers: number;
  outlierScale: number;
  seed: number;
}

/** What plain rounding to INT2 leaves. */
export interface Rounded {
  bitsPerWeight: number;
  sqnrDb: number;
  distortion: number;
}

/** What no two bits can do better on Gaussian weights, in dB and as the share that is lost. */
export interface Bound {
  sqnrDb: number;
  distortion: number;
}

/** The weights of a layer on both sides. */
export interface Turn {
  weights: Both<Matrix<Float32Array>>;
  tails: Both<Tails>;
}

/** The same with what is measured at once. */
export interface TwoBitLayer extends Turn {
  /** Root mean square, which a rotation leaves as it is. */
  rms: number;
  /** Counts in equal bins between the largest magnitude and its negative. */
  counts: Both<Uint32Array>;
  /** That magnitude over the root mean square. */
  reach: number;
  rounded: Both<Rounded>;
}

/** Asks both sides. */
export async function onBoth<Value>(ask: (side: Side) => Promise<Value>): Promise<Both<Value>> {
  const [given, turned] = await Promise.all([ask("given"), ask("turned")]);
  return { given, turned };
}

async function roundedOf(engine: InstrumentEngine, weights: Matrix, rms: number): Promise<Rounded> {
  const { data, rows, cols } = weights;
  const { rmse, bitsPerWeight, sqnrDb } = await engine.roundTrip(data, {
    format: "int2",
    group: 64,
    rows,
    cols,
  });
  const share = rms > 0 ? await engine.ratio({ numerator: rmse, denominator: rms }) : 0;
  return { bitsPerWeight, sqnrDb, distortion: await engine.product({ a: share, b: share }) };
}

async function layerOf(engine: InstrumentEngine, { weights, tails }: Turn): Promise<TwoBitLayer> {
  const extent = await onBoth(async (side) => engine.statistics(weights[side].data));
  const { rms } = extent.given;
  const max = Math.max(extent.given.absmax, extent.turned.absmax) || 1;
  const [counts, rounded] = await Promise.all([
    onBoth(async (side) => engine.histogram(weights[side].data, { bins, min: -max, max })),
    onBoth((side) => roundedOf(engine, weights[side], rms)),
  ]);
  return {
    weights,
    tails,
    rms,
    counts,
    reach: Math.max(tails.given.peak, tails.turned.peak) || 1,
    rounded,
  };
}

/** What an open instrument works with; every answer is asked for once. */
export interface Bench {
  bound(): Promise<Bound>;
  draw(drawing: Drawing): Promise<Matrix<Float32Array>>;
  /** The part of the reader's own tensor that it works on. */
  own(tensor: SharedTensor): Promise<Matrix<Float32Array>>;
  turn(weights: Matrix<Float32Array>, signs: number): Promise<Turn>;
  layer(turn: Turn): Promise<TwoBitLayer>;
  fit(weights: Matrix<Float32Array>, codebook: CodebookName): Promise<FittedCodebook>;
  /** How many dB it stays below the Gaussian bound at all of its bits. */
  gap(fit: FittedCodebook): Promise<number>;
  /** AQLM's codebook, if it is learned. */
  learned(weights: Matrix): FittedCodebook | undefined;
  /**
   * Learns it. Of those that wait for another to be learned only the latest will be; the promise is kept when there is
   * nothing left to learn.
   */
  learn(weights: Matrix): Promise<void>;
  plane(fit: FittedCodebook, view: { across: number; up: number; through: number }): Promise<CodebookPlane>;
}

/** AQLM's codebooks, learned by `background` one at a time. */
function learnerOn(background: InstrumentEngine): Pick<Bench, "learned" | "learn"> {
  const known = new WeakMap<Matrix, FittedCodebook>();
  let refusal: { reason: unknown } | undefined;
  const learnLatest = latestOnly(
    async (weights: Matrix) => {
      if (known.has(weights)) return;
      known.set(weights, await background.fitCodebook({ weights, codebook: "aqlm" }));
    },
    () => {},
    (reason) => {
      refusal = { reason };
    },
  );
  return {
    learned: (weights) => known.get(weights),
    async learn(weights) {
      await learnLatest(weights);
      const failed = refusal;
      refusal = undefined;
      if (failed) throw failed.reason;
    },
  };
}

export function benchOn(engine: InstrumentEngine, background: InstrumentEngine): Bench {
  return {
    ...learnerOn(background),
    bound: remember(async () => {
      const [sqnrDb, distortion] = await Promise.all([
        engine.rateDistortionBound({ bitsPerWeight: 2 }),
        engine.ratio({ numerator: 1, denominator: 2 ** 4 }),
      ]);
      return { sqnrDb, distortion };
    }, 1),
    draw: remember(async ({ outliers, outlierScale, seed }: Drawing) => {
      const data = await engine.sampleWeights({
        count: size * size,
        sigma: sampleDeviation,
        outlierFraction: outliers,
        outlierScale,
        seed,
      });
      return { rows: size, cols: size, data };
    }, 4),
    own: rememberOf((tensor: SharedTensor) => corner(tensor, size, size), 1),
    turn: rememberOf(async (given: Matrix<Float32Array>, signs: number) => {
      const turn = await engine.turnWeights({ weights: given, seed: signs });
      return {
        weights: { given, turned: turn.weights },
        tails: { given: turn.given, turned: turn.turned },
      };
    }, 2),
    layer: rememberOf((turn: Turn) => layerOf(engine, turn), 1),
    fit: rememberOf(
      (weights: Matrix<Float32Array>, codebook: CodebookName) => engine.fitCodebook({ weights, codebook }),
      3,
    ),
    gap: rememberOf(
      ({ sqnrDb, bitsPerWeight }: FittedCodebook) => engine.rateDistortionGap({ sqnrDb, bitsPerWeight }),
      1,
    ),
    plane: rememberOf(
      ({ codebook, parameters }: FittedCodebook, view) =>
        engine.codebookPlane({ codebook, ...(parameters && { parameters }), ...view }),
      8,
    ),
  };
}
