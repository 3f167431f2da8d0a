import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";
import { run } from "../setup/process.mjs";
import { compile } from "./cmake.mjs";

/**
 * One stage of the build: run when its inputs changed, when an earlier stage ran, or when its output is missing.
 * @typedef {{ name: string, title: string, inputs: string[], output: string, work: () => Promise<void> }} Stage
 */

/**
 * Runs one of the repository's TypeScript programs.
 * @param {string[]} args
 */
function tsx(...args) {
  return run(process.execPath, ["--import", "tsx", ...args], { cwd: root });
}

/**
 * Empties `dist/` but for what the other stages put there.
 * @param {string[]} kept names in `dist/`
 */
async function clearDist(...kept) {
  const dist = join(root, "dist");
  for (const name of existsSync(dist) ? await readdir(dist) : []) {
    if (!kept.includes(name)) await rm(join(dist, name), { recursive: true });
  }
}

/** @type {Stage[]} */
export const stages = [
  {
    name: "engine",
    title: "Compiling the engine to WebAssembly",
    inputs: [
      "CMakeLists.txt",
      "CMakePresets.json",
      "tools/cmake",
      "engine",
      "bindings",
      ".toolchain/prefix/stamp",
    ],
    output: "build/wasm-scalar/compression-core-scalar.wasm",
    async work() {
      await compile("wasm-simd", { targets: ["compression-simd", "compression-core-simd"] });
      await compile("wasm-scalar", { targets: ["compression-scalar", "compression-core-scalar"] });
    },
  },
  {
    name: "face",
    title: "Bundling the engine's JavaScript face",
    inputs: ["bindings", "package-lock.json", "tsconfig.json"],
    output: "dist/engine/compression.js",
    work: () => tsx("bindings/build.ts", "--out", "dist/engine"),
  },
  {
    name: "islands",
    title: "Bundling the page's scripts and styles",
    inputs: ["web/reader", "web/instruments", "web/python", "web/figures", "bindings", "vite.config.ts"],
    output: "dist/.vite/manifest.json",
    async work() {
      await clearDist("engine");
      await run(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], {
        cwd: root,
      });
    },
  },
  {
    name: "pages",
    title: "Rendering the pages",
    inputs: ["web/press", "web/content"],
    output: "dist/compression/index.html",
    async work() {
      await clearDist("engine", "assets", "python", ".vite");
      await tsx("web/press/build.ts", "--volume", "web/content", "--out", "dist");
    },
  },
  {
    name: "samples",
    title: "Drawing the sample model",
    inputs: ["tools/sample_model.ts", "web/instruments/your_weights/sample_model.ts"],
    output: "dist/samples/sample-llama-2-layers.safetensors",
    work: () => tsx("tools/sample_model.ts", "--out", "dist/samples"),
  },
  {
    name: "offline",
    title: "Listing what the page keeps offline",
    inputs: [],
    output: "dist/service-worker.js",
    work: () => tsx("web/reader/offline/build.ts", "--out", "dist"),
  },
];
