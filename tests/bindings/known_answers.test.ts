import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { near, rounded, variants } from "./engines.ts";

const cat = [9, 6.5, 4, 2.5, 1, -4];

for (const [variant, engine] of variants) {
  describe(`${variant}: known answers`, () => {
    test("the decode ceiling of an H100 with a 70B model", () => {
      const stream = { bandwidth: 3.35e12, activeParameters: 70e9 };
      assert.equal(engine.decodeCeiling({ ...stream, bytesPerParameter: 0.5 }).toFixed(1), "95.7");
      assert.equal(engine.decodeCeiling({ ...stream, bytesPerParameter: 2 }).toFixed(1), "23.9");
      assert.equal(engine.bytesPerToken({ bytesPerParameter: 0.5, activeParameters: 70e9 }), 3.5e10);
    });

    test("the memory of a 70B model", () => {
      assert.equal(engine.weightMemory({ parameters: 70e9, format: "fp16" }), 140e9);
      assert.equal(engine.weightMemory({ parameters: 70e9, format: "int4" }), 35e9);
      assert.equal(engine.weightMemory({ parameters: 70e9, format: "int4", group: 64 }), (70e9 * 4.25) / 8);
      assert.equal(engine.bytesPerParameter({ format: "int4", group: 64, scales: "fp32" }), 4.5 / 8);
      assert.equal(engine.remaining({ parameters: 7e9, sparsity: 0.5 }), 3.5e9);
    });

    test("the cache and the cards of a 70B model", () => {
      const cacheBytesPerToken = engine.kvCacheBytesPerToken({
        layers: 80,
        keyValueHeads: 8,
        headDimension: 128,
        bytesPerValue: 2,
      });
      assert.equal(cacheBytesPerToken, 2 * 80 * 8 * 128 * 2);
      const serving = { weightBytes: 140e9, cardMemory: 80e9, cacheBytesPerToken, contextLength: 8192 };
      const contexts = Math.floor(20e9 / (cacheBytesPerToken * 8192));
      assert.deepEqual(engine.servingPlan(serving), { cards: 2, roomBytes: 20e9, contexts });
      assert.equal(engine.servingPlan({ ...serving, reserve: 0.2 }).cards, 3);
    });

    test("entropies of the cat's soft targets", () => {
      const entropies = [1, 2, 5, 10].map((tau) => engine.softTargets(cat, tau).entropyBits);
      assert.deepEqual(rounded(entropies, 3), ["0.458", "1.294", "2.217", "2.476"]);
      assert.deepEqual(engine.softmax(cat, 5), engine.softTargets(cat, 5).probabilities);
      assert.deepEqual(engine.softmax(cat), engine.softmax(cat, 1));
      assert.equal(engine.entropy([0.25, 0.25, 0.25, 0.25]), 2);
    });

    test("the distillation loss against an independent computation", () => {
      const teacher = [2, 1, 0, -1];
      const student = [1, 1.5, -0.5, 0];
      const loss = engine.kdLoss({ teacher, student, label: 0, tau: 4, lambda: 1 });
      assert.ok(near(loss.soft, 0.0193294996), `${loss.soft}`);
      assert.ok(near(loss.total, 0.309271994), `${loss.total}`);
      assert.equal(loss.tauSquared, 16);
      assert.ok(near(loss.hard, -Math.log(engine.softmax(student)[0] ?? 0)));
      const gradient = ["-0.288381848", "0.169210923", "-0.085161649", "0.204332574"];
      assert.deepEqual(rounded(loss.gradient, 9), gradient);
      assert.equal(engine.tauSquared({ tau: 4 }), 16);
    });

    test("divergences against an independent computation, in bits", () => {
      const p = engine.softmax([2, 1, 0, -1]);
      const q = engine.softmax([1, 1.5, -0.5, 0]);
      assert.ok(near(engine.klDivergence(p, q) * Math.LN2, 0.272286971));
      assert.ok(near(engine.klDivergence(q, p) * Math.LN2, 0.289601195));
      assert.ok(near(engine.jensenShannon(p, q) * Math.LN2, 0.0681479736));
      assert.ok(near(engine.jensenShannon(p, q, 0.1) * Math.LN2, 0.0244066302));
      assert.equal(engine.klDivergence([1, 0], [0, 1]), Number.POSITIVE_INFINITY);
      const bits = engine.labelDivergence({ logits: [2, 1, 0, -1], label: 1, tau: 1 });
      assert.ok(near(bits, -Math.log2(p[1] ?? 0)));
    });

    test("a model in several formats is what each of them gives", () => {
      const serving = { cardMemory: 80e9, cacheBytesPerToken: 327_680, contextLength: 8192 };
      const served = engine.servedModels({
        formats: [{ format: "fp16" }, { format: "int4", group: 64 }],
        parameters: 70e9,
        activeParameters: 13e9,
        bandwidth: 3.35e12,
        ...serving,
      });
      assert.deepEqual(
        served.map(({ bytesPerParameter, weightBytes }) => [bytesPerParameter, weightBytes]),
        [
          [2, 140e9],
          [4.25 / 8, (70e9 * 4.25) / 8],
        ],
      );
      for (const { bytesPerParameter, weightBytes, ceiling, plan } of served) {
        assert.deepEqual(plan, engine.servingPlan({ weightBytes, ...serving }));
        const stream = { bandwidth: 3.35e12, bytesPerParameter, activeParameters: 13e9 };
        assert.equal(ceiling, engine.decodeCeiling(stream));
      }
    });

    test("the symmetric grid of EQ 7.3", () => {
      assert.equal(engine.symmetricScale({ absmax: 0.6, bits: 4 }).toFixed(4), "0.0857");
      assert.deepEqual(engine.symmetricLevels({ bits: 4 }), { lowest: -8, highest: 7, count: 16 });
      const values = [-1.2, -0.7, -0.35, -0.1, 0, 0.05, 0.4, 0.9, 1.5, 2];
      const rmse = ["int8", "int4", "int3", "int2"].map((format) =>
        engine.roundTrip(values, { format, scales: "fp32" }).rmse.toPrecision(5),
      );
      assert.deepEqual(rmse, ["0.0041404", "0.075119", "0.16882", "0.49850"]);
    });

    test("single codes and the scale of a block", () => {
      const table = engine.codes({ format: "fp4_e2m1" });
      assert.deepEqual([...table.values.subarray(0, 8)], [0, 0.5, 1, 1.5, 2, 3, 4, 6]);
      const { codeBits, signBits, exponentBits, mantissaBits } = table;
      assert.deepEqual([codeBits, signBits, exponentBits, mantissaBits], [4, 1, 2, 1]);
      assert.ok(Number.isNaN(engine.codes({ format: "e8m0", scale: 1 }).values[255]));
      const nearest = { code: 4, value: 2, below: 2, above: 3, error: -0.5 };
      assert.deepEqual(engine.nearestCode({ format: "mxfp4", value: 2.5 }), nearest);
      const ieee = { format: "fp8_e5m2", value: 1e9, overflow: "ieee" } as const;
      assert.equal(engine.nearestCode(ieee).value, Number.POSITIVE_INFINITY);
      assert.equal(engine.nearestCode({ format: "int4", value: 1, scale: 0.3 }).code, 3);
      assert.deepEqual(engine.microscale({ format: "mxfp4", absmax: 6.01 }), { code: 127, scale: 1 });
      const ceiling = { format: "mxfp4", absmax: 6.01, rule: "ceil" } as const;
      assert.deepEqual(engine.microscale(ceiling), { code: 128, scale: 2 });
    });

    test("the round trips of the chapter's second cell", () => {
      const weights = engine.sampleWeights({
        count: 10_000,
        sigma: 0.02,
        outlierFraction: 0.004,
        outlierScale: 6,
        seed: 0,
      });
      const rmse = (format: string, group: number | "tensor") =>
        engine.roundTrip(weights, { format, group, scales: "fp32" }).rmse.toFixed(6);
      const formats = ["int8", "int4", "int3", "int2"];
      const global = formats.map((format) => rmse(format, "tensor"));
      const grouped = formats.map((format) => rmse(format, 64));
      assert.deepEqual(global, ["0.000711", "0.012749", "0.019724", "0.020689"]);
      assert.deepEqual(grouped, ["0.000178", "0.003323", "0.007157", "0.015271"]);
    });

    test("NumPy's stream", () => {
      assert.deepEqual(
        [...engine.random({ seed: 0, count: 3, distribution: "random" })],
        [0.6369616873214543, 0.2697867137638703, 0.04097352393619469],
      );
      assert.deepEqual(
        [...engine.random({ seed: 0, count: 3, distribution: "standard_normal" })],
        [0.1257302210933933, -0.1321048632913019, 0.6404226504432821],
      );
    });

    test("the steps of worked solutions", () => {
      assert.equal(engine.ratio({ numerator: 3.35e12, denominator: 3.5e10 }).toFixed(1), "95.7");
      assert.equal(engine.product({ a: 0.5, b: 70e9 }), 3.5e10);
    });

    test("summaries of arrays", () => {
      const values = [-2, -1, 0, 1, 2];
      assert.deepEqual([...engine.histogram(values, { bins: 4, min: -2, max: 2 })], [1, 1, 1, 2]);
      assert.deepEqual([...engine.quantiles(values, [0, 0.25, 0.5, 1])], [-2, -1, 0, 2]);
      assert.deepEqual(engine.statistics(values), {
        count: 5,
        mean: 0,
        standardDeviation: Math.SQRT2,
        rms: Math.SQRT2,
        absmax: 2,
        minimum: -2,
        maximum: 2,
      });
    });
  });
}
