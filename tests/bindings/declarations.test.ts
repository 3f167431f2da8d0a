import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { engineFolder } from "./engines.ts";

const root = resolve(import.meta.dirname, "../..");
const compiler = join(root, "node_modules/typescript/bin/tsc");

/** The lines of declarations, whose order is the linker's. */
const linesOf = (declarations: string) => declarations.split("\n").toSorted();

test("the declarations of the module are those that Embind emits", async () => {
  const committed = await readFile(join(root, "bindings/generated/compression_module.d.ts"), "utf8");
  for (const variant of ["simd", "scalar"]) {
    const emitted = await readFile(join(root, `build/wasm-${variant}/compression-${variant}.d.ts`), "utf8");
    assert.deepEqual(linesOf(emitted), linesOf(committed), "see bindings/generate.ts");
  }
});

test("every code of the engine's errors is declared", async () => {
  const engine = await readFile(join(root, "engine/error.h"), "utf8");
  const declared = await readFile(join(engineFolder, "errors.d.ts"), "utf8");
  const codes = [...engine.matchAll(/return "([\w-]+)";/g)].map(([, code]) => code);
  assert.ok(codes.length > 0);
  for (const code of codes)
    assert.ok(declared.includes(`| "${code}"`) || declared.includes(`= "${code}"`), code);
});

test("a program type-checks against the built folder alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "consumer-"));
  const options = {
    strict: true,
    noEmit: true,
    target: "ES2022",
    module: "nodenext",
    types: [],
    lib: ["ES2022", "DOM"],
  };
  const program = (line: string) => `
    import { createEngine, EngineError } from "${engineFolder}/compression.js";
    import type { Engine, FormatInfo, Packed } from "${engineFolder}/compression.js";
    import { createLayerPool, type LayerPool } from "${engineFolder}/layer_pool.js";
    const engine: Engine = await createEngine();
    const formats: FormatInfo[] = engine.formats();
    const packed: Packed = engine.pack([1, 2, 3], { format: formats[0]!.id, group: "row" });
    const weights: Float32Array = engine.unpack(packed);
    const pool: LayerPool = await createLayerPool({ workers: 2 });
    const codeOf = (error: unknown): string => (error instanceof EngineError ? error.code : "");
    ${line}
    export {};
  `;
  const check = async (line: string) => {
    await writeFile(join(folder, "consumer.mts"), program(line));
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, files: ["consumer.mts"] }),
    );
    return spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" }).stdout;
  };
  try {
    assert.equal(await check(""), "");
    assert.match(await check(`engine.pack(weights, { fromat: "int4" });`), /fromat/);
    assert.match(await check(`const text: string = engine.entropy(weights);`), /number/);
    assert.match(await check("pool.compressLayer(weights, { method: `gptq` });"), /weights/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a program runs in plain node against a copy of the folder, anywhere", async () => {
  const folder = await mkdtemp(join(tmpdir(), "copy-"));
  const script = `
    import { createEngine } from "./engine/compression.js";
    const engine = await createEngine();
    const sample = { count: 8192, sigma: 0.02, outlierFraction: 0.004, outlierScale: 6, seed: 0 };
    const weights = engine.sampleWeights(sample);
    const { rmse, bitsPerWeight } = engine.roundTrip(weights, { format: "int4", group: 64 });
    console.log(engine.simd, bitsPerWeight, rmse > 0);
  `;
  try {
    await cp(engineFolder, join(folder, "engine"), { recursive: true });
    await writeFile(join(folder, "program.mjs"), script);
    const printed = execFileSync(process.execPath, [join(folder, "program.mjs")], { encoding: "utf8" });
    assert.equal(printed, "wasm 4.25 true\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the folder is complete and within its budget", async () => {
  const files = [
    "compression-core-scalar.mjs",
    "compression-core-scalar.wasm",
    "compression-core-simd.mjs",
    "compression-core-simd.wasm",
    "compression-scalar.mjs",
    "compression-scalar.wasm",
    "compression-simd.mjs",
    "compression-simd.wasm",
    "compression.d.ts",
    "compression.js",
    "engine.d.ts",
    "errors.d.ts",
    "file_types.d.ts",
    "layer_pool.d.ts",
    "layer_pool.js",
    "layer_pool_worker.js",
    "layer_types.d.ts",
    "package.json",
    "worker.js",
  ];
  assert.deepEqual((await readdir(engineFolder)).toSorted(), files);
  const weights = { "core-simd": 150_000, "core-scalar": 150_000, simd: 190_000, scalar: 190_000 };
  for (const [module, budget] of Object.entries(weights)) {
    const loaded = ["compression.js", "worker.js", `compression-${module}.mjs`, `compression-${module}.wasm`];
    let total = 0;
    for (const file of loaded) {
      const content = await readFile(join(engineFolder, file));
      total += brotliCompressSync(content).length;
      assert.ok(!content.includes(root), `${file} names no folder of the machine`);
    }
    assert.ok(total <= budget, `${module}: ${total} bytes with Brotli`);
  }
});
