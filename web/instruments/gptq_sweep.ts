import type { Matrix, SampledLayer } from "../../bindings/engine.ts";
import type { InstrumentEngine } from "./instrument.ts";

/** Size of the layer: few enough weights to look at each. */
export const outputs = 6;
export const inputs = 12;
const tokens = 512;

/** What the sweep depends on. */
export interface SweepSettings {
  format: string;
  /** Whether the inputs of the largest activations come first. */
  activationOrder: boolean;
  damping: number;
  /** Of neighbouring inputs. */
  correlation: number;
  seed: number;
}

/** GPTQ on a small layer, column by column. A column has a place in the sweep, from 0; a step is a column done. */
export interface Sweep {
  layer: SampledLayer;
  /** Input of each place. */
  order: readonly number[];
  /** A weight after some steps. */
  weight(step: number, output: number, place: number): number;
  /** Entries of u, upper triangular: from row i on, uᵀ u is the inverse Hessian of the columns not yet done. */
  factor(row: number, column: number): number;
  /** The grid of each output. */
  levels: readonly Float64Array[];
  /** What each place's rounding cost, Σ e² / 2. */
  losses: readonly number[];
  /** Relative output errors after each number of steps, from 0 on: of GPTQ, and of rounding to nearest. */
  errors: { gptq: readonly number[]; nearest: readonly number[] };
  /** The same of the finished layers, on tokens that GPTQ has not seen. */
  heldOutErrors: { gptq: number; nearest: number };
  /** What was added to the diagonal, as a share of its mean. */
  damping: number;
}

function at({ cols, data }: Matrix<Float32Array>, row: number, column: number): number {
  return data[row * cols + column] ?? Number.NaN;
}

/** Draws a layer whose weights are told in units of their spread. */
function drawLayer(
  engine: InstrumentEngine,
  { correlation, seed }: SweepSettings,
): SampledLayer | Promise<SampledLayer> {
  return engine.sampleLayer({
    outputs,
    inputs,
    tokens,
    heldOutTokens: tokens,
    sigma: 1,
    correlation,
    outlierChannels: 1 / inputs,
    outlierLeast: 4,
    outlierMost: 8,
    heavyTokens: 0,
    seed,
  });
}

/** Has the engine quantize a layer by GPTQ, one column a block, beside rounding to nearest. */
export async function sweep(engine: InstrumentEngine, settings: SweepSettings): Promise<Sweep> {
  const { format, activationOrder, damping } = settings;
  const layer = await drawLayer(engine, settings);
  const { weights, calibration, heldOut } = layer;
  const { trace, outputError } = await engine.compressLayer(
    { weights, calibration, heldOut },
    { method: "gptq", format, group: "row", activationOrder, damping, block: 1, steps: true },
  );
  const series = (name: string) => trace[name] ?? new Float64Array();
  const [order, steps, factor] = [Array.from(series("order")), series("steps"), series("factor")];
  const levels = series("levels");
  const width = levels.length / outputs;
  return {
    layer,
    order,
    weight: (step, output, place) =>
      (step === 0
        ? at(weights, output, order[place] ?? 0)
        : steps[((step - 1) * inputs + place) * outputs + output]) ?? Number.NaN,
    factor: (row, column) => factor[row * inputs + column] ?? Number.NaN,
    levels: Array.from({ length: outputs }, (_, row) => levels.subarray(row * width, (row + 1) * width)),
    losses: order.map((input) => series("inputLoss")[input] ?? Number.NaN),
    errors: { gptq: Array.from(series("stepErrors")), nearest: Array.from(series("nearestErrors")) },
    heldOutErrors: { gptq: outputError, nearest: series("nearestHeldOutError")[0] ?? Number.NaN },
    damping: series("damping")[0] ?? damping,
  };
}
