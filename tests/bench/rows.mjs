/**
 * GPTQ of one layer by parts: natively in one thread and in two, and in the pool's workers under node, one, two, and as many as
 * the machine runs at once. They take turns in three rounds, of which the fastest counts; all must compute the same.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../tools/setup/paths.mjs";

const phases = /** @type {const} */ (["hessian", "inverse", "sweep", "errors"]);
const rounds = 3;

/** @typedef {Record<typeof phases[number], number> & { check: number }} Run */

/** @param {string} name */
const face = (name) => import(pathToFileURL(join(root, "dist/engine", name)).href);

/**
 * FNV-1a over the words of floats, as tests/bench/rows_bench.cc has it.
 * @param {Float32Array} values
 */
function checkOf(values) {
  let state = 2166136261;
  for (const word of new Uint32Array(values.buffer, values.byteOffset, values.length))
    state = Math.imul(state ^ word, 16777619);
  return state >>> 0;
}

/**
 * @param {number} inputs
 * @param {number} threads
 * @returns {Run}
 */
function runNatively(inputs, threads) {
  const program = join(root, "build/native/tests/bench/rows_bench");
  return JSON.parse(execFileSync(program, [inputs, threads].map(String), { encoding: "utf8" }));
}

/**
 * @param {import("../../bindings/layer_pool.ts").LayerPool} pool
 * @param {import("../../bindings/layer_types.ts").Layer} layer
 * @returns {Promise<Run>}
 */
async function runPool(pool, layer) {
  const begins = [performance.now()];
  const onProgress = (/** @type {{ phase: string }} */ { phase }) => {
    if (phase === phases[begins.length]) begins.push(performance.now());
  };
  const { weights } = await pool.compressLayer(layer, { method: "gptq" }, { onProgress });
  begins.push(performance.now());
  const seconds = phases.map((phase, i) => [phase, (begins[i + 1] - begins[i]) / 1e3]);
  return { ...Object.fromEntries(seconds), check: checkOf(weights.data) };
}

/** @param {Run} run */
const wholeOf = (run) => phases.reduce((sum, phase) => sum + run[phase], 0);

/**
 * Prints the times of a layer of so many inputs, and their ratios.
 * @param {number} inputs
 */
export async function benchRows(inputs) {
  const { createEngine } = await face("compression.js");
  const { createLayerPool } = await face("layer_pool.js");
  const engine = await createEngine();
  const { weights, calibration } = engine.sampleLayer({ outputs: inputs, inputs, tokens: inputs / 2 });
  const layer = { weights, calibration };
  const counts = [...new Set([1, 2, availableParallelism()])];
  const pools = await Promise.all(counts.map((workers) => createLayerPool({ workers })));
  const contenders = [
    ...[1, 2].map((threads) => ({
      name: `native, ${threads} thread${threads > 1 ? "s" : ""}`,
      base: "native, 1 thread",
      run: async () => runNatively(inputs, threads),
    })),
    ...pools.map((pool) => ({
      name: `WASM SIMD, ${pool.workers} worker${pool.workers > 1 ? "s" : ""}`,
      base: "WASM SIMD, 1 worker",
      run: () => runPool(pool, layer),
    })),
  ];
  /** @type {Map<string, Run>} */
  const best = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) {
      const measured = await run();
      const before = best.get(name);
      if (before && before.check !== measured.check) throw new Error(`The weights of ${name} vary.`);
      if (!before || wholeOf(measured) < wholeOf(before)) best.set(name, measured);
    }
  }
  for (const pool of pools) pool.close();
  printRows(inputs, contenders, best);
}

/**
 * @param {number} inputs
 * @param {{ name: string, base: string }[]} contenders
 * @param {Map<string, Run>} best
 */
function printRows(inputs, contenders, best) {
  const runOf = (/** @type {string} */ name) => /** @type {Run} */ (best.get(name));
  const [{ name: first }] = contenders;
  for (const { name } of contenders)
    if (runOf(name).check !== runOf(first).check) throw new Error(`The weights of ${name} differ.`);
  const line = (/** @type {string} */ name, /** @type {string[]} */ texts) =>
    process.stdout.write(`${name.padEnd(24)}${texts.map((text) => text.padStart(16)).join("")}\n`);
  process.stdout.write(
    `\nGPTQ, ${inputs} × ${inputs}, int4 in groups of 128, ${inputs / 2} tokens, by parts; ×: as fast as one\n`,
  );
  line("", ["Hessian", "inverse", "sweep", "errors", "all but errors", "whole"]);
  for (const { name, base } of contenders) {
    const columns = (/** @type {Run} */ run) => [
      ...phases.map((phase) => run[phase]),
      wholeOf(run) - run.errors,
      wholeOf(run),
    ];
    const bases = columns(runOf(base));
    const texts = columns(runOf(name)).map(
      (time, i) => `${time.toFixed(2)} s ${(bases[i] / time).toFixed(2)}×`,
    );
    line(name, texts);
  }
}
