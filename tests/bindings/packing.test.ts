import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Group, ScaleType, TensorOptions } from "../../bindings/compression.ts";
import { engines, variants } from "./engines.ts";

const sample = { sigma: 0.02, outlierFraction: 0.004, outlierScale: 6, seed: 7 };
const groups: Group[] = ["tensor", "row", 2, 32, 64, 100];
const scaleTypes: ScaleType[] = ["fp16", "fp32"];

/** Every format with every granularity and type of scales. */
function everyOption(): TensorOptions[] {
  return engines.simd
    .formats()
    .flatMap(({ id, grouped }) =>
      (grouped ? groups : groups.slice(0, 1)).flatMap((group) =>
        scaleTypes.map((scales) => ({ format: id, group, scales, rows: 7, cols: 131 })),
      ),
    );
}

describe("packing", () => {
  test("both builds are the builds they are called", () => {
    assert.equal(engines.simd.simd, "wasm");
    assert.equal(engines.scalar.simd, "scalar");
  });

  test("SIMD and scalar agree in every byte and every metric", () => {
    const weights = engines.simd.sampleWeights({ count: 7 * 131, ...sample });
    assert.deepEqual(engines.scalar.sampleWeights({ count: 7 * 131, ...sample }), weights);
    for (const options of everyOption()) {
      const packed = engines.simd.pack(weights, options);
      assert.deepEqual(engines.scalar.pack(weights, options), packed, JSON.stringify(options));
      const result = engines.simd.roundTrip(weights, options);
      assert.deepEqual(engines.scalar.roundTrip(weights, options), result, JSON.stringify(options));
      assert.deepEqual(engines.scalar.unpack(packed), result.dequantized, JSON.stringify(options));
    }
    assert.deepEqual(engines.scalar.formats(), engines.simd.formats());
    assert.deepEqual(engines.scalar.statistics(weights), engines.simd.statistics(weights));
  });

  for (const [variant, engine] of variants) {
    test(`${variant}: bits per weight count what is stored`, () => {
      const weights = engine.sampleWeights({ count: 7 * 131, ...sample });
      for (const options of everyOption()) {
        const packed = engine.pack(weights, options);
        assert.equal(packed.bitsPerWeight, (packed.bytes.length * 8) / weights.length);
        assert.equal(engine.roundTrip(weights, options).bitsPerWeight, packed.bitsPerWeight);
        assert.deepEqual(packed.spec, options);
      }
    });

    test(`${variant}: what shares a scale is the tensor, a row, or a run of a row`, () => {
      const weights = engine.sampleWeights({ count: 4 * 64, ...sample });
      const bits = (options: { group?: Group; scales?: ScaleType }) =>
        engine.pack(weights, { format: "int4", rows: 4, ...options }).bitsPerWeight;
      assert.equal(bits({}), 4 + 16 / 256);
      assert.equal(bits({ group: "tensor", scales: "fp32" }), 4 + 32 / 256);
      assert.equal(bits({ group: "row" }), 4 + 16 / 64);
      assert.equal(bits({ group: 32 }), 4 + 16 / 32);
    });

    test(`${variant}: rows and cols follow from each other`, () => {
      const weights = new Float32Array(12).fill(1);
      const shape = (options: { rows?: number; cols?: number }) => {
        const { rows, cols } = engine.pack(weights, { format: "int4", ...options }).spec;
        return [rows, cols];
      };
      assert.deepEqual(shape({}), [1, 12]);
      assert.deepEqual(shape({ rows: 3 }), [3, 4]);
      assert.deepEqual(shape({ cols: 3 }), [4, 3]);
      assert.deepEqual(shape({ rows: 2, cols: 6 }), [2, 6]);
    });

    test(`${variant}: plain arrays and typed arrays mean the same`, () => {
      const weights = [0.5, -0.25, 0.125, 1];
      const options = { format: "int4", group: 2 };
      const expected = engine.roundTrip(weights, options);
      assert.deepEqual(engine.roundTrip(Float32Array.from(weights), options), expected);
      assert.deepEqual(engine.roundTrip(Float64Array.from(weights), options), expected);
      assert.deepEqual(engine.statistics(Int8Array.of(1, -2)), engine.statistics([1, -2]));
    });

    test(`${variant}: levels are the values that weights can become`, () => {
      for (const { id, kind, levels } of engine.formats()) {
        const values = engine.levels({ format: id, absmax: 0.5 });
        assert.ok(values.length > 1 && values.length <= levels, id);
        assert.deepEqual(values.toSorted(), values, id);
        if (kind === "ggml" || kind === "vector") continue; // scales of scales, or sums of what was learned
        const { dequantized } = engine.roundTrip([0.5, 0.31, -0.02, -0.5], { format: id });
        for (const value of dequantized) assert.ok(values.includes(value), `${id}: ${value}`);
      }
    });
  }
});
