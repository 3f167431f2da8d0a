import assert from "node:assert/strict";
import { test } from "node:test";
import { engine, run } from "./python.ts";

function printed(source: string): string {
  const { text, finished } = run(`import compression\nimport numpy as np\n${source}`);
  assert.ok(finished, text);
  return text.trimEnd();
}

test("round_trip gives the engine's own figures, in the shape that went in", () => {
  const weights = engine.sampleWeights({
    count: 512,
    sigma: 0.02,
    outlierFraction: 0.01,
    outlierScale: 6,
    seed: 3,
  });
  const expected = engine.roundTrip(weights, { format: "int4", group: 64, rows: 4, cols: 128 });
  const text = printed(`
w = compression.sample_weights(512, 0.02, 0.01, 6, 3).reshape(4, 128)
r = compression.round_trip(w, "int4", group=64)
print(r.rmse, r.max_error, r.sqnr_db, r.bits_per_weight, r.levels_used)
print(r.dequantized.shape, r.dequantized.dtype, np.abs(r.dequantized - w).max() == np.float32(r.max_error))`);
  const { rmse, maxError, sqnrDb, bitsPerWeight, levelsUsed } = expected;
  assert.equal(text, `${rmse} ${maxError} ${sqnrDb} ${bitsPerWeight} ${levelsUsed}\n(4, 128) float32 True`);
});

test("pack and unpack are what round_trip does", () => {
  const text = printed(`
w = compression.sample_weights(256, 0.02, 0, 1, 0)
p = compression.pack(w, "int3", group=32)
print(p.bytes.dtype, p.bytes.size * 8 / 256 == p.bits_per_weight, p.spec.format)
print(np.array_equal(compression.unpack(p), compression.round_trip(w, "int3", group=32).dequantized))`);
  assert.equal(text, "uint8 True int3\nTrue");
});

test("sample_weights are NumPy's draws", () => {
  const text = printed(`
rng = np.random.default_rng(5)
w = rng.normal(0, 0.02, 1000)
w[rng.random(1000) < 0.01] *= 6
print(np.array_equal(w.astype(np.float32), compression.sample_weights(1000, 0.02, 0.01, 6, 5)))
print(np.array_equal(np.random.default_rng(7).random(100), compression.random(7, 100)))`);
  assert.equal(text, "True\nTrue");
});

test("the other functions answer in NumPy's and Python's types", () => {
  const text = printed(`
z = [9.0, 6.5, 4.0, 2.5, 1.0, -4.0]
print(np.round(compression.softmax(z, 2), 3), round(compression.soft_targets(np.array(z), 2).entropy_bits, 3))
print(round(compression.decode_ceiling(3.35e12, 0.5, 70e9), 1), compression.weight_memory(70e9, "fp16"))
print(compression.tau_squared(4), compression.remaining(7e9, 0.5), round(compression.symmetric_scale(0.6, 4), 4))
print(compression.kd_loss(z, z, 0, 2.0, 0.5).soft, compression.levels("int2", 1.0))
print([f.id for f in compression.formats()][:2], compression.histogram([1, 2, 2], 2, 0, 4))
print(compression.nearest_code("mxfp4", 2.5).value, compression.microscale("mxfp4", 6.01, rule="ceil").code)
print(compression.codes("nf4").values.size, compression.symmetric_levels(4), compression.quantiles([1, 2, 3], [0.5]), compression.statistics([1, 3]).mean)`);
  assert.equal(
    text,
    [
      "[0.701 0.201 0.058 0.027 0.013 0.001] 1.294",
      "95.7 140000000000",
      "16 3500000000 0.0857",
      `0 ${printed('print(compression.levels("int2", 1.0))')}`,
      "['bf16', 'fp16'] [1 2]",
      "2 128",
      "16 Result(lowest=-8, highest=7, count=16) [2.] 2",
    ].join("\n"),
  );
});

test("layers go in and come out as arrays of two dimensions", () => {
  const text = printed(`
s = compression.sample_layer(16, 32, 64, held_out_tokens=64, seed=1)
print(s.weights.shape, s.calibration.shape, s.held_out.shape)
r = compression.compress_layer(s.weights, s.calibration, "rtn", held_out=s.held_out, format="int4", group=16)
print(np.array_equal(r.weights.ravel(), compression.round_trip(s.weights, "int4", group=16).dequantized.ravel()))
g = compression.compress_layer(s.weights, s.calibration, "gptq", held_out=s.held_out, format="int4", group=16)
w = compression.compress_layer(s.weights, s.calibration, "wanda", pattern="2:4")
p = compression.compress_layer(s.weights, s.calibration, "sparsegpt", pattern="2:4", format="int4", group=16)
print(np.array_equal(compression.unpack_sparse(p.sparse_packed), p.weights.ravel()), p.sparse_packed.bits_per_weight)
print(g.weights.shape, g.calibration_error < r.calibration_error, w.mask.shape, w.mask.mean())
c = compression.compress_cache(s.calibration[:4], s.calibration, s.held_out, key_precision={"bits": 4, "by_channel": True})
print(c.keys.shape, c.key_error > 0)`);
  assert.equal(
    text,
    ["(16, 32) (64, 32) (64, 32)", "True", "True 4", "(16, 32) True (16, 32) 0.5", "(64, 32) True"].join(
      "\n",
    ),
  );
});

test("codebooks take arrays of two dimensions and give such back", () => {
  const text = printed(`
w = np.random.default_rng(3).normal(0, 0.02, (16, 32))
t = compression.turn_weights(w, seed=2)
f = compression.fit_codebook(t.weights, "scalar")
p = compression.codebook_plane("scalar", 0, 1, parameters=f.parameters, through=int(f.codes[0]))
print(t.weights.shape, t.given.peak > 1, f.points.shape, f.codes.dtype, 0 < f.distortion < 0.2)
print(p.places.shape, p.slice.shape, p.places[:, 2].sum())`);
  assert.equal(text, "(16, 32) True (64, 8) uint16 True\n(16, 3) (16, 2) 65536.0");
});

test("the engine's refusals are Python errors with its message, and it serves on", () => {
  const { text } = run('import compression\ncompression.round_trip([0.5], "int99")');
  assert.match(text, /compression\.EngineError: no format "int99"/);
  assert.doesNotMatch(text, /JsException|compression\.py/);
  const { text: short } = run('import compression\ncompression.pack([0.5, 1], "int4", importance=[1.0])');
  assert.match(short, /EngineError: importance must have one number a column, 2, not 1/);
  assert.match(printed("print(compression.entropy([0.5, 0.5]))"), /^1/);
});

test("Python's own compression package stays within reach", () => {
  assert.equal(
    printed("import compression.zlib, gzip\nprint(len(gzip.compress(bytes(1000))) < 100)"),
    "True",
  );
});

test("every method of the engine has its Python name", () => {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const worked = ["ratio", "product", "sum"];
  // Cells open no files, and measure no model by its tensors.
  const files = [
    "mixtures",
    "openTensorFile",
    "openTensorFiles",
    "planQuantizedFile",
    "pooledError",
    "quantizeFile",
  ];
  const names = Object.keys(engine)
    .filter((name) => !worked.includes(name) && !files.includes(name) && !/^(stream|write)[A-Z]/.test(name))
    .map(snake);
  assert.equal(printed(`print([n for n in ${JSON.stringify(names)} if not hasattr(compression, n)])`), "[]");
});
