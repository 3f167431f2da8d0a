import * as numpy from "numpy-ts";
import { broadcast, cast, elements, type NDArray, product, type Scalar } from "./numpy_arrays.ts";

/**
 * Storage offsets that an advanced index selects. `indices[k]` indexes axis `axes[k]`; all have been broadcast to
 * `indexShape`, whose axes stand at `position` among the axes that are not indexed.
 */
function selection(a: NDArray, axes: number[], indices: NDArray[], indexShape: number[], position: number) {
  const { shape, strides, offset } = a.storage;
  const points = product(indexShape);
  const base = new Int32Array(points).fill(offset);
  axes.forEach((axis, k) => {
    const values = elements(indices[k]) as unknown as BigInt64Array;
    const size = shape[axis];
    for (let i = 0; i < points; i++) {
      const value = Number(values[i]);
      if (value < -size || value >= size) {
        throw new RangeError(`index ${value} is out of bounds for axis ${axis} with size ${size}`);
      }
      base[i] += (value < 0 ? value + size : value) * strides[axis];
    }
  });
  const free = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const before = offsetsOf(free.slice(0, position), shape, strides);
  const after = offsetsOf(free.slice(position), shape, strides);
  const offsets = new Int32Array(before.length * points * after.length);
  let next = 0;
  for (const first of before)
    for (const point of base) for (const last of after) offsets[next++] = first + point + last;
  const freeShape = free.map((axis) => shape[axis]);
  return { offsets, shape: [...freeShape.slice(0, position), ...indexShape, ...freeShape.slice(position)] };
}

function offsetsOf(axes: number[], shape: readonly number[], strides: readonly number[]): number[] {
  let offsets = [0];
  for (const axis of axes) {
    const steps = Array.from({ length: shape[axis] }, (_, i) => i * strides[axis]);
    offsets = offsets.flatMap((offset) => steps.map((step) => offset + step));
  }
  return offsets;
}

/** Advanced indexing: the selected elements, copied. Index arrays are int64 and already broadcast. */
export function gather(
  a: NDArray,
  axes: number[],
  indices: NDArray[],
  indexShape: number[],
  position: number,
): NDArray {
  const { offsets, shape } = selection(a, axes, indices, indexShape, position);
  const result = numpy.zeros(shape, a.dtype) as NDArray;
  const into = result.storage.data as unknown as Record<number, unknown>;
  const values = a.storage.data as unknown as Record<number, unknown>;
  const width = a.dtype.startsWith("complex") ? 2 : 1;
  for (let i = 0; i < offsets.length; i++) {
    for (let part = 0; part < width; part++) into[i * width + part] = values[offsets[i] * width + part];
  }
  return result;
}

/** Advanced assignment; `value` is broadcast to the selection. Returns the selection's shape for messages. */
export function scatter(
  a: NDArray,
  axes: number[],
  indices: NDArray[],
  indexShape: number[],
  position: number,
  value: NDArray | Scalar,
): void {
  const { offsets, shape } = selection(a, axes, indices, indexShape, position);
  const source = broadcast(cast(value, a.dtype), shape);
  const values = elements(source) as unknown as Record<number, unknown>;
  const into = a.storage.data as unknown as Record<number, unknown>;
  const width = a.dtype.startsWith("complex") ? 2 : 1;
  for (let i = 0; i < offsets.length; i++) {
    for (let part = 0; part < width; part++) into[offsets[i] * width + part] = values[i * width + part];
  }
}
