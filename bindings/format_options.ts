import { count, integer, invalid, named, optional, type Reader, show, word } from "./arguments.ts";
import type { Group } from "./engine.ts";

const groupSize = integer(2, 2 ** 31 - 1);

const group: Reader<Group> = (value, name) => {
  if (value === "tensor" || value === "row") return value;
  if (typeof value === "number") return groupSize(value, name);
  throw invalid(`${name} must be "tensor", "row" or an integer of at least 2, got ${show(value)}`);
};

/** The readers of a format and its granularity, for `named`. */
export const formatShape = {
  format: word,
  group: optional(group, "tensor"),
  scales: optional(word, "fp16"),
};

/** How packed bytes are to be read. */
export const readSpec = named(
  { format: word, group: formatShape.group, scales: word, rows: count, cols: count },
  "spec",
);

/** A group as the module takes it: 0 the tensor, −1 a row, n weights. */
export function groupCode(group: Group): number {
  if (group === "tensor") return 0;
  return group === "row" ? -1 : group;
}
