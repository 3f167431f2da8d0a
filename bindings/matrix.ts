import { count, float32, invalid, named, type Reader, show } from "./arguments.ts";
import type { Matrix } from "./layer_types.ts";

const readMatrixParts = named({ rows: count, cols: count, data: float32 }, "a matrix");

/** A matrix, as many numbers as it has rows and columns. */
export const matrix: Reader<Matrix<Float32Array>> = (value, name) => {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalid(`${name} must be a matrix { rows, cols, data }, got ${show(value)}`);
  }
  const { rows, cols, data } = readMatrixParts(value);
  if (rows * cols !== data.length) {
    throw invalid(`${name} must have rows × cols = ${rows} × ${cols} numbers, got ${data.length}`);
  }
  return { rows, cols, data };
};
