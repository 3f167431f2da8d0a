import type { TensorOptions } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";
import type { InstrumentEngine } from "./instrument.ts";
import type { SharedTensor } from "./shared_tensor.ts";

/** How many weights a sample can have. */
export const counts = ["2048", "4096", "8192", "10000", "16384"] as const;

/** Spread of the Gaussian bulk, as in Cell 2. */
export const sampleDeviation = 0.02;

/** The matrix [rows, columns] that so many weights fill. */
const shapes: Record<(typeof counts)[number], readonly [rows: number, columns: number]> = {
  "2048": [32, 64],
  "4096": [64, 64],
  "8192": [64, 128],
  "10000": [100, 100],
  "16384": [128, 128],
};

/** A sample of weights: a Gaussian bulk, of which a share is `outlierScale` times as large. */
export interface Sample {
  count: (typeof counts)[number];
  outliers: number;
  outlierScale: number;
  seed: number;
}

/** The sample that Instrument 7.2 opens with. */
export const firstSample: Sample = { count: "8192", outliers: 0.004, outlierScale: 6, seed: 0 };

/** Draws a sample. */
export async function drawSample(engine: InstrumentEngine, sample: Sample): Promise<SharedTensor> {
  const { count, outliers, outlierScale, seed } = sample;
  const [rows, cols] = shapes[count];
  const weights = await engine.sampleWeights({
    count: Number(count),
    sigma: sampleDeviation,
    outlierFraction: outliers,
    outlierScale,
    seed,
  });
  const source = `a sample of ${formatFigure(Number(count), "integer")} drawn weights, seed ${seed}`;
  return { source, weights, rows, cols };
}

/** How many weights of a tensor are in one row. */
export function columnsOf({ count }: Sample, chosen: SharedTensor | undefined): number {
  return chosen ? chosen.cols : shapes[count][1];
}

/**
 * A tensor's shape, as far as the granularity of the scales asks for it: Cell 2 runs its groups on from row to row, so
 * a sample is one long row except where the row itself shares a scale.
 */
export function shapeFor(
  { rows, cols }: SharedTensor,
  group: TensorOptions["group"],
  isSample: boolean,
): { rows?: number; cols?: number } {
  return isSample && group !== "row" ? {} : { rows, cols };
}
