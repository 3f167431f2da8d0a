import { suggestion } from "./nearest.ts";

/** A format specification that does not exist or does not fit the value. */
export class FormatError extends Error {
  override name = "FormatError";
}

/** U+00A0: a figure and its unit stay on one line. */
const space = "\u00a0";

const superscripts: Record<string, string> = Object.fromEntries(
  [..."-0123456789"].map((sign, index) => [sign, "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"[index] ?? ""]),
);

function decimal(value: number, options: Intl.NumberFormatOptions): string {
  // "negative" keeps a rounded −0.04 from reading "−0".
  return new Intl.NumberFormat("en-US", { signDisplay: "negative", ...options })
    .format(value)
    .replace("-", "−");
}

function fixed(value: number, decimals: number): string {
  return decimal(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function scientific(value: number, decimals: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(decimals).split("e");
  const power = [...String(Number(exponent))].map((sign) => superscripts[sign]).join("");
  return `${mantissa.replace("-", "−")}${space}×${space}10${power}`;
}

/**
 * Writes `value` in the largest of the units (each 1000 times the one before) that leaves at least 1 before
 * the point.
 */
function inUnits(value: number, units: readonly string[], decimals: { least: number; most: number }): string {
  let scaled = value;
  let unit = 0;
  const rounded = () => Number(Math.abs(scaled).toFixed(decimals.most));
  while (rounded() >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  const figure = decimal(scaled, {
    minimumFractionDigits: decimals.least,
    maximumFractionDigits: decimals.most,
  });
  return `${figure}${units[unit]}`;
}

const countUnits = ["", "K", "M", "B", "T"];
const byteUnits = ["B", "kB", "MB", "GB", "TB", "PB"].map((unit) => space + unit);

type Writer = (value: number, decimals: number) => string;

const counted: Record<string, Writer> = {
  fixed,
  digits: (value, digits) =>
    decimal(value, { minimumSignificantDigits: digits, maximumSignificantDigits: digits }),
  scientific,
  percent: (value, decimals) =>
    decimal(value, { style: "percent", minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  count: (value, decimals) => inUnits(value, countUnits, { least: 0, most: decimals }),
  bytes: (value, decimals) => inUnits(value, byteUnits, { least: decimals, most: decimals }),
};

const formatNames = [...Object.keys(counted), "integer", "text"];

/**
 * Reads a format specification: `fixed N`, `digits N` (significant), `scientific N`, `percent N`, `count N`
 * (N: most decimals), `bytes N` (SI units), `integer` or `text`.
 *
 * @returns a function that writes a value in that format.
 * @throws FormatError naming the part that is wrong.
 */
export function parseFormat(spec: string): (value: number | string) => string {
  const [name = "", decimalsText, ...rest] = spec.trim().split(/\s+/);
  if (name === "") throw new FormatError("a figure needs a format, such as 'fixed 1'");
  if (!formatNames.includes(name)) {
    throw new FormatError(`there is no format '${name}'${suggestion(name, formatNames)}`);
  }
  if (name === "text" || name === "integer") {
    if (decimalsText !== undefined) throw new FormatError(`the format '${name}' takes no number`);
    return name === "text" ? String : (value) => writeNumber(value, spec, (number) => fixed(number, 0));
  }
  const least = name === "digits" ? 1 : 0;
  const decimals = Number(decimalsText);
  if (!/^\d+$/.test(decimalsText ?? "") || decimals < least || decimals > 15 || rest.length > 0) {
    throw new FormatError(`the format '${name}' takes one number from ${least} to 15, as in '${name} 2'`);
  }
  return (value) => writeNumber(value, spec, (number) => counted[name]?.(number, decimals) ?? "");
}

function writeNumber(value: number | string, spec: string, write: (value: number) => string): string {
  if (typeof value === "string") throw new FormatError(`'${value}' is a text, which '${spec}' cannot format`);
  if (Number.isNaN(value)) return "—";
  return Number.isFinite(value) ? write(value) : value > 0 ? "∞" : "−∞";
}

/**
 * Writes a computed figure as a reader meets it: `formatFigure(95.714, "fixed 1")` is `95.7`. Digits are
 * grouped by commas, the minus sign is U+2212, and a unit is bound to its figure by U+00A0.
 *
 * @throws FormatError for a specification that does not exist (see {@link parseFormat}).
 */
export function formatFigure(value: number | string, spec: string): string {
  return parseFormat(spec)(value);
}
