import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine } from "../../bindings/compression.ts";
import { EngineError, variants } from "./engines.ts";

/** A file of one BF16 tensor `w` [rows, cols] of drawn weights, and these weights. */
async function drawnFile(engine: Engine, rows: number, cols: number) {
  const data = engine.sampleWeights({
    count: rows * cols,
    sigma: 0.02,
    outlierFraction: 0.01,
    outlierScale: 6,
    seed: 3,
  });
  const bytes = engine.writeSafetensors([{ name: "w", shape: [rows, cols], type: "BF16", data }]);
  const file = await engine.openTensorFile(bytes);
  return { file, weights: await file.read("w") };
}

for (const [variant, engine] of variants) {
  describe(`${variant}: tensors looked at and measured in their file`, () => {
    test("a sample is the tensor, rows spread evenly over it, or the start of a long row", async () => {
      const { file, weights } = await drawnFile(engine, 10, 512);
      assert.deepEqual(await file.sample("w", { weights: 5120 }), {
        weights,
        rows: 10,
        cols: 512,
        whole: true,
      });
      const spread = await file.sample("w", { weights: 3 * 512 + 511 });
      assert.deepEqual([spread.rows, spread.cols, spread.whole], [3, 512, false]);
      const rows = [0, 3, 6].flatMap((row) => [...weights.subarray(512 * row, 512 * row + 512)]);
      assert.deepEqual([...spread.weights], rows);
      const start = await file.sample("w", { weights: 300 });
      assert.deepEqual([start.rows, start.cols], [1, 256]);
      assert.deepEqual(start.weights, weights.slice(0, 256));
    });

    test("a sketch is the statistics and the histogram of the sample", async () => {
      const { file, weights } = await drawnFile(engine, 4, 256);
      const { statistics, counts, whole } = await file.sketch("w", { weights: 1024, bins: 7 });
      assert.deepEqual(statistics, engine.statistics(weights));
      const { absmax } = statistics;
      assert.deepEqual(counts, engine.histogram(weights, { bins: 7, min: -absmax, max: absmax }));
      assert.equal(whole, true);
    });

    test("zeros have a sketch: they fill the bin in the middle", async () => {
      const bytes = engine.writeSafetensors([{ name: "w", shape: [8], data: new Float32Array(8) }]);
      const { counts } = await (await engine.openTensorFile(bytes)).sketch("w", { weights: 8, bins: 3 });
      assert.deepEqual([...counts], [0, 8, 0]);
    });

    test("measuring is a round trip without the weights; rows that are pooled are the tensor", async () => {
      const { file, weights } = await drawnFile(engine, 6, 256);
      const formats = [{ format: "int4", group: 64 }, { format: "q4_k" }, { format: "bf16" }] as const;
      const whole = await file.measure("w", { formats });
      const halves = await Promise.all(
        [0, 3].map((from) => file.measure("w", { formats, rows: { from, count: 3 } })),
      );
      formats.forEach((format, index) => {
        const expected = engine.roundTrip(weights, { ...format, cols: 256 });
        const measured = whole[index];
        assert.ok(measured && "error" in measured);
        const { rmse, maxError, sqnrDb, bitsPerWeight } = measured.error;
        assert.deepEqual(
          [rmse, maxError, bitsPerWeight],
          [expected.rmse, expected.maxError, expected.bitsPerWeight],
        );
        assert.equal(sqnrDb.toFixed(9), expected.sqnrDb.toFixed(9));
        const parts = halves.map((half) => {
          const part = half[index];
          assert.ok(part && "error" in part);
          return part.error;
        });
        const pooled = engine.pooledError({ parts });
        assert.deepEqual([pooled.weights, pooled.maxError], [weights.length, maxError]);
        assert.equal(pooled.sqnrDb.toFixed(9), sqnrDb.toFixed(9));
        assert.equal(pooled.bytes, (weights.length * pooled.bitsPerWeight) / 8);
      });
    });

    test("a format that refuses says so, beside the others", async () => {
      const data = new Float32Array(64).fill(1e6);
      const bytes = engine.writeSafetensors([{ name: "w", shape: [1, 64], data }]);
      const file = await engine.openTensorFile(bytes);
      const [refused, measured, unknown] = await file.measure("w", {
        formats: [{ format: "fp16" }, { format: "bf16" }, { format: "int99" }],
      });
      assert.ok(refused && "refusal" in refused && /fp16/i.test(refused.refusal));
      assert.ok(measured && "error" in measured);
      assert.ok(unknown && "refusal" in unknown && /int99/.test(unknown.refusal));
    });

    test("wrong requests are refused by name", async () => {
      const { file } = await drawnFile(engine, 2, 64);
      const cases: [Promise<unknown>, RegExp][] = [
        [file.sample("v", { weights: 1 }), /no tensor "v"/],
        [file.sample("w", { weights: 0 }), /weights must be an integer from 1/],
        [file.sketch("w", { weights: 1, bins: 0.5 }), /bins must be an integer/],
        [file.measure("w", { formats: "int4" as unknown as [] }), /formats must be an array/],
        [
          file.measure("w", { formats: [], rows: { from: 1, count: 2 } }),
          /count must be an integer from 1 to 1/,
        ],
      ];
      for (const [call, words] of cases) {
        await assert.rejects(call, (error) => error instanceof EngineError && words.test(error.message));
      }
      assert.throws(() => engine.pooledError({ parts: [] }), /parts must not be empty/);
      const part = { weights: 1, bitsPerWeight: 4, rms: 1, rmse: -1, maxError: 0 };
      assert.throws(() => engine.pooledError({ parts: [part] }), /parts\[0\] must not be negative/);
    });
  });
}
