import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createEngine, EngineError, variants } from "./engines.ts";

const sample = { sigma: 0.02, outlierFraction: 0, outlierScale: 1, seed: 1 };

for (const [variant, engine] of variants) {
  describe(`${variant}: memory`, () => {
    test("answers are copies that outlive the growth of the engine's memory", () => {
      const weights = engine.sampleWeights({ ...sample, count: 1000 });
      const packed = engine.pack(weights, { format: "int4", group: 64 });
      const { dequantized } = engine.roundTrip(weights, { format: "int4", group: 64 });
      const copies = [weights.slice(), packed.bytes.slice(), dequantized.slice()];

      const large = engine.sampleWeights({ ...sample, count: 4_000_000 });
      assert.equal(engine.statistics(large).count, 4_000_000);

      assert.deepEqual([weights, packed.bytes, dequantized], copies);
      assert.deepEqual(large.subarray(0, 0), new Float32Array(0));
      assert.deepEqual(engine.unpack(packed), dequantized);
      for (const array of [weights, packed.bytes, dequantized, large]) {
        assert.equal(array.buffer.byteLength, array.byteLength, "no view of a larger memory");
      }
    });

    test("arguments stay as they were, and the caller's", () => {
      const weights = Float32Array.of(3, 1, 2);
      engine.roundTrip(weights, { format: "int4" });
      engine.quantiles(weights, [0.5]);
      assert.deepEqual(weights, Float32Array.of(3, 1, 2));
    });

    test("views into a larger buffer are read where they stand", () => {
      const whole = Float32Array.of(9, 9, 1, 2, 9);
      assert.equal(engine.statistics(whole.subarray(2, 4)).mean, 1.5);
    });

    test("errors do not use up memory", () => {
      const weights = new Float32Array(200_000).fill(Number.NaN);
      for (let i = 0; i < 200; i++) assert.throws(() => engine.statistics(weights), EngineError);
      for (let i = 0; i < 200; i++)
        assert.throws(() => engine.pack(weights, { format: "int4" }), EngineError);
      assert.equal(engine.tauSquared({ tau: 4 }), 16);
    });

    test("a machine that gives no more memory is an error, and the engine serves on", async () => {
      const own = await createEngine({ variant });
      const { grow } = WebAssembly.Memory.prototype;
      try {
        WebAssembly.Memory.prototype.grow = () => {
          throw new RangeError("no more memory");
        };
        const outOfMemory = { name: "EngineError", code: "out-of-memory", message: /memory cannot hold/ };
        const weights = new Float32Array(8_000_000);
        assert.throws(() => own.random({ seed: 0, count: 8_000_000, distribution: "random" }), outOfMemory);
        assert.throws(() => own.pack(weights, { format: "int4" }), outOfMemory);
        assert.equal(own.tauSquared({ tau: 4 }), 16);
      } finally {
        WebAssembly.Memory.prototype.grow = grow;
      }
      assert.equal(own.random({ seed: 0, count: 8_000_000, distribution: "random" }).length, 8_000_000);
    });

    test("arrays beyond a 32-bit memory are refused", () => {
      const words = { code: "invalid-argument", message: /must be an integer from 1 to 268435455/ };
      assert.throws(() => engine.random({ seed: 0, count: 2 ** 28, distribution: "random" }), words);
      assert.throws(() => engine.histogram([1], { bins: 2 ** 28, min: 0, max: 1 }), words);
    });
  });
}
