import type { FormatInfo, TensorOptions } from "../../bindings/engine.ts";

export type ScaleRule = NonNullable<TensorOptions["scaleRule"]>;
export type Overflow = NonNullable<TensorOptions["overflow"]>;

/** How a microscaling block may round its scale. */
export const scaleRules: { value: ScaleRule; text: string }[] = [
  { value: "floor", text: "down (OCP)" },
  { value: "ceil", text: "up" },
];

/** What may become of a weight beyond the largest number of a small float. */
export const overflowRules: { value: Overflow; text: string }[] = [
  { value: "saturate", text: "saturates" },
  { value: "ieee", text: "infinity or NaN" },
];

/** Whether the scales of a format are powers of two, so that a rule says which way they are rounded. */
export function roundsToPowers({ kind, id }: FormatInfo): boolean {
  return kind === "microscaling" && id.startsWith("mx");
}

/** Whether a format has codes for infinity or NaN, so that a rule says when they are used. */
export function overflows({ kind, id }: FormatInfo): boolean {
  return kind === "float" && id.startsWith("fp8");
}
