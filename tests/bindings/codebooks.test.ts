import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CodebookName, FittedCodebook, Matrix } from "../../bindings/compression.ts";
import { near, refused, variants } from "./engines.ts";

const names: CodebookName[] = ["scalar", "e8p", "aqlm"];
const shape = { rows: 32, cols: 64 };

/** Weights that the codes stand for, of rows without zeros that fill them up. */
function approximation({ points, scales }: FittedCodebook): Float32Array {
  const width = points.data.length / scales.length;
  return points.data.map((value, i) => value * (scales[Math.floor(i / width)] ?? 0));
}

for (const [name, engine] of variants) {
  describe(`codebooks, ${name}`, () => {
    const data = engine.sampleWeights({
      count: shape.rows * shape.cols,
      sigma: 0.02,
      outlierFraction: 0.01,
      outlierScale: 8,
      seed: 1,
    });
    const weights = { ...shape, data };

    it("turns weights as QuIP# does, and calms their tails", () => {
      const turn = engine.turnWeights({ weights, seed: 4 });
      const calibration = engine.sampleLayer({ outputs: 1, inputs: shape.cols, tokens: 96 }).calibration;
      const { trace } = engine.compressLayer(
        { weights, calibration },
        { method: "quip", seed: 4, steps: true },
      );
      const scale = engine.statistics(data).rms / engine.statistics(trace.turned).rms;
      for (const [i, value] of turn.weights.data.entries()) {
        assert.ok(Math.abs(value - trace.turned[i] * scale) < 1e-6);
      }
      assert.equal(turn.given.peak, trace.peak[0]);
      assert.ok(near(turn.turned.peak, trace.peak[1], 1e-5));
      assert.ok(turn.given.kurtosis > 10 && Math.abs(turn.turned.kurtosis - 3) < 0.5);
      assert.deepEqual([turn.weights.rows, turn.weights.cols], [shape.rows, shape.cols]);
    });

    it("fits codebooks whose points are as far from the weights as they say", () => {
      for (const codebook of names) {
        const fit = engine.fitCodebook({ weights, codebook });
        assert.equal(fit.codebook, codebook);
        assert.equal(fit.codes.length, data.length / 8);
        assert.deepEqual([fit.vectors.rows, fit.points.rows], [fit.codes.length, fit.codes.length]);
        let [lost, all] = [0, 0];
        for (const [i, value] of approximation(fit).entries()) {
          lost += (value - data[i]) ** 2;
          all += data[i] ** 2;
        }
        assert.ok(near(fit.distortion, lost / all, 1e-6), codebook);
        assert.ok(near(fit.sqnrDb, -10 * Math.log10(fit.distortion), 1e-6), codebook);
      }
    });

    it("agrees with the formats: AQLM to the bit, E8P on turned weights to a rounding", () => {
      const options = { ...shape, seed: 2 };
      const aqlm = engine.fitCodebook({ weights, codebook: "aqlm", seed: 2 });
      const format = engine.roundTrip(data, { format: "aqlm", ...options });
      assert.deepEqual(approximation(aqlm), format.dequantized);
      assert.deepEqual([aqlm.sqnrDb, aqlm.bitsPerWeight], [format.sqnrDb, format.bitsPerWeight]);
      const turned = engine.turnWeights({ weights, seed: 2 }).weights;
      const e8p = engine.fitCodebook({ weights: turned, codebook: "e8p" });
      const turning = engine.roundTrip(data, { format: "e8p", ...options });
      assert.ok(near(e8p.sqnrDb, turning.sqnrDb, 1e-4));
      assert.equal(e8p.bitsPerWeight, turning.bitsPerWeight);
    });

    it("shows E8P's 64 places, which hold every point, and the slice through a known one", () => {
      const plane = engine.codebookPlane({ codebook: "e8p", across: 0, up: 3, through: 0x721d });
      const { places, slice } = plane;
      assert.deepEqual([places.rows, places.cols, slice.cols], [64, 3, 2]);
      const counts = Array.from({ length: places.rows }, (_, row) => places.data[3 * row + 2]);
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        65536,
      );
      const [across, up] = [-0.25, 1.75]; // of 721D = [-.25 -1.25 .75 1.75 -.25 .75 -1.25 -.25]
      const pairs = Array.from({ length: slice.rows }, (_, row) => slice.data.subarray(2 * row, 2 * row + 2));
      assert.ok(pairs.some(([one, other]) => one === across && other === up));
      assert.ok(pairs.every(([one, other]) => Math.abs((one - across + other - up) % 2) === 0));
    });

    it("shows the codebook that a fit has learned", () => {
      const { codebook, parameters } = engine.fitCodebook({ weights, codebook: "scalar" });
      assert.ok(parameters);
      const { places } = engine.codebookPlane({ codebook, parameters, across: 1, up: 0 });
      assert.equal(places.rows, 16);
      assert.ok(places.data.filter((_, i) => i % 3 === 0).every((value) => parameters.includes(value)));
    });

    it("refuses what cannot be, and serves on", () => {
      const fit = (options: unknown) => () => engine.fitCodebook(options as never);
      refused(
        fit({ weights, codebook: "e8" }),
        "invalid-argument",
        /codebook must be one of scalar, e8p, aqlm/,
      );
      refused(fit({ weights: data, codebook: "e8p" }), "invalid-argument", /weights must be a matrix/);
      refused(fit({ weights, codebook: "e8p", bits: 2 }), "invalid-argument", /unknown option bits/);
      const broken: Matrix = { rows: 1, cols: 2, data: [1, Number.NaN] };
      refused(fit({ weights: broken, codebook: "scalar" }), "non-finite", /weights\[1\]/);
      refused(() => engine.turnWeights({ weights: broken }), "non-finite", /weights\[1\]/);
      const plane = (options: object) => () =>
        engine.codebookPlane({ codebook: "e8p", across: 0, up: 1, ...options });
      refused(plane({ across: 1 }), "invalid-argument", /across and up must be two different coordinates/);
      refused(plane({ up: 8 }), "invalid-argument", /across and up/);
      refused(plane({ up: 0.5 }), "invalid-argument", /up must be an integer/);
      refused(plane({ through: 65536 }), "invalid-argument", /through must be an integer from 0 to 65535/);
      refused(plane({ codebook: "aqlm" }), "invalid-argument", /parameters must be the 4 levels of scalar/);
      assert.ok(engine.codebookPlane({ codebook: "e8p", across: 0, up: 1 }).slice.rows > 0);
    });
  });
}

describe("codebooks", () => {
  it("are the same bits in both builds", () => {
    const answers = variants.map(([, engine]) => {
      const data = engine.sampleWeights({
        count: 2048,
        sigma: 1,
        outlierFraction: 0.02,
        outlierScale: 5,
        seed: 3,
      });
      const weights = { ...shape, data };
      const turn = engine.turnWeights({ weights });
      return [turn, ...names.map((codebook) => engine.fitCodebook({ weights: turn.weights, codebook }))];
    });
    assert.deepEqual(answers[0], answers[1]);
  });
});
