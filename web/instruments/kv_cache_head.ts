import type { AttentionHead } from "../../bindings/engine.ts";
import type { InstrumentEngine } from "./instrument.ts";

/** The head: 16 queries that read 256 tokens of 64 channels. */
export const shape = { queries: 16, tokens: 256, dimension: 64 };

/** Keys with a few loud channels, values without, and queries that read them. */
export async function drawHead(
  engine: InstrumentEngine,
  outlier: number,
  seed: number,
): Promise<AttentionHead> {
  const { queries, tokens, dimension } = shape;
  const drawn = { inputs: dimension, tokens, correlation: 0, channelSpread: 0.3, seed };
  const [keys, values] = await Promise.all([
    engine.sampleLayer({
      ...drawn,
      outputs: queries,
      sigma: 0.15,
      heavyRows: 0,
      outlierChannels: 0.05,
      outlierLeast: Math.min(10, outlier),
      outlierMost: outlier,
      heavyTokens: 0,
    }),
    engine.sampleLayer({ ...drawn, outputs: 1, outlierChannels: 0, heavyTokens: 0.05, seed: seed + 1 }),
  ]);
  return { queries: keys.weights, keys: keys.calibration, values: values.calibration };
}

/** Smallest and largest number of each channel of a matrix [tokens, channels]. */
export function rangesOf({ rows, cols, data }: AttentionHead["keys"]): [least: number, most: number][] {
  return Array.from({ length: cols }, (_, channel) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let token = 0; token < rows; token++) {
      const value = data[token * cols + channel] ?? 0;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    return [least, most];
  });
}
