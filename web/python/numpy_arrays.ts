import * as numpy from "numpy-ts";

/** numpy-ts arrays as the bridge handles them: types, layout, casts. */

export type TypedArray = numpy.NDArray["data"];
export type NDArray = numpy.NDArray;
export type DType = NDArray["dtype"];
export type Scalar = number | bigint | boolean;

// The scalar loops give the same digits as NumPy's libm far more often than the vectorised approximations do.
numpy.wasmConfig.thresholdMultiplier = Number.POSITIVE_INFINITY;
numpy.wasmConfig.useRelaxedSimd = false;
keepArraysInJavaScript();

/**
 * Leaves numpy-ts no WebAssembly heap, so that every array is an ordinary typed array which the garbage collector
 * frees during a long run (its heap is freed only when the event loop turns). It warns once that the heap is full.
 */
function keepArraysInJavaScript(): void {
  const reserved = 8 * 1024 * 1024;
  const scratch = 64 * 1024 * 1024;
  numpy.configureWasm({ maxMemory: reserved + scratch, scratchSize: scratch });
  const warn = console.warn;
  console.warn = () => {};
  numpy.zeros([1]);
  console.warn = warn;
}

export function product(values: readonly number[]): number {
  return values.reduce((total, value) => total * value, 1);
}

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** A new array over the same elements as `source`, seen with another shape, strides and offset (in elements). */
export function alias(source: NDArray, shape: number[], strides: number[], offset: number): NDArray {
  const storage = source.storage;
  const Storage = storage.constructor as unknown as {
    fromDataShared(...values: unknown[]): typeof storage;
  };
  const region = storage.wasmRegion;
  const view = Storage.fromDataShared(
    storage.data,
    shape,
    storage.dtype,
    strides,
    storage.offset + offset,
    region,
  );
  return new numpy.NDArray(view, source);
}

/** The elements in C order: the array's own memory where it is contiguous, else a copy. Complex: (re, im) pairs. */
export function elements(a: NDArray): TypedArray {
  const width = a.dtype.startsWith("complex") ? 2 : 1;
  const source = a.storage.isCContiguous ? a : a.copy();
  const start = source.storage.offset * width;
  return source.storage.data.subarray(start, start + a.size * width) as TypedArray;
}

function scalarArray(value: Scalar, dtype: DType): NDArray {
  const wide = dtype === "int64" || dtype === "uint64";
  const element = wide ? BigInt(value) : Number(value);
  return numpy.full([], element, dtype) as NDArray;
}

/** The operand in the given type and in C order, the one layout that every numpy-ts function reads alike. */
export function cast(value: NDArray | Scalar, dtype: DType): NDArray {
  if (typeof value !== "object") return scalarArray(value, dtype);
  const packed = value.storage.isCContiguous ? value : (value.copy() as NDArray);
  return packed.dtype === dtype ? packed : rounded(packed.astype(dtype) as NDArray);
}

/** Rounds half-precision elements where the browser has no Float16Array and numpy-ts keeps them in 32 bits. */
function rounded(a: NDArray): NDArray {
  const { data } = a.storage;
  if (a.dtype === "float16" && data instanceof Float32Array) data.set(data.map(roundToHalf));
  return a;
}

function roundToHalf(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const largest = 65520;
  if (Math.abs(x) >= largest) return Math.sign(x) * Number.POSITIVE_INFINITY;
  const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -14) - 10);
  const steps = x / step;
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return (floor + Number(up)) * step;
}

export function half(result: unknown): unknown {
  return result instanceof numpy.NDArray ? rounded(result) : result;
}

/** Both arrays spread out to their common shape: numpy-ts broadcasts complex numbers wrongly. */
export function spread(a: NDArray, b: NDArray): [NDArray, NDArray] {
  const shape = numpy.broadcast_shapes([...a.shape], [...b.shape]) as number[];
  const full = (x: NDArray) => broadcast(x, [...shape]).copy() as NDArray;
  return [full(a), full(b)];
}

/** The array seen with another shape under NumPy's broadcasting: stretched axes have stride 0. */
export function broadcast(a: NDArray, shape: number[]): NDArray {
  const lead = shape.length - a.ndim;
  const stretched = (axis: number) => axis < lead || a.shape[axis - lead] === 1;
  const strides = shape.map((_, axis) => (stretched(axis) ? 0 : a.strides[axis - lead]));
  return alias(a, shape, strides, 0);
}
