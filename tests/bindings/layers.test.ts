import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CompressedLayer, Matrix, Method, Recipe } from "../../bindings/compression.ts";
import { near, refused, variants } from "./engines.ts";

/** Two outputs of four inputs, six tokens, of the known answers. */
const tiny = {
  weights: { rows: 2, cols: 4, data: [0.9, -0.4, 0.25, -0.7, 0.1000001, 0.8, -0.6, 0.35] },
  calibration: {
    rows: 6,
    cols: 4,
    data: [
      1, 0.5, 0, 0.25, -1, 0.25, 0.5, 0, 0.5, 1, 0.5, -0.5, 0, -0.5, 1, 1, 2, 1, 0.25, 0, -0.5, -1, 0, 0.5,
    ],
  },
};

const methods: Method[] = [
  "rtn",
  "gptq",
  "awq",
  "smoothquant",
  "llm_int8",
  "quip",
  "aqlm",
  "magnitude",
  "wanda",
  "sparsegpt",
];

const sample = { outputs: 24, inputs: 48, tokens: 96, heldOutTokens: 32, seed: 3 };

/** ‖W xᵀ − V xᵀ‖ / ‖W xᵀ‖, in double. */
function outputError(weights: Matrix, other: Matrix, x: Matrix): number {
  let lost = 0;
  let signal = 0;
  for (let token = 0; token < x.rows; token++) {
    for (let output = 0; output < weights.rows; output++) {
      let exact = 0;
      let error = 0;
      for (let input = 0; input < x.cols; input++) {
        const activation = x.data[token * x.cols + input];
        const weight = weights.data[output * x.cols + input];
        exact += weight * activation;
        error += (weight - other.data[output * x.cols + input]) * activation;
      }
      lost += error ** 2;
      signal += exact ** 2;
    }
  }
  return Math.sqrt(lost / signal);
}

for (const [name, engine] of variants) {
  describe(`layers, ${name}`, () => {
    it("sums as many codebooks of any size as asked, and packs those of the format", () => {
      const { weights, calibration } = engine.sampleLayer(sample);
      const layer = { weights, calibration };
      const shape = { codebooks: 3, codeBits: 4, vectorLength: 6 };
      const result = engine.compressLayer(layer, { method: "aqlm", rounds: 1, ...shape });
      const { outputs, inputs } = sample;
      const bits = (outputs * inputs * 3 * 4) / 6 + 3 * 16 * 6 * 16 + outputs * 16;
      assert.equal(result.bitsPerWeight, bits / (outputs * inputs));
      assert.equal(result.packed, undefined);
      assert.ok(engine.compressLayer(layer, { method: "aqlm", rounds: 1 }).packed);
      assert.throws(() => engine.compressLayer(layer, { method: "aqlm", codeBits: 13 }), {
        name: "EngineError",
        message: /codeBits must be from 1 to 12, not 13/,
      });
    });

    it("gives GPTQ's known answer, step by step", () => {
      const recipe: Recipe = {
        method: "gptq",
        format: "uint3",
        group: "row",
        scales: "fp32",
        block: 1,
        steps: true,
      };
      const { weights, packed, trace } = engine.compressLayer(tiny, recipe);
      const answer = [0.914285714, -0.457142857, 0.228571429, -0.685714286, 0.2, 0.6, -0.4, 0];
      for (const [i, weight] of answer.entries()) assert.ok(Math.abs(weights.data[i] - weight) < 1e-6);
      assert.ok(packed);
      assert.deepEqual(engine.unpack(packed), weights.data);
      assert.ok(near(trace.steps[2 * 1 + 1], 0.626082341, 1e-6));
      assert.ok(near(trace.factor[0], 1.355499831, 1e-6));
      assert.deepEqual([...trace.order], [0, 1, 2, 3]);
    });

    it("answers every method, with the errors that its weights have", () => {
      const layer = engine.sampleLayer(sample);
      const { weights, calibration, heldOut } = layer;
      for (const method of methods) {
        const result = engine.compressLayer({ weights, calibration, heldOut }, { method, group: 16 });
        assert.equal(result.weights.data.length, 24 * 48, method);
        assert.ok(result.outputError > 0 && result.outputError < 1, method);
        // W8A8 rounds the activations, too.
        if (method === "smoothquant" || method === "llm_int8") continue;
        const { outputError: onHeldOut, calibrationError } = result;
        assert.ok(near(onHeldOut, outputError(weights, result.weights, heldOut), 1e-4), method);
        assert.ok(near(calibrationError, outputError(weights, result.weights, calibration), 1e-4), method);
        assert.equal(result.mask !== undefined, ["magnitude", "wanda", "sparsegpt"].includes(method), method);
        if (result.packed) assert.equal(result.packed.bitsPerWeight, result.bitsPerWeight);
      }
    });

    it("takes the calibration set's error where nothing is held out", () => {
      const { outputError: error, calibrationError } = engine.compressLayer(tiny, {
        method: "rtn",
        format: "int3",
      });
      assert.equal(error, calibrationError);
    });

    it("prunes by pattern and by share", () => {
      const { weights, mask, bitsPerWeight, trace } = engine.compressLayer(tiny, {
        method: "wanda",
        pattern: "2:4",
      });
      assert.deepEqual(
        [...weights.data].map((weight) => weight !== 0),
        [true, false, false, true, false, true, true, false],
      );
      assert.deepEqual([...(mask ?? [])], [1, 0, 0, 1, 0, 1, 1, 0]);
      assert.equal(bitsPerWeight, 9);
      assert.ok(near(trace.inputNorms[3], Math.sqrt(0.25 ** 2 + 0.5 ** 2 + 1 + 0.5 ** 2), 1e-12));
      const most = engine.compressLayer(tiny, { method: "magnitude", sparsity: 0.75 });
      assert.equal(most.weights.data.filter((weight) => weight !== 0).length, 2);
    });

    it("packs GPTQ's and AWQ's weights in formats of blocks", () => {
      const { weights, calibration } = engine.sampleLayer({ ...sample, inputs: 128 });
      for (const format of ["nf4", "mxfp4", "q4_k"]) {
        const gptq = engine.compressLayer({ weights, calibration }, { method: "gptq", format });
        assert.ok(gptq.packed);
        assert.deepEqual(engine.unpack(gptq.packed), gptq.weights.data, format);
        assert.equal(gptq.packed.spec.format, format);
        const rtn = engine.compressLayer({ weights, calibration }, { method: "rtn", format });
        assert.equal(gptq.bitsPerWeight, rtn.bitsPerWeight);
        assert.ok(gptq.calibrationError < rtn.calibrationError, format);
        const { packed, inputScales = [] } = engine.compressLayer(
          { weights, calibration },
          { method: "gptq", format, scaleInputs: true, alphas: 3 },
        );
        assert.ok(packed);
        assert.equal(inputScales.length, 128);
      }
      refused(
        () => engine.compressLayer(tiny, { method: "gptq", format: "nf4" }),
        "invalid-argument",
        /weights\.cols must be a multiple of 64/,
      );
      refused(
        () => engine.compressLayer(tiny, { method: "gptq", format: "mxfp4", activationOrder: true }),
        "invalid-argument",
        /activationOrder needs staticGroups/,
      );
    });

    it("packs what is pruned and quantized at once", () => {
      const { weights, calibration } = engine.sampleLayer(sample);
      for (const share of [{ pattern: "2:4" }, { sparsity: 0.6 }] as const) {
        const result = engine.compressLayer(
          { weights, calibration },
          { method: "sparsegpt", format: "int4", group: 16, ...share },
        );
        const { sparsePacked, packed, bitsPerWeight } = result;
        assert.ok(sparsePacked);
        assert.equal(packed, undefined);
        assert.deepEqual(engine.unpackSparse(sparsePacked), result.weights.data);
        assert.equal(sparsePacked.bitsPerWeight, bitsPerWeight);
        assert.equal((8 * sparsePacked.bytes.length) / (24 * 48), bitsPerWeight);
        if ("pattern" in share) assert.equal(bitsPerWeight, 4 / 2 + 2 / 2 + 16 / 16);
        assert.equal(sparsePacked.pattern, "pattern" in share ? "2:4" : undefined);
        const bytes = sparsePacked.bytes.slice(1);
        refused(() => engine.unpackSparse({ ...sparsePacked, bytes }), "corrupt-packed", /bytes are not/);
      }
      refused(() => engine.unpackSparse({} as never), "invalid-argument", /bytes/);
      const plain = engine.compressLayer({ weights, calibration }, { method: "sparsegpt" });
      assert.equal(plain.sparsePacked, undefined);
    });

    it("counts the bits of a cache for a context of any length", () => {
      const { calibration: keys } = engine.sampleLayer({ ...sample, inputs: 64 });
      const head = { queries: { ...keys, rows: 2, data: keys.data.slice(0, 128) }, keys, values: keys };
      const recipe = { keys: { byChannel: true }, window: 40 };
      const given = engine.compressCache(head, recipe);
      const longer = engine.compressCache(head, { ...recipe, context: 4000 });
      // Groups of 32, 32 and 16 tokens of the 80 that fill a window; 4,000 tokens fill theirs.
      assert.ok(near(given.keyBits, (80 * 3.2 + 16 * 16) / 96, 1e-12));
      assert.ok(near(longer.keyBits, 3.2, 1e-12));
      assert.equal(longer.valueBits, engine.kiviBits({ bits: 2, group: 32, tokens: 4000, window: 40 }));
      assert.equal(longer.attentionError, given.attentionError);
      refused(() => engine.compressCache(head, { context: 1.5 }), "invalid-argument", /context/);
    });

    it("judges any approximation by the layer's outputs", () => {
      const layer = engine.sampleLayer(sample);
      const { weights, calibration, heldOut } = layer;
      const rounded = engine.compressLayer(
        { weights, calibration, heldOut },
        { method: "rtn", format: "int3" },
      );
      const judged = { weights, calibration, approximation: rounded.weights };
      assert.equal(engine.outputError({ ...judged, heldOut }), rounded.outputError);
      assert.equal(engine.outputError(judged), rounded.calibrationError);
      refused(
        () => engine.outputError({ ...judged, approximation: calibration }),
        "invalid-argument",
        /approximation/,
      );
    });

    it("prunes a row as a layer of one row", () => {
      const weights = [0.75, -0.25, 0.5, 0.125];
      const norms = [1, 8, 2, 4];
      const { mask, sum } = engine.wandaRow({ weights, norms, sparsity: 0.5 });
      const layer = {
        weights: { rows: 1, cols: 4, data: weights },
        calibration: { rows: 1, cols: 4, data: norms },
      };
      assert.deepEqual(engine.compressLayer(layer, { method: "wanda", sparsity: 0.5 }).mask, mask);
      assert.deepEqual([...mask], [0, 1, 1, 0]);
      assert.equal(sum, 0.25);
      refused(() => engine.wandaRow({ weights, norms: [1], sparsity: 0.5 }), "invalid-argument", /norms/);
    });

    it("takes AWQ's exponent where one is given, and answers scales and bits by formula", () => {
      const { weights, calibration } = engine.sampleLayer(sample);
      const inputs = { weights, calibration };
      const searched = engine.compressLayer(inputs, { method: "awq", clip: false });
      const given = engine.compressLayer(inputs, {
        method: "awq",
        clip: false,
        alpha: searched.trace.alpha[0],
      });
      assert.deepEqual(given.weights, searched.weights);
      assert.equal(given.trace.alphaLoss.length, 1);
      assert.ok(near(engine.awqScale({ magnitude: 16, least: 1, most: 16, alpha: 0.5 }), 2, 1e-12));
      assert.equal(engine.kiviBits({ bits: 2, group: 32 }), 3);
      assert.equal(engine.kiviBits({ bits: 2, group: 32, tokens: 256, window: 128 }), 9.5);
      refused(
        () => engine.awqScale({ magnitude: 2, least: 3, most: 4, alpha: 0.5 }),
        "invalid-argument",
        /magnitude/,
      );
      refused(() => engine.kiviBits({ bits: 0, group: 32 }), "invalid-argument", /bits/);
    });

    it("reports progress, and stops where it is told to", () => {
      const shares: number[] = [];
      engine.compressLayer(tiny, { method: "gptq", block: 1 }, (share) => shares.push(share));
      assert.deepEqual(shares, [0.25, 0.5, 0.75, 1]);
      refused(() => engine.compressLayer(tiny, { method: "gptq" }, () => false), "aborted", /stopped/);
    });

    it("compresses a cache as KIVI does", () => {
      const { calibration: keys } = engine.sampleLayer({ ...sample, inputs: 64, tokens: 160 });
      const { calibration: values } = engine.sampleLayer({ ...sample, inputs: 64, tokens: 160, seed: 4 });
      const { weights: queries } = engine.sampleLayer({ ...sample, inputs: 64, sigma: 0.1 });
      const head = { queries, keys, values };
      const kivi = engine.compressCache(head, { keys: { byChannel: true } });
      assert.equal(kivi.keyBits, 3);
      assert.equal(kivi.valueBits, 3);
      assert.ok(kivi.attentionError > 0);
      const whole = engine.compressCache(head, { window: 160 });
      assert.equal(whole.valueBits, 16);
      assert.ok(whole.keyError > whole.valueError);
      const plain = engine.compressCache(head, { keys: { format: "fp8_e4m3" }, values: { format: "int8" } });
      assert.equal(plain.keyBits, 8);
      assert.ok(plain.attentionError < kivi.attentionError);
      refused(() => engine.compressCache({ ...head, values: queries }), "invalid-argument", /values\.rows/);
    });

    it("refuses what cannot be, and serves on", () => {
      const wrong = (recipe: unknown, message: RegExp) =>
        refused(() => engine.compressLayer(tiny, recipe as Recipe), "invalid-argument", message);
      wrong({ method: "magic" }, /method must be one of rtn, gptq/);
      wrong({ method: "gptq", group: 0 }, /group/);
      wrong({ method: "gptq", colour: "red" }, /unknown option colour/);
      wrong({ method: "wanda", pattern: "two of four" }, /pattern/);
      wrong({ method: "gptq", damping: Number.NaN }, /damping must be finite/);
      wrong({ method: "gptq", scales: "fp12" }, /scales must be fp16 or fp32/);
      const short: Matrix = { rows: 2, cols: 4, data: [1, 2, 3] };
      refused(
        () => engine.compressLayer({ ...tiny, weights: short }, { method: "rtn" }),
        "invalid-argument",
        /weights must have rows × cols/,
      );
      const broken = { ...tiny.calibration, data: tiny.calibration.data.with(5, Number.POSITIVE_INFINITY) };
      refused(
        () => engine.compressLayer({ ...tiny, calibration: broken }, { method: "gptq" }),
        "non-finite",
        /calibration/,
      );
      refused(() => engine.sampleLayer({ ...sample, correlation: 1 }), "invalid-argument", /correlation/);
      assert.ok(engine.compressLayer(tiny, { method: "rtn" }).outputError > 0);
    });
  });
}

describe("layers", () => {
  it("gives the same bits in both builds", () => {
    const answers = variants.map(([, engine]): CompressedLayer[] => {
      const layer = engine.sampleLayer(sample);
      const { weights, calibration, heldOut } = layer;
      return methods.map((method) =>
        engine.compressLayer({ weights, calibration, heldOut }, { method, group: 16 }),
      );
    });
    assert.deepEqual(answers[0], answers[1]);
  });
});
