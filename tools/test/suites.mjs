import { build } from "../build/build.mjs";
import { compile } from "../build/cmake.mjs";
import { runDoctest } from "./doctest.mjs";
import { fuzz } from "./fuzz.mjs";
import { biome, clangFormat, clangTidy, types } from "./lint.mjs";
import { runNodeTests } from "./node_tests.mjs";

/** @typedef {{ passed: number, failed: number }} Outcome */
/** @typedef {{ name: string, run: () => Promise<Outcome> | Outcome }} Suite */

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
 */
function onBuiltSite(folder) {
  return async () => {
    await build();
    return runNodeTests(folder);
  };
}

/** The programs of the README: one of them is compiled against the native engine. */
async function readme() {
  await compile("native", { targets: ["compression-engine"] });
  return onBuiltSite("tests/readme")();
}

/** All suites, the quickest to tell first. @type {Suite[]} */
export const suites = [
  { name: "clang-format", run: check(clangFormat) },
  { name: "biome", run: check(biome) },
  { name: "types", run: check(types) },
  { name: "tools", run: () => runNodeTests("tests/tools") },
  { name: "doctest native", run: () => runDoctest("native") },
  { name: "clang-tidy", run: check(() => clangTidy("/engine/[a-z]+/")) },
  { name: "doctest sanitizers", run: () => runDoctest("sanitizers") },
  { name: "doctest wasm-simd", run: () => runDoctest("wasm-simd") },
  { name: "doctest wasm-scalar", run: () => runDoctest("wasm-scalar") },
  // As many runs as take a few seconds, from one seed: the same inputs each time.
  { name: "fuzz", run: () => fuzz(["-runs=20000", "-seed=1"]) },
  { name: "build", run: check(build) },
  { name: "bindings", run: onBuiltSite("tests/bindings") },
  { name: "press", run: onBuiltSite("tests/web/press") },
  { name: "instruments", run: onBuiltSite("tests/web/instruments") },
  { name: "reader", run: onBuiltSite("tests/web/reader") },
  { name: "python", run: onBuiltSite("tests/web/python") },
  { name: "readme", run: readme },
  { name: "browser", run: onBuiltSite("tests/web/browser") },
];
