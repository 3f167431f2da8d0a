import type { Numbers } from "./engine.ts";
import { EngineError } from "./errors.ts";

/**
 * Checks of what JavaScript may pass wrongly and C++ could not see: types, names, whole numbers.
 * The bounds of a quantity are checked by the engine, once for every caller.
 */

/** Reads a value as T, or throws an error that names it. */
export type Reader<T> = (value: unknown, name: string) => T;

type Shape = Record<string, Reader<unknown>>;
type Values<S extends Shape> = { [Name in keyof S]: ReturnType<S[Name]> };

/**
 * Most elements of one array: as float64 it stays below 2 GiB, the largest object of C++ in a 32-bit
 * memory.
 */
export const mostElements = 2 ** 28 - 1;

export function invalid(message: string): EngineError {
  return new EngineError("invalid-argument", message);
}

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return value.length > longestWord ? "a longer one" : `"${value}"`;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A finite number. */
export const number: Reader<number> = (value, name) => {
  if (typeof value !== "number") throw invalid(`${name} must be a number, got ${show(value)}`);
  if (!Number.isFinite(value)) throw invalid(`${name} must be finite, got ${value}`);
  return value;
};

/** A whole number from `lowest` to `highest`. */
export function integer(lowest: number, highest: number): Reader<number> {
  return (value, name) => {
    const given = number(value, name);
    if (Number.isInteger(given) && given >= lowest && given <= highest) return given;
    throw invalid(`${name} must be an integer from ${lowest} to ${highest}, got ${given}`);
  };
}

/** How many elements an array is to have. */
export const count = integer(1, mostElements);

/** Ids and other words; none is longer than this. */
const longestWord = 64;

export const word: Reader<string> = (value, name) => {
  if (typeof value === "string" && value.length <= longestWord) return value;
  throw invalid(`${name} must be a string of at most ${longestWord} characters, got ${show(value)}`);
};

/** A text of any length. */
export const text: Reader<string> = (value, name) => {
  if (typeof value === "string") return value;
  throw invalid(`${name} must be a string, got ${show(value)}`);
};

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(words: Words): Reader<Words[number]> {
  return (value, name) => {
    if (typeof value === "string" && words.includes(value)) return value;
    throw invalid(`${name} must be one of ${words.join(", ")}, got ${show(value)}`);
  };
}

/** Like `reader`, with a default for what is not given. */
export function optional<T>(reader: Reader<T>, otherwise: T): Reader<T> {
  return (value, name) => (value === undefined ? otherwise : reader(value, name));
}

/** A value that may be left out; the engine has its default then. */
export const given =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value, name) =>
    value === undefined ? undefined : reader(value, name);

/** An array, each element of which is read by `reader`. */
export function array<T>(reader: Reader<T>): Reader<T[]> {
  return (value, name) => {
    if (Array.isArray(value)) return value.map((element, i) => reader(element, `${name}[${i}]`));
    throw invalid(`${name} must be an array, got ${show(value)}`);
  };
}

function isTypedArray(value: unknown): value is Exclude<Numbers, readonly number[]> {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return !(value instanceof BigInt64Array || value instanceof BigUint64Array);
}

/** A non-empty array of numbers; the engine refuses those that are not finite. */
const numbers: Reader<Numbers> = (value, name) => {
  if (!isTypedArray(value) && !Array.isArray(value)) {
    throw invalid(`${name} must be an array of numbers, got ${show(value)}`);
  }
  if (value.length === 0) throw invalid(`${name} must not be empty`);
  if (value.length > mostElements) {
    throw invalid(`${name} must have at most ${mostElements} elements, got ${value.length}`);
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (typeof value[i] !== "number")
        throw invalid(`${name}[${i}] must be a number, got ${show(value[i])}`);
    }
  }
  return value;
};

export const float32: Reader<Float32Array> = (value, name) => {
  const given = numbers(value, name);
  if (given instanceof Float32Array) return given;
  const rounded = new Float32Array(given);
  const i = rounded.findIndex((number, at) => !Number.isFinite(number) && Number.isFinite(given[at]));
  if (i >= 0)
    throw new EngineError("overflow", `${name}[${i}] is ${given[i]}, beyond the largest float32, 3.4e38`);
  return rounded;
};

export const float64: Reader<Float64Array> = (value, name) => {
  const given = numbers(value, name);
  return given instanceof Float64Array ? given : new Float64Array(given);
};

export const bytes: Reader<Uint8Array> = (value, name) => {
  if (value instanceof Uint8Array) return value;
  throw invalid(`${name} must be a Uint8Array, got ${show(value)}`);
};

/** Reads an object of named arguments: each one present, each one read by its reader, no other. */
export function named<S extends Shape>(
  shape: S,
  usualName = "options",
): (value: unknown, name?: string) => Values<S> {
  return (value, name = usualName) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw invalid(`${name} must be an object with ${Object.keys(shape).join(", ")}, got ${show(value)}`);
    }
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(shape, key)) {
        throw invalid(`unknown option ${key}; known: ${Object.keys(shape).join(", ")}`);
      }
    }
    const given = value as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(shape).map(([key, reader]) => [key, reader(given[key], key)]),
    ) as Values<S>;
  };
}
