import type { FormatInfo } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";

/** A format in as few letters as a label has room for: `INT4`, `FP8 E4M3`, and ggml's as ggml spells them, `Q4_K`. */
export function shortName({ id, kind }: FormatInfo): string {
  const name = id.toUpperCase();
  return kind === "ggml" ? name : name.replaceAll("_", " ");
}

/** The kinds of formats, as a list of formats is divided. */
const kindNames: Record<string, string> = {
  float: "Floating point",
  integer: "Integer grids",
  codebook: "Codebooks",
  microscaling: "Microscaling",
  ggml: "ggml blocks",
  vector: "Vector quantization",
};

/** A kind of format as a reader knows it. */
export function kindName(kind: string): string {
  return kindNames[kind] ?? kind;
}

/** Formats to choose from, those of a kind together. */
export function formatOptions(formats: readonly FormatInfo[]) {
  const kinds = [...new Set(formats.map(({ kind }) => kind))];
  return kinds.map((kind) => ({
    label: kindName(kind),
    options: formats
      .filter((format) => format.kind === kind)
      .map(({ id, name }) => ({ value: id, text: name })),
  }));
}

/** An error in the digits of Cell 2, or in a power of ten where these are too few. */
export function errorText(error: number): string {
  return formatFigure(error, error === 0 || error >= 0.0001 ? "fixed 6" : "scientific 2");
}

/** A value of a format: six significant digits at most, and a power of ten where it is very small or large. */
export function valueText(value: number): string {
  if (!Number.isFinite(value)) return formatFigure(value, "integer");
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return formatFigure(value, "scientific 3");
  const text = formatFigure(Number(value.toPrecision(6)), "digits 6");
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Tokens per second: to a tenth where a tenth can matter. */
export function rateText(tokensPerSecond: number): string {
  return formatFigure(tokensPerSecond, tokensPerSecond < 1000 ? "fixed 1" : "integer");
}
