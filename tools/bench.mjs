import { compile } from "./build/cmake.mjs";
import { main, step } from "./setup/console.mjs";
import { root } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";
import { setUp } from "./setup/setup.mjs";

await main(async () => {
  await setUp("build", "bench");
  await step("Compiling the benchmarks", async () => {
    for (const preset of /** @type {const} */ (["native", "wasm-simd", "wasm-scalar"])) {
      await compile(preset, { targets: ["engine_bench"] });
    }
  });
  await run(process.execPath, ["tests/bench/run.mjs"], { cwd: root });
});
