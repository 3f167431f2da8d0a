import { invalid, show, text } from "./arguments.ts";
import type { MetadataToWrite, MetadataType, MetadataValue } from "./file_types.ts";

/** Values of GGUF's metadata in JavaScript, and their bytes in the file. The engine has checked their structure. */

/** A value as the file stores it. */
export interface StoredValue {
  key: string;
  /** "uint32", "string", …, or "array" with the type of its elements. */
  type: string;
  element: string;
  /** Elements of an array, else 1. */
  count: number;
  /** The values one after the other, little-endian; a string is its length in 64 bits and its UTF-8. */
  payload: Uint8Array;
}

const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float64: Float64Array,
} as const;

type NumberType = keyof typeof arrays;

const isNumberType = (type: string): type is NumberType => Object.hasOwn(arrays, type);

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function readStrings({ payload, count }: StoredValue): string[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const texts: string[] = [];
  for (let position = 0; texts.length < count; ) {
    const begin = position + 8;
    position = begin + Number(view.getBigUint64(position, true));
    texts.push(decoder.decode(payload.subarray(begin, position)));
  }
  return texts;
}

/** The elements of a stored value. */
function readElements(value: StoredValue) {
  if (value.element === "string") return readStrings(value);
  if (value.element === "bool") return Array.from(value.payload, (byte) => byte !== 0);
  if (!isNumberType(value.element)) throw new Error(`the engine let a type ${value.element} pass`);
  return new arrays[value.element](value.payload.slice().buffer);
}

/** A 64-bit integer as a number where that is exact. */
function plain(value: bigint | number | string | boolean) {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** What a stored value is in JavaScript. */
export function readValue(value: StoredValue): MetadataValue {
  const elements = readElements(value);
  return value.type === "array" ? elements : plain(elements[0] as bigint | number | string | boolean);
}

/** A stored value's type as the face names it. */
export function typeOf({ type, element }: StoredValue): MetadataType {
  return (type === "array" ? `${element}[]` : element) as MetadataType;
}

/** The type that plain JavaScript values get. */
function defaultType(value: unknown, name: string): MetadataType {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return value < 0n ? "int64" : "uint64";
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return "float32";
    if (value >= 0) return value < 2 ** 32 ? "uint32" : "uint64";
    return value >= -(2 ** 31) ? "int32" : "int64";
  }
  if (Array.isArray(value) && value.length > 0) return `${defaultType(value[0], name) as "string"}[]`;
  const found = Object.entries(arrays).find(([, type]) => value instanceof type);
  if (found) return `${found[0] as NumberType}[]`;
  throw invalid(
    `${name} must be text, a number, true or false, or an array of one of them, got ${show(value)}`,
  );
}

function writeStrings(texts: readonly unknown[], name: string): Uint8Array {
  const encoded = texts.map((text) => {
    if (typeof text !== "string") throw invalid(`${name} must be text, got ${show(text)}`);
    return encoder.encode(text);
  });
  const bytes = new Uint8Array(encoded.reduce((sum, text) => sum + 8 + text.length, 0));
  const view = new DataView(bytes.buffer);
  let position = 0;
  for (const text of encoded) {
    view.setBigUint64(position, BigInt(text.length), true);
    bytes.set(text, position + 8);
    position += 8 + text.length;
  }
  return bytes;
}

function writeBooleans(values: readonly unknown[], name: string): Uint8Array {
  return Uint8Array.from(values, (value) => {
    if (typeof value !== "boolean") throw invalid(`${name} must be true or false, got ${show(value)}`);
    return Number(value);
  });
}

/** Numbers as elements of `type`; those that it does not hold are refused. */
function writeNumbers(values: ArrayLike<unknown>, type: NumberType, name: string): Uint8Array {
  const elements = new arrays[type](values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number" && typeof value !== "bigint") {
      throw invalid(`${name} must be a number, got ${show(value)}`);
    }
    const isFloat = type === "float32" || type === "float64";
    if (!isFloat && !Number.isInteger(Number(value))) throw invalid(`${name} must be whole, got ${value}`);
    const is64 = elements instanceof BigInt64Array || elements instanceof BigUint64Array;
    elements[i] = is64 ? BigInt(value) : Number(value);
    if (!isFloat && BigInt(elements[i] as number | bigint) !== BigInt(value)) {
      throw invalid(`${name} is ${value}, which ${type} does not hold`);
    }
  }
  return new Uint8Array(elements.buffer);
}

/** One entry of metadata as the file stores it. */
function storedValue(key: string, given: MetadataToWrite[string]): StoredValue {
  const name = `metadata ${key}`;
  const named = typeof given === "object" && given !== null && "type" in given && "value" in given;
  const value = named ? given.value : given;
  const type = named ? text(given.type, `type of ${name}`) : defaultType(value, name);
  const isArray = type.endsWith("[]");
  const element = isArray ? type.slice(0, -2) : type;
  if (isArray && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    throw invalid(`${name} must be an array, got ${show(value)}`);
  }
  const values = (isArray ? value : [value]) as unknown[];
  const write = () => {
    if (element === "string") return writeStrings(values, name);
    if (element === "bool") return writeBooleans(values, name);
    if (isNumberType(element)) return writeNumbers(values, element, name);
    throw invalid(`${name} has the type ${show(type)}, which GGUF does not have`);
  };
  return { key, type: isArray ? "array" : element, element, count: values.length, payload: write() };
}

/** Metadata as the file stores them. */
export function storedMetadata(metadata: MetadataToWrite): StoredValue[] {
  if (typeof metadata !== "object" || metadata === null) {
    throw invalid(`metadata must be an object, got ${show(metadata)}`);
  }
  return Object.entries(metadata).map(([key, value]) => storedValue(key, value));
}
