/**
 * Writes the medians of docs/methods.md: every method on twenty drawn layers, judged on activations that it has not seen:
 *
 *     node --import tsx tools/methods_table.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Recipe } from "../bindings/compression.ts";

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

const layers = Array.from({ length: seeds }, (_, seed) => engine.sampleLayer({ ...sample, seed }));
const rows = blocks.flatMap(([kind, recipes]) =>
  recipes.map(([name, recipe]) => {
    const results = layers.map(({ weights, calibration, heldOut }) =>
      engine.compressLayer({ weights, calibration, heldOut }, recipe),
    );
    const percent = (errors: number[]) => `${(100 * middle(errors)).toFixed(2)}%`;
    const heldOut = percent(results.map(({ outputError }) => outputError));
    const calibration = percent(results.map(({ calibrationError }) => calibrationError));
    const bits = middle(results.map(({ bitsPerWeight }) => bitsPerWeight)).toFixed(2);
    return `| ${kind} | ${name} | ${bits} | ${heldOut} | ${calibration} |`;
  }),
);

const file = join(root, "docs/methods.md");
const text = await readFile(file, "utf8");
const table = [
  "| kind | method | bits per weight | held-out error | calibration error |",
  "| --- | --- | ---: | ---: | ---: |",
  ...rows,
].join("\n");
const begin = text.indexOf(beginning) + beginning.length;
await writeFile(file, `${text.slice(0, begin)}${table}\n${text.slice(text.indexOf(ending))}`);
