/**
 * `layers.mjs [INPUTS]`: times the linear algebra, and every method once on a square layer of so many inputs, natively and
 * in WebAssembly under node, one after the other; then GPTQ by parts, in threads and in the workers of a pool (rows.mjs). All must have computed
 * the same.
 */
import { join } from "node:path";
import { root } from "../../tools/setup/paths.mjs";
import { output } from "../../tools/setup/process.mjs";
import { benchRows } from "./rows.mjs";

/** @typedef {{ name: string, seconds: number, gflops: number, digest: string }} Task */
/** @typedef {{ architecture: string, inputs: number, tasks: Task[] }} Report */

const wanted = process.argv.slice(2);
const program = (/** @type {string} */ preset) => join(root, "build", preset, "tests/bench/layer_bench");
const contenders = [
  { name: "native", command: [program("native")] },
  { name: "WASM SIMD", command: [process.execPath, `${program("wasm-simd")}.cjs`] },
];

const reports = contenders.map(({ name, command: [executable, ...args] }) => {
  const text = output(executable, [...args, ...wanted]);
  if (text === null) throw new Error(`The benchmark ${name} failed.`);
  return /** @type {Report} */ (JSON.parse(text));
});

const [first, ...others] = reports;
for (const [i, { name, digest }] of first.tasks.entries()) {
  for (const { tasks } of others)
    if (tasks[i].digest !== digest) throw new Error(`${name} differs between the builds.`);
}

const width = 24;
const line = (/** @type {string} */ label, /** @type {string[]} */ columns) =>
  process.stdout.write(`${label.padEnd(24)}${columns.map((column) => column.padStart(width)).join("")}\n`);

process.stdout.write(
  `Kernels: the fastest of nine calls; methods: once, ${first.inputs} × ${first.inputs} weights\n`,
);
line(
  "",
  contenders.map(({ name }, i) => `${name} (${reports[i].architecture})`),
);
for (const [i, { name }] of first.tasks.entries()) {
  const figures = reports.map(({ tasks }) => {
    const { seconds, gflops } = tasks[i];
    return gflops > 0
      ? `${(seconds * 1e3).toFixed(2)} ms ${gflops.toFixed(1).padStart(6)} GFLOP/s`
      : `${seconds.toFixed(2)} s`;
  });
  line(name, figures);
}

await benchRows(first.inputs);
