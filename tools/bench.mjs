import { compile } from "./build/cmake.mjs";
import { main, step } from "./setup/console.mjs";
import { root } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";
import { setUp } from "./setup/setup.mjs";

/**
 * `npm run bench`: the engine beside its peers; `npm run bench -- formats [ID …]`: every number format, or those named;
 * `npm run bench -- layers [INPUTS]`: linear algebra, and the methods on a layer.
 */
await main(async () => {
  await setUp("build", "bench");
  const [subject, ...names] = process.argv.slice(2);
  const own = subject === "formats" || subject === "layers";
  const program = own ? `${subject.slice(0, -1)}_bench` : "engine_bench";
  const presets = /** @type {const} */ (["native", "wasm-simd", "wasm-scalar"]);
  await step("Compiling the benchmarks", async () => {
    // Nobody runs methods on layers of this size without SIMD.
    for (const preset of subject === "layers" ? presets.slice(0, 2) : presets) {
      await compile(preset, { targets: [program] });
    }
  });
  const script = own ? [`tests/bench/${subject}.mjs`, ...names] : ["tests/bench/run.mjs"];
  await run(process.execPath, script, { cwd: root });
});
