import { parseArgs } from "node:util";
import { build } from "./build/build.mjs";
import { compile } from "./build/cmake.mjs";
import { main, SetupError, step } from "./setup/console.mjs";
import { root } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";
import { setUp } from "./setup/setup.mjs";

/**
 * Compiles programs for the three builds and hands them to their script.
 * @param {string[]} targets
 * @param {string[]} script
 */
async function benchPrograms(targets, script) {
  await setUp("build", "bench");
  await step("Compiling the benchmarks", async () => {
    for (const preset of /** @type {const} */ (["native", "wasm-simd", "wasm-scalar"])) {
      await compile(preset, { targets });
    }
  });
  await run(process.execPath, script, { cwd: root });
}

/**
 * Linear algebra and the methods on a layer, in programs and in the workers of the engine that is built.
 * @param {string[]} options the number of inputs, if any
 */
async function benchLayers(options) {
  await setUp("build", "bench");
  await step("Compiling the benchmarks", async () => {
    await compile("native", { targets: ["layer_bench", "rows_bench"] });
    await compile("wasm-simd", { targets: ["layer_bench"] });
  });
  await build({ through: "face" });
  await run(process.execPath, ["tests/bench/layers.mjs", ...options], { cwd: root });
}

/**
 * The tasks of the page while it loads.
 * @param {string[]} options the number of visits, if any
 */
async function benchLoading(options) {
  await setUp("build", "test");
  await build();
  await run(process.execPath, ["--import", "tsx", "tests/bench/loading.ts", ...options], { cwd: root });
}

/**
 * `npm run bench`: the engine beside its peers; `npm run bench -- formats [ID …]`: every number format, or those named;
 * `npm run bench -- layers [INPUTS]`: linear algebra and the methods on one layer; `npm run bench -- loading [VISITS]`: the page.
 */
await main(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [subject = "engine", ...options] = positionals;
  if (subject === "engine") await benchPrograms(["engine_bench"], ["tests/bench/run.mjs"]);
  else if (subject === "formats")
    await benchPrograms(["format_bench"], ["tests/bench/formats.mjs", ...options]);
  else if (subject === "layers") await benchLayers(options);
  else if (subject === "loading") await benchLoading(options);
  else
    throw new SetupError(`There is no benchmark ${subject}; there are engine, formats, layers and loading.`);
});
