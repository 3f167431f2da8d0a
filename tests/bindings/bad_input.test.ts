import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine, EngineErrorCode } from "../../bindings/compression.ts";
import { createEngine, EngineError, variants } from "./engines.ts";

type Case = [code: EngineErrorCode, words: RegExp, call: (engine: Engine) => unknown];

/** A value that the types forbid. */
const wrong = (value: unknown) => value as never;

const pack = (engine: Engine, options: object) =>
  engine.pack([1, 2, 3, 4], { format: "int4", ...options } as never);
const served = (engine: Engine, formats: unknown) => {
  const [parameters, bandwidth, cardMemory] = [7e9, 1e12, 8e10];
  const serving = { bandwidth, cardMemory, cacheBytesPerToken: 1e5, contextLength: 1024 };
  return engine.servedModels({
    formats: wrong(formats),
    parameters,
    activeParameters: parameters,
    ...serving,
  });
};
const loss = { teacher: [1, 2], student: [1, 2], label: 0, tau: 2, lambda: 0.5 };
const sample = { count: 8, sigma: 1, outlierFraction: 0, outlierScale: 1, seed: 0 };

const cases: Case[] = [
  // Names and types.
  [
    "invalid-argument",
    /format int4 has no blocks of several fields; such blocks have .*q4_k/,
    (engine) => engine.blockFields({ format: "int4" }),
  ],
  [
    "invalid-argument",
    /sqnrDb must be finite, got NaN/,
    (engine) => engine.rateDistortionGap({ sqnrDb: Number.NaN, bitsPerWeight: 4 }),
  ],
  [
    "invalid-argument",
    /bitsPerWeight must be at least 0/,
    (engine) => engine.rateDistortionBound({ bitsPerWeight: -1 }),
  ],
  [
    "invalid-argument",
    /unknown option fromat; known: format, group, scales, rows, cols, overflow/,
    (engine) => engine.pack([1, 2], wrong({ fromat: "int4" })),
  ],
  ["invalid-argument", /unknown option lamda/, (engine) => engine.kdLoss(wrong({ ...loss, lamda: 1 }))],
  ["invalid-argument", /format must be a string.*nothing/, (engine) => engine.pack([1], wrong({}))],
  ["invalid-argument", /options must be an object.*nothing/, (engine) => engine.tauSquared(wrong(undefined))],
  ["invalid-argument", /options must be an object.*got 4/, (engine) => engine.tauSquared(wrong(4))],
  ["invalid-argument", /tau must be a number, got "4"/, (engine) => engine.tauSquared(wrong({ tau: "4" }))],
  [
    "invalid-argument",
    /tau must be a number, got nothing/,
    (engine) => engine.softTargets([1], wrong(undefined)),
  ],
  [
    "invalid-argument",
    /weights must be an array of numbers, got "abc"/,
    (engine) => engine.pack(wrong("abc"), { format: "int4" }),
  ],
  ["invalid-argument", /overflow must be saturate or ieee/, (engine) => pack(engine, { overflow: "wrap" })],
  [
    "invalid-argument",
    /codes can be listed as values, not fp16/,
    (engine) => engine.codes({ format: "fp16" }),
  ],
  [
    "invalid-argument",
    /scale must be finite and above 0, not 0/,
    (engine) => engine.codes({ format: "int4", scale: 0 }),
  ],
  [
    "invalid-argument",
    /value must be finite/,
    (engine) => engine.nearestCode({ format: "int4", value: Number.NaN }),
  ],
  [
    "invalid-argument",
    /microscaling one, not int4/,
    (engine) => engine.microscale({ format: "int4", absmax: 1 }),
  ],
  ["invalid-argument", /scaleRule must be floor or ceil/, (engine) => pack(engine, { scaleRule: "round" })],
  [
    "invalid-argument",
    /importance must have one number a column, 4, not 3/,
    (engine) => pack(engine, { importance: [1, 2, 3] }),
  ],
  [
    "invalid-argument",
    /importance\[1\] must be at least 0, not -2/,
    (engine) => pack(engine, { importance: [1, -2, 3, 4] }),
  ],
  ["non-finite", /importance\[2\]/, (engine) => pack(engine, { importance: [1, 2, Number.NaN, 4] })],
  ["invalid-argument", /seed must be an integer from 0/, (engine) => pack(engine, { seed: -1 })],
  [
    "invalid-argument",
    /logits must be an array of numbers, got null/,
    (engine) => engine.softmax(wrong(null)),
  ],
  ["invalid-argument", /logits\[1\] must be a number, got "b"/, (engine) => engine.softmax(wrong([1, "b"]))],
  [
    "invalid-argument",
    /logits\[1\] must be a number, got nothing/,
    (engine) => engine.softmax(new Array(3).fill(1, 0, 1)),
  ],
  ["invalid-argument", /values must be an array/, (engine) => engine.statistics(wrong(BigInt64Array.of(1n)))],
  [
    "invalid-argument",
    /values must be an array/,
    (engine) => engine.statistics(wrong(new DataView(new ArrayBuffer(8)))),
  ],
  [
    "invalid-argument",
    /bytes must be a Uint8Array/,
    (engine) => engine.unpack(wrong({ ...engine.pack([1], { format: "int4" }), bytes: [1, 2] })),
  ],
  [
    "invalid-argument",
    /spec must be an object/,
    (engine) => engine.unpack(wrong({ ...engine.pack([1], { format: "int4" }), spec: "int4" })),
  ],
  [
    "invalid-argument",
    /distribution must be one of random, standard_normal, got "uniform"/,
    (engine) => engine.random(wrong({ seed: 0, count: 1, distribution: "uniform" })),
  ],

  ["invalid-argument", /formats must be an array, got "int4"/, (engine) => served(engine, "int4")],
  ["invalid-argument", /formats\[1\] must be an object/, (engine) => served(engine, [{ format: "int4" }, 4])],
  ["unknown-format", /no format "int99"/, (engine) => served(engine, [{ format: "int99" }])],

  // Emptiness and shapes.
  ["invalid-argument", /weights must not be empty/, (engine) => engine.pack([], { format: "int4" })],
  ["invalid-argument", /values must not be empty/, (engine) => engine.statistics(new Float32Array(0))],
  ["invalid-argument", /rows|cols/, (engine) => engine.pack([1, 2, 3], { format: "int4", rows: 2, cols: 2 })],
  ["invalid-argument", /rows/, (engine) => engine.pack([1, 2, 3], { format: "int4", rows: 2 })],
  ["invalid-argument", /rows must be an integer/, (engine) => engine.pack([1], { format: "int4", rows: 0 })],
  [
    "invalid-argument",
    /cols must be an integer/,
    (engine) => engine.pack([1], { format: "int4", cols: 1.5 }),
  ],
  [
    "invalid-argument",
    /rows × cols must be at most/,
    (engine) => engine.pack([1], { format: "int4", rows: 65536, cols: 65536 }),
  ],
  ["invalid-argument", /student/, (engine) => engine.kdLoss({ ...loss, student: [1] })],
  ["invalid-argument", /label/, (engine) => engine.kdLoss({ ...loss, label: 2 })],
  ["invalid-argument", /label must be an integer/, (engine) => engine.kdLoss({ ...loss, label: -1 })],
  ["invalid-argument", /q/, (engine) => engine.klDivergence([1], [0.5, 0.5])],
  [
    "corrupt-packed",
    /bytes/,
    (engine) => {
      const packed = engine.pack([1, 2, 3], { format: "int4" });
      return engine.unpack({ ...packed, bytes: packed.bytes.slice(1) });
    },
  ],

  // Bounds.
  [
    "invalid-argument",
    /group must be an integer from 2/,
    (engine) => engine.pack([1], { format: "int4", group: 1 }),
  ],
  [
    "invalid-argument",
    /group must be "tensor", "row" or/,
    (engine) => engine.pack([1], wrong({ format: "int4", group: "column" })),
  ],
  [
    "invalid-argument",
    /scales must be fp16 or fp32, got "fp8"/,
    (engine) => engine.pack([1], wrong({ format: "int4", scales: "fp8" })),
  ],
  ["unknown-format", /int4.*int44|int44.*int4/, (engine) => engine.pack([1], { format: "int44" })],
  [
    "invalid-argument",
    /format must be a string of at most 64/,
    (engine) => engine.pack([1], { format: "i".repeat(1e6) }),
  ],
  ["invalid-argument", /tau/, (engine) => engine.softmax([1, 2], 0)],
  ["invalid-argument", /tau/, (engine) => engine.tauSquared({ tau: -1 })],
  ["invalid-argument", /lambda/, (engine) => engine.kdLoss({ ...loss, lambda: 1.5 })],
  ["invalid-argument", /beta/, (engine) => engine.jensenShannon([1], [1], 2)],
  ["invalid-argument", /probabilities/, (engine) => engine.entropy([0.5, 0.6])],
  ["invalid-argument", /probabilities/, (engine) => engine.entropy([-0.5, 1.5])],
  [
    "invalid-argument",
    /bits must be an integer from 2 to 8, got 1/,
    (engine) => engine.symmetricLevels({ bits: 1 }),
  ],
  ["invalid-argument", /absmax/, (engine) => engine.symmetricScale({ absmax: -1, bits: 4 })],
  ["invalid-argument", /sparsity/, (engine) => engine.remaining({ parameters: 1, sparsity: 2 })],
  [
    "invalid-argument",
    /bytes_?[pP]er_?[pP]arameter|bytes per parameter/,
    (engine) => engine.decodeCeiling({ bandwidth: 1, bytesPerParameter: 0, activeParameters: 1 }),
  ],
  [
    "invalid-argument",
    /denominator must not be 0/,
    (engine) => engine.ratio({ numerator: 1, denominator: 0 }),
  ],
  [
    "invalid-argument",
    /bins must be an integer/,
    (engine) => engine.histogram([1], { bins: 0, min: 0, max: 1 }),
  ],
  ["invalid-argument", /max/, (engine) => engine.histogram([1], { bins: 1, min: 1, max: 1 })],
  ["invalid-argument", /probabilities/, (engine) => engine.quantiles([1], [1.5])],
  [
    "invalid-argument",
    /count must be an integer from 1/,
    (engine) => engine.sampleWeights({ ...sample, count: 1e15 }),
  ],
  [
    "invalid-argument",
    /seed must be an integer/,
    (engine) => engine.sampleWeights({ ...sample, seed: 2 ** 60 }),
  ],
  ["invalid-argument", /sigma/, (engine) => engine.sampleWeights({ ...sample, sigma: -1 })],
  [
    "invalid-argument",
    /reserve/,
    (engine) =>
      engine.servingPlan({
        weightBytes: 1,
        cardMemory: 1,
        cacheBytesPerToken: 1,
        contextLength: 1,
        reserve: 1,
      }),
  ],

  // Not finite.
  ["invalid-argument", /tau must be finite, got NaN/, (engine) => engine.softmax([1], Number.NaN)],
  ["non-finite", /logits/, (engine) => engine.softmax([1, Number.POSITIVE_INFINITY])],
  ["non-finite", /weights.*1|1.*weights/, (engine) => engine.pack([1, Number.NaN], { format: "int4" })],
  [
    "overflow",
    /weights\[1\] is 1e\+39, beyond the largest float32/,
    (engine) => engine.pack([1, 1e39], { format: "int4" }),
  ],
  ["non-finite", /values/, (engine) => engine.statistics([Number.NaN])],
  ["overflow", /scale/, (engine) => engine.pack([1e38], { format: "int4" })],
];

for (const [variant, engine] of variants) {
  describe(`${variant}: bad input`, () => {
    for (const [code, words, call] of cases) {
      test(`${code}: ${words.source}`, () => {
        assert.throws(
          () => call(engine),
          (error: unknown) => {
            assert.ok(error instanceof EngineError, String(error));
            assert.equal(error.name, "EngineError");
            assert.match(error.message, words);
            assert.equal(error.code, code);
            return true;
          },
        );
        assert.equal(engine.tauSquared({ tau: 4 }), 16, "the engine serves on");
      });
    }

    test("no method crashes on values of any type, in any place", () => {
      const values: unknown[] = [
        undefined,
        null,
        true,
        -1,
        0.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        2 ** 53,
        1n,
        "",
        "int4",
        Symbol("s"),
        [],
        [1],
        ["a"],
        [[1]],
        [null],
        {},
        { length: 3 },
        { tau: {} },
        () => 1,
        new Date(),
        new Map(),
        new Float32Array(2),
        new Float64Array(0),
        new Uint8Array(3),
        new BigInt64Array(1),
        new ArrayBuffer(8),
        new DataView(new ArrayBuffer(8)),
        { format: "int4", group: {} },
        Object.create(null),
      ];
      for (const [name, method] of Object.entries(engine)) {
        if (typeof method !== "function") continue;
        for (const first of values) {
          for (const second of values) {
            try {
              Reflect.apply(method, undefined, [first, second]);
            } catch (error) {
              assert.ok(error instanceof EngineError, `${name}: ${error}`);
              assert.notEqual(error.code, "internal", `${name}: ${error}`);
            }
          }
        }
      }
      assert.equal(engine.tauSquared({ tau: 4 }), 16);
    });
  });
}

describe("an engine that cannot be made", () => {
  test("names an unknown option", async () => {
    await assert.rejects(createEngine(wrong({ varient: "simd" })), /unknown option varient; known: variant/);
    await assert.rejects(createEngine(wrong({ variant: "gpu" })), /variant must be one of simd, scalar/);
  });

  test("says that WebAssembly is missing", async () => {
    const { WebAssembly } = globalThis;
    try {
      Reflect.deleteProperty(globalThis, "WebAssembly");
      await assert.rejects(createEngine(), {
        name: "EngineError",
        code: "unavailable",
        message: /WebAssembly/,
      });
    } finally {
      globalThis.WebAssembly = WebAssembly;
    }
  });

  test("falls back to the scalar build where there is no SIMD", async () => {
    const { validate } = WebAssembly;
    try {
      assert.equal((await createEngine()).simd, "wasm");
      WebAssembly.validate = () => false;
      assert.equal((await createEngine()).simd, "scalar");
    } finally {
      WebAssembly.validate = validate;
    }
  });
});
