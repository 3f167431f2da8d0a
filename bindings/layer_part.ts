import type { Matrix } from "./layer_types.ts";

/** Numbers of one matrix that stand in another, with their first at a row and a column of it. */
export interface Piece {
  top: number;
  left: number;
  matrix: Matrix<Float32Array>;
}

/** A matrix [rows, cols] of pieces, zero where there is none. */
export function assembled(rows: number, cols: number, pieces: readonly Piece[]): Matrix<Float32Array> {
  const [only] = pieces;
  if (pieces.length === 1 && only.matrix.rows === rows && only.matrix.cols === cols) return only.matrix;
  const data = new Float32Array(rows * cols);
  for (const { top, left, matrix } of pieces) {
    for (let i = 0; i < matrix.rows; i++) {
      const row = matrix.data.subarray(i * matrix.cols, (i + 1) * matrix.cols);
      data.set(row, (top + i) * cols + left);
    }
  }
  return { rows, cols, data };
}

/** What stands in a matrix from a row and a column on, a copy. */
export function block(
  { cols: width, data }: Matrix<Float32Array>,
  { top, left, rows, cols }: Block,
): Matrix<Float32Array> {
  const taken = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const first = (top + i) * width + left;
    taken.set(data.subarray(first, first + cols), i * cols);
  }
  return { rows, cols, data: taken };
}

/** A part of a matrix. */
export interface Block {
  top: number;
  left: number;
  rows: number;
  cols: number;
}

/** Neighbouring rows or columns. */
export interface Range {
  first: number;
  count: number;
}

/** Part number `part` of `parts` of n, in whole blocks, between the shares 0…1 that `place` says. */
function rangeOf(n: number, part: number, parts: number, length: number, place: (share: number) => number) {
  const end = (of: number) =>
    of === parts ? n : Math.min(n, Math.round((place(of / parts) * n) / length) * length);
  const first = end(part);
  return { first, count: end(part + 1) - first };
}

/** Rows in parts of the same length, but for whole blocks of `length`. */
export const evenPart = (n: number, part: number, parts: number, length: number): Range =>
  rangeOf(n, part, parts, length, (share) => share);

/** Rows of an upper triangle in parts of the same area. */
export const trianglePart = (n: number, part: number, parts: number, length: number): Range =>
  rangeOf(n, part, parts, length, (share) => 1 - Math.sqrt(1 - share));

/** Rows of a square product of an upper triangle, a matrix and an upper triangle, in parts of the same work. */
export const cornerPart = (n: number, part: number, parts: number, length: number): Range =>
  rangeOf(n, part, parts, length, (share) => 1.5 - Math.sqrt(2.25 - 2 * share));

/** How a matrix is cut into the parts of several workers. */
export type Cut = typeof evenPart;
