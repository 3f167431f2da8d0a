import type { InstrumentModule } from "./instrument.ts";

/** An instrument as the page names it; its code is loaded when it is needed. */
export interface InstrumentEntry {
  id: string;
  /** Missing where the instrument is a table come to life, which has its number already. */
  number?: string;
  title: string;
  subtitle: string;
  // biome-ignore lint/suspicious/noExplicitAny: each instrument has a state and a view of its own.
  load(): Promise<InstrumentModule<any, any>>;
}

/** Every instrument of the encyclopedia, in the order of their numbers. */
export const instruments: readonly InstrumentEntry[] = [
  {
    id: "dark-knowledge",
    number: "7.1",
    title: "Dark knowledge",
    subtitle: "Teacher softmax at temperature τ",
    load: () => import("./dark_knowledge.ts"),
  },
  {
    id: "quantizer",
    number: "7.2",
    title: "Quantize a weight tensor",
    subtitle: "8,192 weights · Gaussian + outliers",
    load: () => import("./quantizer.ts"),
  },
  {
    id: "speed-of-light",
    number: "7.3",
    title: "Speed of light",
    subtitle: "Decode ceiling and memory of a served model",
    load: () => import("./speed_of_light.ts"),
  },
  {
    id: "number-line",
    number: "7.4",
    title: "Number line",
    subtitle: "The values of a format, the bits that spell them",
    load: () => import("./number_line.ts"),
  },
  {
    id: "landscape",
    title: "Every format, measured",
    subtitle: "Bits, error, distance to the bound",
    load: () => import("./landscape.ts"),
  },
  {
    id: "your-weights",
    number: "7.5",
    title: "Your weights",
    subtitle: "A model file of your own · nothing leaves your machine",
    load: () => import("./your_weights.ts"),
  },
  {
    id: "gptq-steps",
    number: "7.6",
    title: "GPTQ, column by column",
    subtitle: "6 × 12 weights · each error flows to the columns still open",
    load: () => import("./gptq_steps.ts"),
  },
  {
    id: "outlier-migration",
    number: "7.7",
    title: "Outlier migration",
    subtitle: "What a scale moves from activations to weights",
    load: () => import("./outlier_migration.ts"),
  },
  {
    id: "two-bits",
    number: "7.8",
    title: "Two bits",
    subtitle: "65,536 points for eight weights, laid out three ways",
    load: () => import("./two_bits.ts"),
  },
  {
    id: "prune",
    number: "7.9",
    title: "Prune",
    subtitle: "Magnitude, Wanda, SparseGPT on one layer",
    load: () => import("./prune.ts"),
  },
  {
    id: "kv-cache",
    number: "7.10",
    title: "KV cache",
    subtitle: "Keys and values in few bits",
    load: () => import("./kv_cache.ts"),
  },
  {
    id: "bake-off",
    number: "7.11",
    title: "Bake-off",
    subtitle: "Methods × bits × groups on one layer",
    load: () => import("./bake_off.ts"),
  },
];

/** The entry of an instrument. @throws Error naming an id that does not exist. */
export function findInstrument(id: string): InstrumentEntry {
  const entry = instruments.find((instrument) => instrument.id === id);
  if (!entry) throw new Error(`there is no instrument '${id}'`);
  return entry;
}
