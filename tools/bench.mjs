import { compile } from "./build/cmake.mjs";
import { main, step } from "./setup/console.mjs";
import { root } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";
import { setUp } from "./setup/setup.mjs";

/** `npm run bench`: the engine beside its peers; `npm run bench -- formats [ID …]`: every number format, or those named. */
await main(async () => {
  await setUp("build", "bench");
  const [subject, ...names] = process.argv.slice(2);
  const formats = subject === "formats";
  await step("Compiling the benchmarks", async () => {
    for (const preset of /** @type {const} */ (["native", "wasm-simd", "wasm-scalar"])) {
      await compile(preset, { targets: [formats ? "format_bench" : "engine_bench"] });
    }
  });
  const script = formats ? ["tests/bench/formats.mjs", ...names] : ["tests/bench/run.mjs"];
  await run(process.execPath, script, { cwd: root });
});
