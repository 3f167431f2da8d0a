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
  /** What it does besides onto formats of blocks; false: it has no way onto them. */
  inBlocks?: Partial<Recipe> | false;
}

/** Methods in the order in which they are run. */
export const contenders: readonly Contender[] = [
  { id: "rtn", name: "Round to nearest", method: "rtn", options: {} },
  { id: "gptq", name: "GPTQ", method: "gptq", options: {} },
  {
    id: "gptq-order",
    name: "GPTQ, act-order",
    method: "gptq",
    options: { activationOrder: true },
    inBlocks: { staticGroups: true },
  },
  { id: "awq", name: "AWQ", method: "awq", options: {} },
  { id: "awq-gptq", name: "AWQ + GPTQ", method: "gptq", options: { scaleInputs: true } },
  {
    id: "sparsegpt",
    name: "SparseGPT 2:4",
    method: "sparsegpt",
    options: { pattern: "2:4" },
    inBlocks: false,
  },
  { id: "quip", name: "QuIP#", method: "quip", options: {}, width: "E8P" },
  { id: "aqlm", name: "AQLM", method: "aqlm", options: {}, width: "2 × 8" },
];

export const bitWidths = ["2", "3", "4", "6", "8"] as const;
/** Formats whose blocks and scales are their own. */
export const blockFormats = ["nf4", "mxfp4", "q4_k"] as const;
export const groups = ["32", "64", "128", "row"] as const;
/** Grids around zero, or from the smallest weight of a group to the largest. */
export const grids = ["int", "uint"] as const;

export interface Choice {
  methods: readonly string[];
  bits: readonly string[];
  formats: readonly string[];
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

/** Every chosen method at every chosen width and format; those with a codebook of their own once. */
export function runsOf({ methods, bits, formats, group, grid }: Choice): Run[] {
  return contenders
    .filter(({ id }) => methods.includes(id))
    .flatMap((contender) => {
      const { id, name, method, options, width, inBlocks = {} } = contender;
      if (width !== undefined) {
        const target = `${width} codebook`;
        return [{ id, contender, name, target, recipe: { method, ...options } }];
      }
      const onGrids = bits.map((count): Run => {
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
      if (inBlocks === false) return onGrids;
      const inFormats = formats.map((format): Run => {
        const target = format.toUpperCase();
        return {
          id: `${id}-${format}`,
          contender,
          name: `${name} ${target}`,
          target: `${target}, in its own blocks`,
          recipe: { method, format, ...options, ...inBlocks },
        };
      });
      return [...onGrids, ...inFormats];
    });
}
