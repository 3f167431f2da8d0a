/**
 * Writes the medians of docs/methods.md and of the page of each method: every method on twenty drawn layers, judged on activations
 * that it has not seen, and ways to store keys and values on twenty drawn heads:
 *
 *     node --import tsx tools/methods_table.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CacheRecipe, Recipe } from "../bindings/compression.ts";
import type { InstrumentEngine } from "../web/instruments/instrument.ts";
import { drawHead } from "../web/instruments/kv_cache_head.ts";

type Face = typeof import("../bindings/compression.ts");

const root = resolve(import.meta.dirname, "..");
const { createEngine }: Face = await import(pathToFileURL(join(root, "dist/engine/compression.js")).href);
const engine = await createEngine();

const seeds = 20;
const sample = { outputs: 256, inputs: 256, tokens: 1024, heldOutTokens: 512 };
const group = 64;

/** Between these lines the table stands. */
const beginning = "<!-- medians -->\n";
const ending = "<!-- end of medians -->";

const onGrid = (bits: number): [string, Recipe][] => {
  const grid = { format: `uint${bits}`, group };
  return [
    ["round to nearest", { method: "rtn", ...grid }],
    ["GPTQ", { method: "gptq", ...grid }],
    ["GPTQ, act-order", { method: "gptq", activationOrder: true, ...grid }],
    ["AWQ", { method: "awq", ...grid }],
    ["AWQ's scales, then GPTQ", { method: "gptq", scaleInputs: true, ...grid }],
  ];
};

const inBlocks = (format: string): [string, Recipe][] => [
  ["round to nearest", { method: "rtn", format }],
  ["GPTQ", { method: "gptq", format }],
  ["GPTQ, act-order, static groups", { method: "gptq", activationOrder: true, staticGroups: true, format }],
  ["AWQ", { method: "awq", format }],
  ["AWQ's scales, then GPTQ", { method: "gptq", scaleInputs: true, format }],
];

const pruning = (share: Partial<Recipe>): [string, Recipe][] => [
  ["magnitude", { method: "magnitude", ...share }],
  ["Wanda", { method: "wanda", ...share }],
  ["SparseGPT", { method: "sparsegpt", ...share }],
];

const blocks: [string, [string, Recipe][]][] = [
  ["4 bits", onGrid(4)],
  ["3 bits", onGrid(3)],
  ["2 bits", [...onGrid(2), ["QuIP#", { method: "quip" }], ["AQLM, 2 × 8 bits over 8", { method: "aqlm" }]]],
  ["NF4", inBlocks("nf4")],
  ["MXFP4", inBlocks("mxfp4")],
  ["Q4_K", inBlocks("q4_k")],
  [
    "8 bits, activations too",
    [
      ["W8A8", { method: "smoothquant", smooth: false }],
      ["SmoothQuant, α = 0.5", { method: "smoothquant" }],
      ["LLM.int8(), threshold 6", { method: "llm_int8" }],
    ],
  ],
  ["half of the weights", pruning({ sparsity: 0.5 })],
  ["2:4", pruning({ pattern: "2:4" })],
  ["2:4 and 4 bits", [["SparseGPT", { method: "sparsegpt", pattern: "2:4", format: "uint4", group }]]],
];

const middle = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(seeds >> 1) - 1] + sorted[seeds >> 1]) / 2;
};

/** Rows of a table in Markdown; of the columns, the first `names` are words. */
const table = (heads: string[], names: number, rows: string[][]) =>
  [heads, heads.map((_, column) => (column < names ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

/** Puts a table between the lines of a file that mark its place. */
async function put(path: string, rows: string): Promise<void> {
  const file = join(root, "docs", path);
  const text = await readFile(file, "utf8");
  const begin = text.indexOf(beginning) + beginning.length;
  await writeFile(file, `${text.slice(0, begin)}${rows}\n${text.slice(text.indexOf(ending))}`);
}

const percent = (errors: number[]) => `${(100 * middle(errors)).toFixed(2)}%`;

const layers = Array.from({ length: seeds }, (_, seed) => engine.sampleLayer({ ...sample, seed }));
const measured = blocks.flatMap(([kind, recipes]) =>
  recipes.map(([name, recipe]) => {
    const results = layers.map(({ weights, calibration, heldOut }) =>
      engine.compressLayer({ weights, calibration, heldOut }, recipe),
    );
    const bits = middle(results.map(({ bitsPerWeight }) => bitsPerWeight)).toFixed(2);
    const heldOut = percent(results.map(({ outputError }) => outputError));
    const calibration = percent(results.map(({ calibrationError }) => calibrationError));
    return { recipe, cells: [kind, name, bits, heldOut, calibration] };
  }),
);
const heads = ["kind", "method", "bits per weight", "held-out error", "calibration error"];
const cellsOf = (rows: typeof measured) => rows.map(({ cells }) => cells);
await put("methods.md", table(heads, 2, cellsOf(measured)));
for (const method of new Set(measured.map(({ recipe }) => recipe.method))) {
  const own = measured.filter(
    ({ recipe }) => recipe.method === method || (method === "awq" && recipe.scaleInputs),
  );
  await put(`methods/${method}.md`, table(heads, 2, cellsOf(own)));
}

const kivi = (bits: number): CacheRecipe => ({ keys: { bits, byChannel: true }, values: { bits } });
const caches: [string, CacheRecipe][] = [
  ["FP8 E4M3, one scale", { keys: { format: "fp8_e4m3" }, values: { format: "fp8_e4m3" } }],
  ["INT8 by token", { keys: { format: "int8" }, values: { format: "int8" } }],
  ["INT4 by token", { keys: { format: "int4" }, values: { format: "int4" } }],
  ["KIVI, 4 bits", kivi(4)],
  ["KIVI, 2 bits", kivi(2)],
  ["KIVI, 2 bits, the last 32 tokens in fp16", { ...kivi(2), window: 32 }],
  ["2 bits, keys by token as well", { keys: { bits: 2 }, values: { bits: 2 } }],
];
// The instruments ask an engine that answers later; one that answers at once will do.
const headEngine = engine as unknown as InstrumentEngine;
const attentionHeads = await Promise.all(
  Array.from({ length: seeds }, (_, seed) => drawHead(headEngine, 20, 2 * seed)),
);
const stored = caches.map(([name, recipe]) => {
  const results = attentionHeads.map((head) => engine.compressCache(head, recipe));
  const bits = middle(results.map(({ keyBits, valueBits }) => (keyBits + valueBits) / 2)).toFixed(2);
  return [
    name,
    bits,
    percent(results.map(({ keyError }) => keyError)),
    percent(results.map(({ valueError }) => valueError)),
    percent(results.map(({ attentionError }) => attentionError)),
  ];
});
await put(
  "methods/kv_cache.md",
  table(["keys and values", "bits per number", "error of keys", "of values", "of attention"], 1, stored),
);
