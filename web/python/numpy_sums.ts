import * as numpy from "numpy-ts";
import { elements, type NDArray } from "./numpy_arrays.ts";

type NumberArray = Float64Array | Float32Array | Int32Array;

/** Number of elements under which NumPy's pairwise summation adds with eight running sums. */
const pairwiseBlock = 128;

/** Number of elements that NumPy's reductions take at a time. */
const bufferSize = 8192;

/** Pairwise sum of `count` elements from `start`, in the order of additions that NumPy documents for float sums. */
function pairwiseSum(data: NumberArray, start: number, count: number, round: (x: number) => number): number {
  if (count < 8) {
    let total = count > 0 ? data[start] : 0;
    for (let i = 1; i < count; i++) total = round(total + data[start + i]);
    return total;
  }
  if (count <= pairwiseBlock) {
    const r = Array.from(data.subarray(start, start + 8));
    let i = 8;
    for (; i < count - (count % 8); i += 8) {
      for (let lane = 0; lane < 8; lane++) r[lane] = round(r[lane] + data[start + i + lane]);
    }
    const low = round(round(r[0] + r[1]) + round(r[2] + r[3]));
    const high = round(round(r[4] + r[5]) + round(r[6] + r[7]));
    let total = round(low + high);
    for (; i < count; i++) total = round(total + data[start + i]);
    return total;
  }
  let half = count >> 1;
  half -= half % 8;
  return round(pairwiseSum(data, start, half, round) + pairwiseSum(data, start + half, count - half, round));
}

/** The sum of a long row: NumPy sums what its buffer holds, pairwise, and adds buffer to buffer. */
function bufferedSum(data: NumberArray, start: number, count: number, round: (x: number) => number): number {
  let total = pairwiseSum(data, start, Math.min(count, bufferSize), round);
  for (let done = bufferSize; done < count; done += bufferSize) {
    total = round(total + pairwiseSum(data, start + done, Math.min(count - done, bufferSize), round));
  }
  return total;
}

/** Sums a float array seen as [outer, count, inner] over its middle axis, in NumPy's order of additions. */
export function sumFloats(a: NDArray, outer: number, count: number, inner: number): NDArray {
  const single = a.dtype === "float32";
  const round = single ? Math.fround : (x: number) => x;
  const data = elements(a) as unknown as Float64Array;
  const result = numpy.zeros([outer, inner], a.dtype) as NDArray;
  const sums = result.storage.data as unknown as Float64Array;
  const base = result.storage.offset;
  for (let o = 0; o < outer; o++) {
    const start = o * count * inner;
    if (inner === 1) {
      sums[base + o] = bufferedSum(data, start, count, round);
      continue;
    }
    for (let n = 0; n < count; n++) {
      for (let i = 0; i < inner; i++) sums[base + o * inner + i] += data[start + n * inner + i];
    }
  }
  return result;
}
