import { build } from "../build/build.mjs";
import { compile } from "../build/cmake.mjs";
import { runDoctest } from "./doctest.mjs";
import { fuzz } from "./fuzz.mjs";
import { biome, clangFormat, clangTidy, types } from "./lint.mjs";
import { runNodeTests } from "./node_tests.mjs";

/** @typedef {{ passed: number, failed: number }} Outcome */
/** @typedef {import("./lanes.mjs").Task & { run: () => Promise<Outcome> | Outcome }} Suite */

/**
 * A check that either holds or throws, counted as one test.
 * @param {() => Promise<void>} work
 * @returns {() => Promise<Outcome>}
 */
function check(work) {
  return async () => {
    await work();
    return { passed: 1, failed: 0 };
  };
}

/**
 * Tests that import the built engine or open the built site.
 * @param {string} folder
 * @param {number} [concurrency] how many files at a time
 */
function onBuiltSite(folder, concurrency) {
  return async () => {
    await build();
    return runNodeTests(folder, concurrency);
  };
}

/** The programs of the README: one of them is compiled against the native engine. */
async function readme() {
  await compile("native", { targets: ["compression-engine"] });
  return onBuiltSite("tests/readme")();
}

/**
 * All suites, the quickest to tell first. A preset's folder below build/ serves one at a time, and the site is built once;
 * a reader's browser has the machine to itself.
 * @type {Suite[]}
 */
export const suites = [
  { name: "clang-format", run: check(clangFormat) },
  { name: "biome", run: check(biome) },
  { name: "types", run: check(types) },
  { name: "build", uses: ["wasm-simd", "wasm-scalar"], run: check(build) },
  { name: "tools", run: () => runNodeTests("tests/tools") },
  { name: "doctest native", uses: ["native"], run: () => runDoctest("native") },
  { name: "clang-tidy", run: check(() => clangTidy("(?<!tests)/engine/")) },
  { name: "doctest sanitizers", uses: ["sanitizers"], run: () => runDoctest("sanitizers") },
  // As many runs as take a few seconds, from one seed: the same inputs each time.
  { name: "fuzz", uses: ["sanitizers"], run: () => fuzz(["-runs=20000", "-seed=1"]) },
  { name: "doctest wasm-simd", uses: ["wasm-simd"], run: () => runDoctest("wasm-simd") },
  { name: "doctest wasm-scalar", uses: ["wasm-scalar"], run: () => runDoctest("wasm-scalar") },
  { name: "bindings", after: ["build"], run: onBuiltSite("tests/bindings") },
  { name: "press", after: ["build"], run: onBuiltSite("tests/web/press") },
  { name: "instruments", after: ["build"], run: onBuiltSite("tests/web/instruments") },
  { name: "reader", after: ["build"], run: onBuiltSite("tests/web/reader") },
  { name: "python", after: ["build"], run: onBuiltSite("tests/web/python") },
  { name: "readme", after: ["build"], uses: ["native"], run: readme },
  { name: "browser", after: ["build"], alone: true, run: onBuiltSite("tests/web/browser", 2) },
];
