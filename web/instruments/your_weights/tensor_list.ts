import type { TensorInfo } from "../../../bindings/engine.ts";

/** Tensors on one page of the list. */
export const pageLength = 12;

/** How a list of tensors may be ordered. */
export const orders = ["file", "size", "name"] as const;

export type Order = (typeof orders)[number];

/** The part of a file's tensors that is shown. */
export interface Listing {
  /** Those that the filter leaves, in order. */
  found: readonly TensorInfo[];
  /** Those of the page. */
  shown: readonly TensorInfo[];
  /** From 1. */
  page: number;
  pages: number;
}

const compare: Record<Exclude<Order, "file">, (one: TensorInfo, other: TensorInfo) => number> = {
  size: (one, other) => other.byteLength - one.byteLength,
  // Numbers in names count as numbers: layer 2 comes before layer 10.
  name: (one, other) => collator.compare(one.name, other.name),
};

const collator = new Intl.Collator("en", { numeric: true });

/** What is said of each tensor, in small letters: made once for a file, which may have a hundred thousand. */
const said = new WeakMap<readonly TensorInfo[], string[]>();

function wordsOf(tensors: readonly TensorInfo[]): string[] {
  const known =
    said.get(tensors) ??
    tensors.map((tensor) => `${tensor.name} ${shapeText(tensor)} ${tensor.type}`.toLowerCase());
  said.set(tensors, known);
  return known;
}

/** The tensors whose name, shape and type hold every word of `filter`, in `order`. */
export function findTensors(
  tensors: readonly TensorInfo[],
  filter: string,
  order: Order,
): readonly TensorInfo[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const texts = words.length === 0 ? [] : wordsOf(tensors);
  const found =
    words.length === 0
      ? tensors
      : tensors.filter((_, index) => words.every((word) => texts[index]?.includes(word)));
  return order === "file" ? found : found.toSorted(compare[order]);
}

/** The page of a list; pages beyond its end are the last. */
export function pageOf(found: readonly TensorInfo[], page: number): Listing {
  const pages = Math.max(1, Math.ceil(found.length / pageLength));
  const shownPage = Math.min(pages, Math.max(1, page));
  const from = (shownPage - 1) * pageLength;
  return { found, shown: found.slice(from, from + pageLength), page: shownPage, pages };
}

/** A shape as it is read: `4096 × 11008`; a scalar has none. */
export function shapeText({ shape }: Pick<TensorInfo, "shape">): string {
  return shape.length === 0 ? "scalar" : shape.join(" × ");
}

/** Most letters of a name that are shown; a file may have names of any length. */
const longestName = 96;

/** A tensor's name as it is shown: of a longer one its two ends. */
export function nameText({ name }: Pick<TensorInfo, "name">): string {
  return name.length <= longestName ? name : `${name.slice(0, 60)} … ${name.slice(-30)}`;
}

/** Elements of a tensor. */
export function elementsOf({ rows, cols }: Pick<TensorInfo, "rows" | "cols">): number {
  return rows * cols;
}
