import type { Method, Recipe } from "../../../bindings/engine.ts";

/** A method as the bake-off runs it. */
export interface Contender {
  id: string;
  name: string;
  method: Method;
  /** What it does beside the method's defaults. */
  options: Partial<Recipe>;
  /** The width that it always has, where it brings its own codebook. */
  width?: string;
}

/** Methods in the order in which they are run. */
export const contenders: readonly Contender[] = [
  { id: "rtn", name: "Round to nearest", method: "rtn", options: {} },
  { id: "gptq", name: "GPTQ", method: "gptq", options: {} },
  { id: "gptq-order", name: "GPTQ, act-order", method: "gptq", options: { activationOrder: true } },
  { id: "awq", name: "AWQ", method: "awq", options: {} },
  { id: "awq-gptq", name: "AWQ + GPTQ", method: "gptq", options: { scaleInputs: true } },
  { id: "sparsegpt", name: "SparseGPT 2:4", method: "sparsegpt", options: { pattern: "2:4" } },
  { id: "quip", name: "QuIP#", method: "quip", options: {}, width: "E8P" },
  { id: "aqlm", name: "AQLM", method: "aqlm", options: {}, width: "2 × 8" },
];

export const bitWidths = ["2", "3", "4", "6", "8"] as const;
export const groups = ["32", "64", "128", "row"] as const;
/** Grids around zero, or from the smallest weight of a group to the largest. */
export const grids = ["int", "uint"] as const;

export interface Choice {
  methods: readonly string[];
  bits: readonly string[];
  group: (typeof groups)[number];
  grid: (typeof grids)[number];
}

/** One entry of the bake-off. */
export interface Run {
  id: string;
  contender: Contender;
  /** Method and width, as short as a picture needs it. */
  name: string;
  /** What the weights become. */
  target: string;
  recipe: Recipe;
}

/** Every chosen method at every chosen width; those with a codebook of their own once. */
export function runsOf({ methods, bits, group, grid }: Choice): Run[] {
  return contenders
    .filter(({ id }) => methods.includes(id))
    .flatMap((contender) => {
      const { id, name, method, options, width } = contender;
      if (width !== undefined) {
        const target = `${width} codebook`;
        return [{ id, contender, name, target, recipe: { method, ...options } }];
      }
      return bits.map((count): Run => {
        const format = `${grid}${count}`;
        const shared = group === "row" ? "a row" : `${group} weights`;
        return {
          id: `${id}-${count}`,
          contender,
          name: `${name} ${count}`,
          target: `${format.toUpperCase()}, a scale for ${shared}`,
          recipe: { method, format, group: group === "row" ? group : Number(group), ...options },
        };
      });
    });
}
