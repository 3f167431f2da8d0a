import type { FormatInfo } from "../../bindings/engine.ts";
import { formatFigure } from "../figures/format.ts";

/** A format in as few letters as a label has room for: `INT4`, `FP8 E4M3`. */
export function shortName({ id }: FormatInfo): string {
  return id.toUpperCase().replaceAll("_", " ");
}

/** Tokens per second: to a tenth where a tenth can matter. */
export function rateText(tokensPerSecond: number): string {
  return formatFigure(tokensPerSecond, tokensPerSecond < 1000 ? "fixed 1" : "integer");
}
