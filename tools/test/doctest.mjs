import { compile } from "../build/cmake.mjs";
import { root } from "../setup/paths.mjs";
import { run } from "../setup/process.mjs";

/**
 * Compiles a preset and runs its doctest programs; WebAssembly ones run under node. All four presets are held to the
 * same digests of packed bytes (tests/golden), which makes them equal to one another.
 * @param {import("../build/cmake.mjs").Preset} preset
 */
export async function runDoctest(preset) {
  // The benchmarks are compiled once, so that they stay up to date.
  await compile(preset, preset === "native" ? {} : { targets: ["engine-tests"] });
  const result = { passed: 0, failed: 0 };
  const onLine = (/** @type {string} */ line) => {
    // ctest prefixes each line with the number of the test; doctest colours it.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
    const text = line.replace(/\x1b\[[\d;]*m/g, "").replace(/^\d+: /, "");
    const counts = text.match(/test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed/);
    if (counts) {
      result.passed += Number(counts[1]);
      result.failed += Number(counts[2]);
    }
    if (text.trim()) process.stdout.write(`  ${text}\n`);
  };
  try {
    await run("ctest", ["--preset", preset, "--verbose", "--no-tests=error"], { cwd: root, onLine });
  } catch {
    // A program that crashed has not counted its failure.
    result.failed = Math.max(result.failed, 1);
  }
  return result;
}
