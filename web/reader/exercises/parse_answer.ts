/**
 * What a reader's answer says: a number, in every reading of an ambiguous one (`1,234`), or why it could not be read.
 */
export type Answer =
  | { kind: "number"; readings: readonly number[] }
  | { kind: "empty" }
  | { kind: "unreadable"; reason: string };

const answerPattern = new RegExp(
  [
    "^(?:[^=]{0,16}=|[≈~×x]|about\\b|ca\\.?)?\\s*",
    "(?<sign>[-+]?)\\s*",
    "(?<digits>(?:\\d[\\d.,'_ ]*|[.,]\\d[\\d ]*))",
    "(?:e(?<exponent>[-+]?\\d+)|[×x*·⋅]\\s*10\\s*(?:\\^|\\*\\*)?\\s*[({]?(?<power>[-+]?\\d+)[)}]?)?",
    "\\s*(?<rest>.*)$",
  ].join(""),
  "i",
);

const scales: Record<string, number> = {
  k: 1e3,
  thousand: 1e3,
  m: 1e6,
  million: 1e6,
  b: 1e9,
  bn: 1e9,
  g: 1e9,
  billion: 1e9,
  billions: 1e9,
  t: 1e12,
  trillion: 1e12,
};

/** Words that may follow a number without changing it. */
const nouns = ["", "param", "weight", "weights", "times", "fold", "-fold", "x", "×"];

/** Digits whose thousands are set apart by spaces, apostrophes or underscores: `3 500 000`. */
const spacedThousands = /^\d{1,3}(?<gap>[ '_])\d{3}(?:\k<gap>\d{3})*(?![ '_\d])/;

/**
 * Signs, spaces, full-width digits and superscripts in the one spelling that the pattern reads: `10⁻²` is `10^-2`, and
 * where a power of ten stands alone `1e-2`.
 */
function normalize(text: string, unit: string): string {
  const normal = text
    .replaceAll(/[⁺⁻]?[⁰¹²³⁴-⁹]+/g, (power) => `^${power.normalize("NFKC")}`)
    .normalize("NFKC")
    .replaceAll(/[−–—‒]/g, "-")
    .replaceAll(/[’ʼ´`]/g, "'")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/^\((.*)\)$/, "$1")
    .replace(/^([-+]?)10 ?\^ ?([-+]?\d+)/, "$11e$2");
  const isUnitFirst = unit !== "" && normal.toLowerCase().startsWith(unit.toLowerCase());
  return isUnitFirst ? normal.slice(unit.length).trim() : normal;
}

/** What the reader wrote, as far as a sentence has room for it. */
function quote(text: string): string {
  const trimmed = text.trim();
  return `“${trimmed.length > 40 ? `${trimmed.slice(0, 40)}…` : trimmed}”`;
}

/** Joins digits grouped by `separator`; undefined where they are not groups of three. */
function ungroup(digits: string, separator: string): string | undefined {
  const [first = "", ...others] = digits.split(separator);
  const areThousands = /^\d{1,3}$/.test(first) && others.every((group) => /^\d{3}$/.test(group));
  return others.length === 0 || areThousands ? first + others.join("") : undefined;
}

/** The readings of a string of digits with points, commas, spaces or apostrophes in it; none where it makes no sense. */
function readDigits(text: string): number[] {
  const digits = text
    .trim()
    .replace(/[.,]$/, "")
    .replace(spacedThousands, (grouped) => grouped.replaceAll(/[ '_]/g, ""));
  if (/[ '_]/.test(digits)) return [];
  const commas = digits.split(",").length - 1;
  const points = digits.split(".").length - 1;
  if (commas > 0 && points > 0) {
    const decimalSign = digits.lastIndexOf(",") > digits.lastIndexOf(".") ? "," : ".";
    const [whole = "", fraction = "", ...more] = digits.split(decimalSign);
    const joined = ungroup(whole, decimalSign === "," ? "." : ",");
    return joined === undefined || more.length > 0 ? [] : [Number(`${joined}.${fraction}`)];
  }
  if (commas > 1 || points > 1) {
    const joined = ungroup(digits, commas > 1 ? "," : ".");
    return joined === undefined ? [] : [Number(joined)];
  }
  const asDecimal = Number(digits.replace(",", "."));
  // One comma before three digits: thousands to one reader, the decimal sign to another.
  const grouped = commas === 1 && !digits.startsWith("0") ? ungroup(digits, ",") : undefined;
  return grouped === undefined ? [asDecimal] : [Number(grouped), asDecimal];
}

/** A unit in the one spelling in which units are compared: `tokens per second` is `tok/s`. */
function plainUnit(unit: string): string {
  return unit
    .toLowerCase()
    .replaceAll(/tokens?/g, "tok")
    .replaceAll(/parameters?|params?/g, "param")
    .replaceAll(/\bper\b/g, "/")
    .replaceAll(/seconds?|secs?/g, "s")
    .replaceAll(/ ?s\^-1/g, "/s")
    .replace(/^tps$/, "tok/s")
    .replaceAll(/[\s.·]+/g, "");
}

/**
 * The factors that what stands behind the digits may mean; none where it is neither a scale nor a unit that fits.
 * Where the unit asked for is itself a scale (B), a bare number may have been meant in it or in ones.
 */
function readRest(rest: string, unit: string): number[] {
  const asked = plainUnit(unit);
  const given = plainUnit(rest);
  const askedScale = scales[asked];
  if (given === asked && given !== "") return [1];
  if (nouns.includes(given)) return askedScale === undefined ? [1] : [1, 1 / askedScale];
  if (given === "%") return asked === "" ? [0.01] : [];
  const [, scaleWord = "", after = ""] = /^([a-z]+)\b\s*(.*)$/i.exec(rest) ?? [];
  const scale = scales[scaleWord.toLowerCase()];
  const isFitting = [...nouns, asked].includes(plainUnit(after));
  return scale === undefined || !isFitting ? [] : [scale / (askedScale ?? 1)];
}

/**
 * Reads the answer to an exercise as forgivingly as it can be read without guessing: decimal point or comma, grouped
 * digits, `9.57e1`, `× 10^12`, `10¹²`, a Unicode minus, a scale (`3.5B`, `3.5 billion`), and the unit asked for.
 *
 * @param unit the unit in which the answer is asked; empty for a plain number.
 */
export function parseAnswer(text: string, unit = ""): Answer {
  const normal = normalize(text, unit);
  if (normal === "") return { kind: "empty" };
  const parts = answerPattern.exec(normal)?.groups;
  if (parts === undefined)
    return { kind: "unreadable", reason: `${quote(text)} does not start with a number.` };
  const { sign = "", digits = "", exponent, power, rest = "" } = parts;
  if (/^[-+*/^]\s*[\d(]/.test(rest)) {
    return { kind: "unreadable", reason: "That is a calculation: please give its result, as one number." };
  }
  const factors = readRest(rest, unit);
  if (factors.length === 0) {
    const asked = unit === "" ? "a plain number is asked for" : `the answer is asked in ${unit}`;
    return { kind: "unreadable", reason: `${quote(rest)} is not a unit that fits here: ${asked}.` };
  }
  const magnitude = 10 ** Number(exponent ?? power ?? 0) * (sign === "-" ? -1 : 1);
  const readings = readDigits(digits).flatMap((value) => factors.map((factor) => value * magnitude * factor));
  if (readings.length === 0) {
    const reason = `${quote(digits)} can be read in more than one way: please write it without separators.`;
    return { kind: "unreadable", reason };
  }
  if (!readings.every(Number.isFinite)) {
    return { kind: "unreadable", reason: "That number is larger than this page can hold." };
  }
  return { kind: "number", readings };
}
