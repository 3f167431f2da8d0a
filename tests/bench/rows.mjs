/**
 * GPTQ of one layer whose rows are cut in halves: natively, in one WebAssembly instance, and in two at once, each a process of
 * its own that gathers and inverts the Hessian for itself. All must have computed the same.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../tools/setup/paths.mjs";

const start = promisify(execFile);

/** @typedef {{ architecture: string, inverse: number, sweep: number, digests: string[] }} Report */

const program = (/** @type {string} */ preset) => join(root, "build", preset, "tests/bench/rows_bench");
const native = [program("native")];
const wasm = [process.execPath, `${program("wasm-simd")}.cjs`];
const parts = 2;

/**
 * @param {string[]} command
 * @param {number[]} args
 * @returns {Promise<Report>}
 */
async function measure([executable, ...options], args) {
  const { stdout } = await start(executable, [...options, ...args.map(String)]);
  return JSON.parse(stdout);
}

/**
 * What the slowest of several took, and the digests of all.
 * @param {Report[]} reports
 */
const together = (reports) => ({
  seconds: Math.max(...reports.map(({ inverse, sweep }) => inverse + sweep)),
  inverse: Math.max(...reports.map(({ inverse }) => inverse)),
  sweep: Math.max(...reports.map(({ sweep }) => sweep)),
  digests: reports.flatMap(({ digests }) => digests).join(" "),
});

/**
 * Prints the times of a layer of so many inputs, and their ratios.
 * @param {number} inputs
 */
export async function benchRows(inputs) {
  const halves = Array.from({ length: parts }, (_, part) => part);
  const runs = [
    { name: "native", ...together([await measure(native, [inputs, parts])]) },
    { name: "WASM SIMD, one worker", ...together([await measure(wasm, [inputs, parts])]) },
    {
      name: "WASM SIMD, two workers",
      ...together(await Promise.all(halves.map((part) => measure(wasm, [inputs, parts, part])))),
    },
  ];
  const [, one] = runs;
  for (const { name, digests } of runs)
    if (digests !== one.digests) throw new Error(`The weights of ${name} differ.`);
  const columns = (/** @type {string[]} */ texts) => texts.map((text) => text.padStart(16)).join("");
  process.stdout.write(
    `\nGPTQ, ${inputs} × ${inputs}, rows cut in two: the Hessian and its inverse are each worker's own\n` +
      `${"".padEnd(24)}${columns(["whole", "Hessian", "sweep", "× one worker", "× of the sweep"])}\n`,
  );
  for (const { name, seconds, inverse, sweep } of runs) {
    const ratios = [one.seconds / seconds, one.sweep / sweep];
    const texts = [seconds, inverse, sweep].map((time) => `${time.toFixed(2)} s`);
    process.stdout.write(
      `${name.padEnd(24)}${columns([...texts, ...ratios.map((ratio) => ratio.toFixed(2))])}\n`,
    );
  }
}
