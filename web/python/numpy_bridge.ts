import * as numpy from "numpy-ts";
import {
  alias,
  broadcast,
  cast,
  type DType,
  elements,
  half,
  type NDArray,
  type Scalar,
  spread,
  stridesOf,
  type TypedArray,
} from "./numpy_arrays.ts";
import { numpyFunctions } from "./numpy_functions.ts";
import { gather, scatter } from "./numpy_selection.ts";
import { sumFloats } from "./numpy_sums.ts";

/**
 * The one crossing between the Python face (web/python/numpy/*.py) and numpy-ts. Arrays stay on this side as numpy-ts
 * NDArrays; Python holds handles and passes flat lists of integers. Every function here is coarse: one call per array
 * operation, never one per element.
 */

const functions = numpyFunctions as Record<string, (...values: unknown[]) => unknown>;

const constructors: Record<string, { new (buffer: ArrayBuffer): unknown }> = {
  float64: Float64Array,
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  complex128: Float64Array,
  complex64: Float32Array,
};

/** Compares numbers for sorting, NaN last. */
function order(x: number, y: number): number {
  if (x < y) return -1;
  if (x > y) return 1;
  return x === y ? 0 : Number(Number.isNaN(x)) - Number(Number.isNaN(y));
}

/** The functions that Python sees as the module `_numpy_bridge`. */
export const numpyBridge = {
  /** Calls the numpy-ts function `name` (dotted for a submodule) and returns what it returns. */
  call(name: string, ...values: unknown[]): unknown {
    let target: unknown = functions;
    for (const part of name.split(".")) target = (target as Record<string, unknown>)[part];
    return (target as (...values: unknown[]) => unknown)(...values);
  },

  shape(a: NDArray): string {
    return a.shape.join(",");
  },

  dtype(a: NDArray): string {
    return a.dtype;
  },

  strides(a: NDArray): string {
    return a.strides.join(",");
  },

  contiguous(a: NDArray): boolean {
    return a.storage.isCContiguous;
  },

  sharesMemory(a: NDArray, b: NDArray): boolean {
    return a.storage.data.buffer === b.storage.data.buffer && (numpy.shares_memory(a, b) as boolean);
  },

  /** An array over a copy of `bytes` (little-endian elements in C order). */
  fromBytes(bytes: Uint8Array, dtype: DType, shape: number[]): NDArray {
    const copy = bytes.slice();
    const data = new constructors[dtype](copy.buffer as ArrayBuffer) as TypedArray;
    const result = numpy.zeros(shape, dtype) as NDArray;
    (result.storage.data as Float64Array).set(data as Float64Array);
    return result;
  },

  /** The elements as bytes, in C order. */
  toBytes(a: NDArray): Uint8Array {
    const data = elements(a) as unknown as ArrayBufferView;
    return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).slice();
  },

  /** A plain typed array of the elements, for the engine. */
  toTypedArray(a: NDArray): TypedArray {
    return elements(a).slice() as TypedArray;
  },

  /** An array over a typed array that the engine gave. */
  fromTypedArray(data: TypedArray, dtype: DType, shape: number[]): NDArray {
    const result = numpy.zeros(shape, dtype) as NDArray;
    (result.storage.data as Float64Array).set(data as Float64Array);
    return result;
  },

  cast,

  full(shape: number[], value: Scalar, dtype: DType): NDArray {
    const result = numpy.zeros(shape, dtype) as NDArray;
    const wide = dtype === "int64" || dtype === "uint64";
    (result.storage.data as unknown as { fill(value: unknown): void }).fill(
      wide ? BigInt(value) : Number(value),
    );
    return result;
  },

  /** `start + i * step` for i < count, with the steps multiplied, not accumulated. */
  ramp(count: number, start: Scalar, step: Scalar, dtype: DType): NDArray {
    const result = numpy.zeros([count], dtype) as NDArray;
    const data = result.storage.data as unknown as Record<number, unknown>;
    if (dtype === "int64" || dtype === "uint64") {
      const [first, stride] = [BigInt(start), BigInt(step)];
      for (let i = 0; i < count; i++) data[i] = first + BigInt(i) * stride;
    } else {
      for (let i = 0; i < count; i++) data[i] = Number(start) + i * Number(step);
    }
    return result;
  },

  unary(name: string, a: NDArray | Scalar, dtype: DType): unknown {
    return half(functions[name](cast(a, dtype)));
  },

  /** Casts both operands to `dtype` and calls the ufunc; operands broadcast. */
  binary(name: string, a: NDArray | Scalar, b: NDArray | Scalar, dtype: DType): unknown {
    let operands: [NDArray, NDArray] = [cast(a, dtype), cast(b, dtype)];
    if (dtype.startsWith("complex")) operands = spread(...operands);
    return half(functions[name](...operands));
  },

  /** Basic indexing. `spec` holds (kind, start, step, count) per entry; kind 0 integer, 1 slice, 2 new axis. */
  view(a: NDArray, spec: number[]): NDArray {
    const shape: number[] = [];
    const strides: number[] = [];
    let offset = 0;
    let axis = 0;
    for (let i = 0; i < spec.length; i += 4) {
      const [kind, start, step, count] = spec.slice(i, i + 4);
      if (kind !== 0) shape.push(count);
      if (kind === 2) {
        strides.push(0);
        continue;
      }
      offset += start * a.strides[axis];
      if (kind === 1) strides.push(step * a.strides[axis]);
      axis++;
    }
    return alias(a, shape, strides, offset);
  },

  /** The same elements in another shape: a view of a contiguous array, else of a copy. */
  reshape(a: NDArray, shape: number[]): NDArray {
    const source = a.storage.isCContiguous ? a : a.copy();
    return alias(source, shape, stridesOf(shape), 0);
  },

  permute(a: NDArray, axes: number[]): NDArray {
    const shape = axes.map((axis) => a.shape[axis]);
    const strides = axes.map((axis) => a.strides[axis]);
    return alias(a, shape, strides, 0);
  },

  broadcast,

  copy(a: NDArray): NDArray {
    return a.copy() as NDArray;
  },

  /** Writes `value`, broadcast and cast, into every element of `target`. */
  assign(target: NDArray, value: NDArray | Scalar): void {
    let source = cast(value, target.dtype);
    if (source.storage.data.buffer === target.storage.data.buffer) source = source.copy() as NDArray;
    const spread = broadcast(source, [...target.shape]);
    const { shape, strides, offset, data } = target.storage;
    const from = spread.storage;
    const width = target.dtype.startsWith("complex") ? 2 : 1;
    const into = data as unknown as Record<number, unknown>;
    const values = from.data as unknown as Record<number, unknown>;
    const walk = (axis: number, to: number, at: number): void => {
      if (axis === shape.length) {
        for (let part = 0; part < width; part++) into[to * width + part] = values[at * width + part];
        return;
      }
      if (axis === shape.length - 1 && width === 1) {
        const [step, stride] = [strides[axis], from.strides[axis]];
        for (let i = 0; i < shape[axis]; i++) into[to + i * step] = values[at + i * stride];
        return;
      }
      for (let i = 0; i < shape[axis]; i++)
        walk(axis + 1, to + i * strides[axis], at + i * from.strides[axis]);
    };
    walk(0, offset, from.offset);
  },

  gather,

  scatter,

  /** Indices of the nonzero elements: one int64 array per axis. */
  nonzero(a: NDArray): NDArray[] {
    const data = elements(a) as unknown as ArrayLike<number | bigint>;
    const hits: number[] = [];
    for (let i = 0; i < data.length; i++) if (Number(data[i]) !== 0) hits.push(i);
    const strides = stridesOf(a.shape);
    return a.shape.map((size, axis) => {
      const values = BigInt64Array.from(hits, (hit) => BigInt(Math.floor(hit / strides[axis]) % size));
      return numpyBridge.fromTypedArray(values as TypedArray, "int64", [hits.length]);
    });
  },

  sumFloats,

  /** Indices that sort each row of a [rows, count] array, stable, NaN last. */
  argsortRows(a: NDArray): NDArray {
    const [rows, count] = a.shape;
    const data = elements(a) as unknown as ArrayLike<number>;
    const sorted = new BigInt64Array(rows * count);
    for (let row = 0; row < rows; row++) {
      const start = row * count;
      const indices = Array.from({ length: count }, (_, i) => i);
      indices.sort((i, j) => order(data[start + i], data[start + j]));
      indices.forEach((index, i) => {
        sorted[start + i] = BigInt(index);
      });
    }
    return numpyBridge.fromTypedArray(sorted as TypedArray, "int64", [rows, count]);
  },

  /** Sorts each row of a [rows, count] array, NaN last. */
  sortRows(a: NDArray): NDArray {
    const [rows, count] = a.shape;
    const result = a.copy() as NDArray;
    const data = result.storage.data as unknown as Float64Array;
    const base = result.storage.offset;
    for (let row = 0; row < rows; row++) data.subarray(base + row * count, base + (row + 1) * count).sort();
    return result;
  },

  /** A generator whose stream equals NumPy's PCG64 `default_rng(seed)`; without a seed, from the clock of the host. */
  generator(seed: number | undefined): unknown {
    return numpy.random.default_rng(seed);
  },
};

export type NumpyBridge = typeof numpyBridge;
