import type { FormatInfo } from "../../../bindings/engine.ts";
import type { State } from "../your_weights.ts";
import type { ExportChoice } from "./desk.ts";

/** What weights may be stored as in a safetensors file. */
export const storedTypes = ["BF16", "F16", "F32"] as const;

export type StoredType = (typeof storedTypes)[number];

/** What the state asks an export to make. */
export function exportChoice(state: State, formats: readonly FormatInfo[]): ExportChoice {
  if (state.container === "gguf") return { to: "gguf", format: state.mixture };
  const format = formats.find(({ id }) => id === state.exportFormat);
  return {
    to: "safetensors",
    format: state.exportFormat,
    type: state.storedType,
    ...(format?.grouped ? { group: format.blockSize } : {}),
  };
}

/** What the file is called: `model.safetensors` in Q4_K_M becomes `model-q4_k_m.gguf`. */
export function exportName(model: string, state: State): string {
  const stem = model.replace(/(\.safetensors)?\.index\.json$|\.[^.]*$/i, "");
  const format = state.container === "gguf" ? state.mixture : state.exportFormat;
  return `${stem}-${format}.${state.container}`;
}
