/** How far an answer may lie from the right value: a share of it, or an absolute distance. */
export type Tolerance = { kind: "relative" | "absolute"; amount: number };

/**
 * Reads the tolerance of an exercise: `0.5%` of the right value, or an absolute number.
 *
 * @throws Error where it is neither.
 */
export function parseTolerance(text: string | number): Tolerance {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*(%?)\s*$/i.exec(String(text)) ?? [];
  if (digits === undefined) throw new Error(`'${text}' is not a tolerance: give 0.5% or a number`);
  return percent === "%"
    ? { kind: "relative", amount: Number(digits) / 100 }
    : { kind: "absolute", amount: Number(digits) };
}

/** Whether `value` is `target`, as far as the tolerance cares; one part in 10⁹ is forgiven to every answer. */
export function isWithin(value: number, target: number, tolerance: Tolerance): boolean {
  const allowed = tolerance.kind === "relative" ? tolerance.amount * Math.abs(target) : tolerance.amount;
  return Math.abs(value - target) <= allowed + 1e-9 * Math.abs(target);
}
