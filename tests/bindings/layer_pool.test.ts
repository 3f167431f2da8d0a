import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { LayerPhase, LayerPool } from "../../bindings/layer_pool.ts";
import type { Layer, Recipe } from "../../bindings/layer_types.ts";
import { EngineError, engineFolder, engines, variants } from "./engines.ts";

type Face = typeof import("../../bindings/layer_pool.ts");

/** The pool's own script, of a folder that the build makes. */
const scriptOf = (folder: string): Promise<Face> => import(pathToFileURL(join(folder, "layer_pool.js")).href);

const { createLayerPool } = await scriptOf(engineFolder);

/** A layer, of whose inputs two are dead. */
function layerOf(outputs: number, inputs: number, heldOutTokens = 40): Layer {
  const { weights, calibration, heldOut } = engines.simd.sampleLayer({
    outputs,
    inputs,
    tokens: 96,
    heldOutTokens,
    seed: 4,
  });
  for (let token = 0; token < calibration.rows; token++) {
    for (const dead of [2, inputs - 1]) calibration.data[token * inputs + dead] = 0;
  }
  return { weights, calibration, ...(heldOutTokens > 0 && { heldOut }) };
}

/** Rejects with the engine's own error. */
const refused = (work: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(work, (thrown) => {
    assert.ok(thrown instanceof EngineError, String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  });

/** Recipes by the phases that they go through. */
const recipes: { phases: LayerPhase[]; recipes: Recipe[] }[] = [
  {
    phases: ["hessian", "inverse", "sweep", "errors"],
    recipes: [
      { method: "gptq" },
      { method: "gptq", format: "uint3", group: 48, activationOrder: true },
      { method: "gptq", format: "int3", group: 32, activationOrder: true, staticGroups: true, block: 40 },
      { method: "gptq", format: "int4", group: "row", damping: 0.2 },
      { method: "gptq", format: "mxfp4" },
      { method: "sparsegpt", pattern: "2:4" },
      { method: "sparsegpt", pattern: "4:8", format: "uint4" },
    ],
  },
  {
    phases: ["method", "errors"],
    recipes: [
      { method: "gptq", group: 32, scaleInputs: true, alphas: 3 },
      { method: "gptq", format: "uint3", group: "row", steps: true },
      { method: "sparsegpt", sparsity: 0.4 },
      { method: "rtn", format: "nf4_dq" },
      { method: "rtn", format: "int4", group: "tensor" },
      { method: "wanda" },
      { method: "wanda", pattern: "2:4" },
      { method: "magnitude" },
      { method: "awq", alphas: 3 },
      { method: "quip", tuningPasses: 1 },
    ],
  },
  { phases: ["method"], recipes: [{ method: "smoothquant" }, { method: "llm_int8" }] },
];

for (const [variant, engine] of variants) {
  describe(`a layer over workers, ${variant}`, async () => {
    const pools = await Promise.all([1, 2, 3].map((workers) => createLayerPool({ workers, variant })));
    after(() => {
      for (const pool of pools) pool.close();
    });

    // Rows and inputs that blocks of 64 do not divide, and fewer rows than workers.
    for (const [outputs, inputs] of [
      [150, 96],
      [2, 48],
      [65, 200],
      [130, 256],
    ]) {
      it(`is what one engine makes of ${outputs} × ${inputs} weights`, async () => {
        const layer = layerOf(outputs, inputs);
        for (const [recipe, phases] of recipes.flatMap(({ phases, recipes }) =>
          recipes.map((recipe) => [recipe, phases] as const),
        )) {
          const whole = engine.compressLayer(layer, recipe);
          for (const pool of pools) {
            const name = `${JSON.stringify(recipe)}, ${pool.workers} workers`;
            const heard = new Set<LayerPhase>();
            const onProgress = ({ phase }: { phase: LayerPhase }) => void heard.add(phase);
            assert.deepEqual(await pool.compressLayer(layer, recipe, { onProgress }), whole, name);
            assert.deepEqual([...heard], phases, name);
          }
        }
      });
    }

    it("measures on the calibration set where nothing is held out", async () => {
      const layer = layerOf(70, 64, 0);
      const whole = engine.compressLayer(layer, { method: "rtn" });
      assert.deepEqual(await pools[1].compressLayer(layer, { method: "rtn" }), whole);
    });

    it("raises the damping as one engine does", async () => {
      const inputs = 200;
      const data = Float32Array.from({ length: 2 * inputs }, (_, i) =>
        i < inputs ? 3 : 1e-4 * (i - inputs),
      );
      const layer = { ...layerOf(70, inputs, 0), calibration: { rows: 2, cols: inputs, data } };
      const recipe: Recipe = { method: "gptq", damping: 1e-9 };
      const whole = engine.compressLayer(layer, recipe);
      assert.ok(whole.trace.damping[0] > 1e-9);
      assert.deepEqual(await pools[1].compressLayer(layer, recipe), whole);
    });

    it("says of bad input what one engine says, and serves on", async () => {
      const layer = layerOf(130, 96);
      const bad = (matrix: "weights" | "calibration" | "heldOut", at: number): Layer => {
        const { rows, cols, data } = layer[matrix] as { rows: number; cols: number; data: Float32Array };
        const numbers = data.slice();
        numbers[at] = Number.NaN;
        return { ...layer, [matrix]: { rows, cols, data: numbers } };
      };
      const cases: [Layer, Recipe][] = [
        [bad("weights", 100 * 96), { method: "gptq" }],
        [bad("calibration", 777), { method: "gptq" }],
        [bad("heldOut", 5), { method: "gptq" }],
        [bad("heldOut", 5), { method: "wanda" }],
        [layer, { method: "gptq", damping: 0 }],
        [layer, { method: "gptq", block: 0 }],
        [layer, { method: "gptq", group: "tensor" }],
        [layer, { method: "gptq", format: "none" }],
        [layer, { method: "sparsegpt", pattern: "2:5" }],
        [layer, { method: "sparsegpt", pattern: "2:4", block: 6 }],
        [layer, { method: "none" as "rtn" }],
        [{ ...layer, calibration: { ...layer.calibration, cols: 48, rows: 192 } }, { method: "gptq" }],
      ];
      for (const [given, recipe] of cases) {
        const { code, message } = (() => {
          try {
            engine.compressLayer(given, recipe);
          } catch (thrown) {
            if (thrown instanceof EngineError) return thrown;
          }
          throw new Error(`the engine takes ${JSON.stringify(recipe)}`);
        })();
        const work = pools[1].compressLayer(given, recipe);
        await assert.rejects(work, { name: "EngineError", code, message });
      }
      const recipe: Recipe = { method: "gptq" };
      assert.deepEqual(await pools[1].compressLayer(layer, recipe), engine.compressLayer(layer, recipe));
    });
  });
}

describe("a pool of workers", () => {
  const layer = layerOf(130, 96);
  const recipe: Recipe = { method: "gptq" };

  /** Runs with a pool of two, and closes it. */
  async function withPool(run: (pool: LayerPool) => Promise<void>): Promise<void> {
    const pool = await createLayerPool({ workers: 2 });
    try {
      await run(pool);
    } finally {
      pool.close();
    }
  }

  it("leaves the caller's arrays as they are", () =>
    withPool(async (pool) => {
      const before = structuredClone(layer);
      await pool.compressLayer(layer, recipe);
      assert.deepEqual(layer, before);
    }));

  it("takes one layer after another", () =>
    withPool(async (pool) => {
      const answers = await Promise.all(
        (["gptq", "rtn", "wanda"] as const).map((method) => pool.compressLayer(layer, { method })),
      );
      const { simd } = engines;
      assert.deepEqual(
        answers,
        (["gptq", "rtn", "wanda"] as const).map((method) => simd.compressLayer(layer, { method })),
      );
    }));

  it("reports phases in their order, and how far they have come", () =>
    withPool(async (pool) => {
      const heard: { phase: LayerPhase; share: number }[] = [];
      const onProgress = (progress: (typeof heard)[0]) => void heard.push(progress);
      await pool.compressLayer(layerOf(256, 512), { method: "gptq", block: 8 }, { onProgress });
      const phases = heard.map(({ phase }) => phase);
      const runs = phases.filter((phase, i) => phase !== phases[i - 1]);
      assert.deepEqual(runs, ["hessian", "inverse", "sweep", "errors"]);
      const sweep = heard.filter(({ phase }) => phase === "sweep").map(({ share }) => share);
      assert.deepEqual(
        sweep,
        sweep.toSorted((a, b) => a - b),
      );
      assert.ok(sweep[0] === 0 && sweep.length > 1 && sweep.every((share) => share <= 1), String(sweep));
    }));

  it("is stopped by a signal at once, and serves on", () =>
    withPool(async (pool) => {
      const controller = new AbortController();
      // AQLM would search for minutes.
      const large = layerOf(512, 512);
      const long = pool.compressLayer(
        large,
        { method: "aqlm" },
        { signal: controller.signal, onProgress: () => controller.abort() },
      );
      const waiting = pool.compressLayer(layer, recipe, { signal: controller.signal });
      const after = pool.compressLayer(layer, recipe);
      await refused(long, "aborted", /stopped by its signal/);
      await refused(waiting, "aborted", /stopped by its signal/);
      assert.deepEqual(await after, engines.simd.compressLayer(layer, recipe));
      const late = pool.compressLayer(layer, recipe, { signal: controller.signal });
      await refused(late, "aborted", /stopped by its signal/);
    }));

  it("refuses options that it does not know", () =>
    withPool(async (pool) => {
      await refused(createLayerPool({ workers: 0 }), "invalid-argument", /workers must be an integer from 1/);
      await refused(createLayerPool({ variant: "fast" as "simd" }), "invalid-argument", /variant/);
      const options = { onProgress: 3 as unknown as () => void };
      await refused(pool.compressLayer(layer, recipe, options), "invalid-argument", /onProgress/);
      const signal = {} as AbortSignal;
      await refused(pool.compressLayer(layer, recipe, { signal }), "invalid-argument", /signal/);
      const unknown = { method: "gptq", measured: false } as Recipe;
      await refused(pool.compressLayer(layer, unknown), "invalid-argument", /unknown option measured/);
    }));

  it("rejects what is under way when it is closed, and all later layers", async () => {
    const pool = await createLayerPool({ workers: 2 });
    const work = pool.compressLayer(
      layerOf(512, 512),
      { method: "aqlm" },
      { onProgress: () => pool.close() },
    );
    const waiting = pool.compressLayer(layer, recipe);
    await refused(work, "terminated", /closed/);
    await refused(waiting, "terminated", /closed/);
    await refused(pool.compressLayer(layer, recipe), "terminated", /closed/);
  });

  it("says when a worker dies, or cannot be loaded", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pool-"));
    try {
      await cp(engineFolder, folder, { recursive: true });
      const broken = await scriptOf(folder);
      const pool = await broken.createLayerPool({ workers: 2 });
      // The workers that start after the next are of another script.
      const script = join(folder, "layer_pool_worker.js");
      await writeFile(script, `setTimeout(() => { throw new Error("out of sorts"); }, 50);`);
      const controller = new AbortController();
      controller.abort();
      await assert.rejects(pool.compressLayer(layer, recipe, { signal: controller.signal }), /signal/);
      const stopped = new AbortController();
      const long = pool.compressLayer(
        layerOf(512, 512),
        { method: "aqlm" },
        { signal: stopped.signal, onProgress: () => stopped.abort() },
      );
      await assert.rejects(long, { code: "aborted" });
      const dies = pool.compressLayer(layer, recipe);
      await assert.rejects(dies, { name: "EngineError", code: "unavailable", message: /out of sorts/ });
      await rm(script);
      const absent = broken.createLayerPool({ workers: 2 });
      await assert.rejects(absent, {
        name: "EngineError",
        code: "unavailable",
        message: /layer_pool_worker/,
      });
      await rm(join(folder, "compression-simd.wasm"));
      await cp(join(engineFolder, "layer_pool_worker.js"), script);
      const unloaded = broken.createLayerPool({ workers: 2, variant: "simd" });
      await assert.rejects(unloaded, { code: "unavailable", message: /compression-simd\.wasm/ });
      pool.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
