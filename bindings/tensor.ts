import {
  array,
  count,
  float32,
  float64,
  integer,
  named,
  number,
  oneOf,
  optional,
  type Reader,
} from "./arguments.ts";
import type { Tensor } from "./engine.ts";
import type { Call } from "./module.ts";

const seed = integer(0, Number.MAX_SAFE_INTEGER);

/** A ratio in dB, infinite where there is no noise. */
const signalToNoise: Reader<number> = (value, name) =>
  value === Number.POSITIVE_INFINITY ? value : number(value, name);

const readBins = named({ bins: count, min: number, max: number });
const readSample = named({ count, sigma: number, outlierFraction: number, outlierScale: number, seed });
const readBound = named({ bitsPerWeight: number });
const readGap = named({ sqnrDb: signalToNoise, bitsPerWeight: number });
/** A pooled error is a part of a larger whole. */
const readPart = named(
  {
    weights: number,
    bitsPerWeight: number,
    rms: number,
    rmse: number,
    maxError: number,
    bytes: optional(number, 0),
    sqnrDb: optional(signalToNoise, 0),
  },
  "parts",
);
const readParts = named({
  parts: array((value): number[] => {
    const { weights, bitsPerWeight, rms, rmse, maxError } = readPart(value);
    return [weights, bitsPerWeight, rms, rmse, maxError];
  }),
});
const readDraw = named({ seed, count, distribution: oneOf(["random", "standard_normal"]) });

/** The tensor methods, answered through `call`. */
export function tensor(call: Call): Tensor {
  return {
    histogram: (values, options) =>
      call((module) => {
        const { bins, min, max } = readBins(options);
        return module.histogram(float32(values, "values"), bins, min, max);
      }),
    quantiles: (values, probabilities) =>
      call((module) => module.quantiles(float32(values, "values"), float64(probabilities, "probabilities"))),
    statistics: (values) => call((module) => module.statistics(float32(values, "values"))),
    rateDistortionBound: (options) =>
      call((module) => module.rateDistortionBound(readBound(options).bitsPerWeight)),
    rateDistortionGap: (options) =>
      call((module) => {
        const { sqnrDb, bitsPerWeight } = readGap(options);
        return module.rateDistortionGap(sqnrDb, bitsPerWeight);
      }),
    pooledError: (options) =>
      call((module) => {
        const { parts } = readParts(options);
        return module.pooledError(Float64Array.from(parts.flat()));
      }),
    sampleWeights: (options) =>
      call((module) => {
        const { count, sigma, outlierFraction, outlierScale, seed } = readSample(options);
        return module.sampleWeights(count, sigma, outlierFraction, outlierScale, seed);
      }),
    random: (options) =>
      call((module) => {
        const { seed, count, distribution } = readDraw(options);
        return distribution === "random" ? module.uniform(count, seed) : module.standardNormal(count, seed);
      }),
  };
}
