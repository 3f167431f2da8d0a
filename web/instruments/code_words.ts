import { html, type TemplateResult } from "lit";
import type { CodeTable } from "../../bindings/engine.ts";
import { valueText } from "./words.ts";

/** What a bit of a code belongs to. */
export type Field = "sign" | "exponent" | "mantissa" | "code";

/** A bit of a code: its field, and its place there, 0 the lowest. */
export interface Bit {
  field: Field;
  place: number;
}

/** The bits of a code from the lowest upwards: mantissa, exponent, sign; or plain bits where it has no such fields. */
export function bitsOf({ signBits, exponentBits, mantissaBits, codeBits }: CodeTable): Bit[] {
  const places = (field: Field, count: number) =>
    Array.from({ length: count }, (_, place) => ({ field, place }));
  if (exponentBits === 0) return places("code", codeBits);
  return [
    ...places("mantissa", mantissaBits),
    ...places("exponent", exponentBits),
    ...places("sign", signBits),
  ];
}

/** A code in binary, every bit written. */
export function binaryText({ codeBits }: CodeTable, code: number): string {
  return code.toString(2).padStart(codeBits, "0");
}

/** A number that a code spells as sign · 2^power · (leading + numerator / denominator). */
export interface Terms {
  sign: 1 | -1;
  exponent: number;
  bias: number;
  /** exponent − bias, and one more where the exponent field is zero and the leading digit with it. */
  power: number;
  leading: 0 | 1;
  numerator: number;
  denominator: number;
}

/** The parts of a code with an exponent, as IEEE 754 reads them. */
export function termsOf({ signBits, exponentBits, mantissaBits }: CodeTable, code: number): Terms {
  const field = (from: number, width: number) => (code >> from) % 2 ** width;
  const exponent = field(mantissaBits, exponentBits);
  const bias = 2 ** (exponentBits - 1) - 1;
  // A power of two without mantissa has no subnormal numbers.
  const isSubnormal = exponent === 0 && mantissaBits > 0;
  return {
    sign: signBits > 0 && field(mantissaBits + exponentBits, signBits) === 1 ? -1 : 1,
    exponent,
    bias,
    power: (isSubnormal ? 1 : exponent) - bias,
    leading: isSubnormal ? 0 : 1,
    numerator: field(0, mantissaBits),
    denominator: 2 ** mantissaBits,
  };
}

/** What each bit of a code is worth by itself, if the values of all codes are sums of their bits' worth. */
export function bitWorths({ values, codeBits }: CodeTable): number[] | undefined {
  const worths = Array.from({ length: codeBits }, (_, bit) => values[1 << bit] ?? Number.NaN);
  const sum = (code: number) => worths.reduce((total, worth, bit) => total + ((code >> bit) % 2) * worth, 0);
  return Array.from(values).every((value, code) => sum(code) === value) ? worths : undefined;
}

/** How a code spells its value, before any scale: as powers of two, as a sum of its bits, or as the entry of a table. */
export function spelling(codes: CodeTable, code: number): TemplateResult {
  const value = codes.values[code] ?? Number.NaN;
  if (!Number.isFinite(value)) {
    return html`this code is kept for ${Number.isNaN(value) ? "“not a number”" : value > 0 ? "+∞" : "−∞"}`;
  }
  if (codes.exponentBits > 0) return floatSpelling(codes, termsOf(codes, code), value);
  const worths = bitWorths(codes);
  if (worths) {
    const terms = worths.flatMap((worth, bit) => ((code >> bit) % 2 === 1 ? [valueText(worth)] : []));
    return html`${terms.length > 0 ? terms.reverse().join(" + ").replaceAll("+ −", "− ") : "no bit set"} = ${valueText(value)}`;
  }
  return html`entry ${code} of the table of ${codes.values.length}: ${valueText(value)}`;
}

function floatSpelling({ signBits, mantissaBits }: CodeTable, terms: Terms, value: number): TemplateResult {
  const { sign, exponent, bias, leading, numerator, denominator } = terms;
  const minus = signBits > 0 ? html`(−1)<sup>${sign < 0 ? 1 : 0}</sup> × ` : "";
  const power = html`2<sup>${leading === 0 ? 1 : exponent} − ${bias}</sup>`;
  const fraction = mantissaBits > 0 ? html` × (${leading} + ${numerator}/${denominator})` : "";
  return html`${minus}${power}${fraction} = ${valueText(value)}`;
}
