import type { FormatInfo, Group } from "../../bindings/engine.ts";
import type { InstrumentEngine } from "./instrument.ts";
import { shapeFor } from "./sample_tensor.ts";
import type { SharedTensor } from "./shared_tensor.ts";

/** What a format costs on a tensor. */
export interface Measurement {
  /** Bits stored for each weight of this tensor, scales, codebooks and padding included. */
  bitsPerWeight: number;
  rmse: number;
  sqnrDb: number;
  /** Distance to the Gaussian rate–distortion bound at so many bits. */
  gapDb: number;
}

/** The engine's answer: the cost, or its refusal of these weights. */
export interface Outcome {
  cost?: Measurement;
  refusal?: string;
}

/** Measures formats on tensors, each once. */
export interface Measuring {
  /** What is known already. */
  known(tensor: SharedTensor, format: FormatInfo, group: Group): Outcome | undefined;
  /** `isSample`: whether the tensor is the sample, whose rows run on. */
  measure(tensor: SharedTensor, format: FormatInfo, group: Group, isSample: boolean): Promise<Outcome>;
}

/** Measuring by an engine whose time is nobody else's. */
export function measuring(engine: InstrumentEngine): Measuring {
  const known = new WeakMap<SharedTensor, Map<string, Outcome>>();
  const key = ({ id, grouped }: FormatInfo, group: Group) => (grouped ? `${id} ${group}` : id);

  async function ask(
    tensor: SharedTensor,
    { id, grouped }: FormatInfo,
    group: Group,
    isSample: boolean,
  ): Promise<Outcome> {
    try {
      const { bitsPerWeight, rmse, sqnrDb } = await engine.roundTrip(tensor.weights, {
        format: id,
        ...(grouped ? { group } : {}),
        ...shapeFor(tensor, grouped ? group : "tensor", isSample),
      });
      const gapDb = await engine.rateDistortionGap({ sqnrDb, bitsPerWeight });
      return { cost: { bitsPerWeight, rmse, sqnrDb, gapDb } };
    } catch (reason) {
      return { refusal: reason instanceof Error ? reason.message : String(reason) };
    }
  }

  return {
    known: (tensor, format, group) => known.get(tensor)?.get(key(format, group)),
    async measure(tensor, format, group, isSample) {
      const outcome = await ask(tensor, format, group, isSample);
      const outcomes = known.get(tensor) ?? new Map<string, Outcome>();
      known.set(tensor, outcomes.set(key(format, group), outcome));
      return outcome;
    },
  };
}
