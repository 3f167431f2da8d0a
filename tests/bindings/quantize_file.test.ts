import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine, QuantizePlanOptions, WriteProgress } from "../../bindings/compression.ts";
import { EngineError, engines, variants } from "./engines.ts";
import { bytesOf, collector } from "./tensor_file_samples.ts";

/** A llama model of two layers, 4 query heads that share 2 key and value heads. */
const config = {
  model_type: "llama",
  hidden_size: 256,
  intermediate_size: 512,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 64,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 500000,
  bos_token_id: 1,
  eos_token_id: [2, 3],
};

const layer = (i: number): [string, number[]][] => [
  [`model.layers.${i}.input_layernorm.weight`, [256]],
  [`model.layers.${i}.self_attn.q_proj.weight`, [256, 256]],
  [`model.layers.${i}.self_attn.k_proj.weight`, [128, 256]],
  [`model.layers.${i}.self_attn.v_proj.weight`, [128, 256]],
  [`model.layers.${i}.self_attn.o_proj.weight`, [256, 256]],
  [`model.layers.${i}.post_attention_layernorm.weight`, [256]],
  [`model.layers.${i}.mlp.gate_proj.weight`, [512, 256]],
  [`model.layers.${i}.mlp.up_proj.weight`, [512, 256]],
  [`model.layers.${i}.mlp.down_proj.weight`, [256, 512]],
];

const shapes: [string, number[]][] = [
  ["model.embed_tokens.weight", [64, 256]],
  ["model.norm.weight", [256]],
  ["lm_head.weight", [64, 256]],
  ...layer(0),
  ...layer(1),
];

function weightsOf(engine: Engine, seed: number, count: number): Float32Array {
  return engine.sampleWeights({ count, sigma: 0.02, outlierFraction: 0.001, outlierScale: 5, seed });
}

const count = (shape: number[]) => shape.reduce((product, size) => product * size, 1);

async function model(engine: Engine) {
  const tensors = shapes.map(([name, shape], seed) => {
    return { name, shape, type: "BF16", data: weightsOf(engine, seed, count(shape)) };
  });
  return engine.openTensorFile(engine.writeSafetensors(tensors, { format: "pt" }));
}

const tokenizer = {
  model: { type: "BPE", vocab: { "<unk>": 0, a: 3, b: 4, ab: 5 }, merges: ["a b"], unk_token: "<unk>" },
  added_tokens: [
    { id: 1, content: "<s>", special: true },
    { id: 2, content: "</s>", special: true },
    { id: 7, content: "<mine>", special: false },
  ],
};

/** GGUF's order of the rows of heads of 64: row 2i + j is row j × 32 + i of the published order. */
function interleaved(weights: Float32Array, cols: number): Float32Array {
  const result = new Float32Array(weights.length);
  for (let row = 0; row < weights.length / cols; row++) {
    const inHead = row % 64;
    const from = row - inHead + (inHead % 2) * 32 + (inHead - (inHead % 2)) / 2;
    result.set(weights.subarray(from * cols, (from + 1) * cols), row * cols);
  }
  return result;
}

for (const [variant, engine] of variants) {
  describe(`${variant}: a model is quantized as a whole`, () => {
    const quantized = async (options: QuantizePlanOptions) => {
      const file = await model(engine);
      const { sink, chunks } = collector();
      const plan = await engine.quantizeFile(file, { config, ...options, sink });
      const bytes = bytesOf(chunks);
      assert.equal(bytes.length, plan.byteLength);
      assert.deepEqual(await engine.planQuantizedFile(file, { config, ...options }), plan);
      return { source: file, plan, bytes, file: await engine.openTensorFile(bytes) };
    };

    test("from published safetensors to GGUF: names, rows of heads, metadata", async () => {
      const { source, plan, file } = await quantized({ format: "f32", tokenizer });
      assert.equal(file.kind, "gguf");
      const { metadata, metadataTypes } = file;
      const expected = {
        "general.architecture": "llama",
        "llama.vocab_size": 64,
        "llama.context_length": 128,
        "llama.embedding_length": 256,
        "llama.block_count": 2,
        "llama.feed_forward_length": 512,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.attention.layer_norm_rms_epsilon": Math.fround(1e-5),
        "llama.rope.dimension_count": 64,
        "llama.rope.freq_base": 500000,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "a", "b", "ab", "[PAD6]", "<mine>"],
        "tokenizer.ggml.token_type": Int32Array.of(2, 3, 3, 1, 1, 1, 5, 4),
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "general.file_type": 0,
      };
      assert.deepEqual(metadata, expected);
      assert.equal(metadataTypes["llama.rope.freq_base"], "float32");
      assert.equal(metadataTypes["llama.block_count"], "uint32");
      assert.deepEqual(plan.notes, []);
      const raw = await source.read("model.layers.1.self_attn.k_proj.weight");
      assert.deepEqual(await file.read("blk.1.attn_k.weight"), interleaved(raw, 256));
      const v = await source.read("model.layers.1.self_attn.v_proj.weight");
      assert.deepEqual(await file.read("blk.1.attn_v.weight"), v);
      assert.deepEqual(
        file.tensors.map(({ name }) => name).toSorted(),
        plan.tensors.map(({ name }) => name).toSorted(),
      );
      assert.ok(file.tensors.some(({ name, shape }) => name === "blk.0.ffn_down.weight" && shape[1] === 512));
    });

    test("a mixture gives each tensor its type and ggml's bytes", async () => {
      const { source, file } = await quantized({ format: "q4_k_m" });
      const types = Object.fromEntries(file.tensors.map(({ name, type }) => [name, type]));
      assert.equal(types["output.weight"], "Q6_K");
      assert.equal(types["token_embd.weight"], "Q4_K");
      assert.equal(types["blk.0.attn_norm.weight"], "F32");
      assert.equal(types["blk.1.ffn_up.weight"], "Q4_K");
      assert.equal(types["blk.1.ffn_down.weight"], "Q6_K");
      assert.equal(file.metadata["general.file_type"], 15);
      assert.equal(file.metadata["general.quantization_version"], 2);
      const up = await source.read("model.layers.1.mlp.up_proj.weight");
      const { bytes } = engine.pack(up, { format: "q4_k", rows: 512 });
      assert.deepEqual(await file.bytes("blk.1.ffn_up.weight"), bytes);
    });

    test("from GGUF to GGUF: metadata are carried over, what fits is copied", async () => {
      const first = await quantized({ format: "bf16" });
      const { sink, chunks } = collector();
      const plan = await engine.quantizeFile(first.file, { format: "q8_0", sink });
      const file = await engine.openTensorFile(bytesOf(chunks));
      assert.deepEqual(file.metadata, {
        ...first.file.metadata,
        "general.file_type": 7,
        "general.quantization_version": 2,
      });
      assert.ok(
        plan.tensors.every(
          ({ name, type, shape }) => type === (shape.length > 1 ? "Q8_0" : "F32") || name === "",
        ),
      );
      const norm = await first.file.bytes("output_norm.weight");
      assert.deepEqual(await file.bytes("output_norm.weight"), norm);
      const weights = await first.file.read("blk.0.attn_q.weight");
      assert.deepEqual(
        await file.bytes("blk.0.attn_q.weight"),
        engine.pack(weights, { format: "q8_0", rows: 256 }).bytes,
      );
    });

    test("a function or a table chooses by name; rows that do not fit get the next type", async () => {
      const choose = ({ name }: { name: string }) => (name.includes("ffn") ? "q4_k" : "F16");
      const { file } = await quantized({ format: choose });
      const typeOf = (name: string) => file.tensors.find((tensor) => tensor.name === name)?.type;
      assert.equal(typeOf("blk.0.ffn_gate.weight"), "Q4_K");
      assert.equal(typeOf("blk.0.attn_q.weight"), "F16");
      assert.equal(typeOf("output_norm.weight"), "F32");
      assert.equal("general.file_type" in file.metadata, false);
      const table = await quantized({ format: { "output.weight": "q8_0" } });
      assert.equal(table.file.tensors.find(({ name }) => name === "output.weight")?.type, "Q8_0");
      assert.equal(table.file.tensors.find(({ name }) => name === "token_embd.weight")?.type, "F32");
      const narrow = engine.writeGguf([{ name: "w", shape: [2, 32], data: weightsOf(engine, 1, 64) }], {});
      const plan = await engine.planQuantizedFile(await engine.openTensorFile(narrow), { format: "q4_k" });
      assert.equal(plan.tensors[0]?.type, "Q5_0");
    });

    test("to safetensors: the weights as the format leaves them", async () => {
      const { source, file } = await quantized({ to: "safetensors", format: "int4", group: 64, type: "F32" });
      assert.deepEqual(file.metadata, {
        format: "pt",
        "quantization.format": "int4",
        "quantization.group": "64",
      });
      const name = "model.layers.0.mlp.gate_proj.weight";
      const weights = await source.read(name);
      const { dequantized } = engine.roundTrip(weights, { format: "int4", group: 64, rows: 512 });
      assert.deepEqual(await file.read(name), dequantized);
      assert.deepEqual(await file.read("model.norm.weight"), await source.read("model.norm.weight"));
    });

    test("progress is told, and a signal stops the work", async () => {
      const file = await model(engine);
      const controller = new AbortController();
      const seen: WriteProgress[] = [];
      const { sink } = collector();
      const onProgress = (progress: WriteProgress) => {
        seen.push(progress);
        if (seen.length === 5) controller.abort();
      };
      const { signal } = controller;
      await assert.rejects(engine.quantizeFile(file, { format: "q8_0", config, sink, onProgress, signal }), {
        name: "EngineError",
        code: "aborted",
      });
      assert.equal(seen.length, 5);
      assert.equal(seen[0]?.tensors, shapes.length);
      assert.ok(
        seen.every(({ bytesWritten }, i) => i === 0 || bytesWritten >= (seen[i - 1]?.bytesWritten ?? 0)),
      );
    });

    test("what cannot be converted is refused by name", async () => {
      const file = await model(engine);
      const plan = (options: object) =>
        engine.planQuantizedFile(file, { format: "q8_0", config, ...options } as never);
      const refused = async (options: object, code: string, words: RegExp) => {
        await assert.rejects(plan(options), (error) => {
          assert.ok(error instanceof EngineError);
          assert.match(error.message, words);
          assert.equal(error.code, code);
          return true;
        });
      };
      await refused({ config: undefined }, "invalid-argument", /config must be an object, got nothing/);
      await refused(
        { config: { ...config, model_type: "gpt2" } },
        "unsupported",
        /config.model_type "gpt2" is not converted/,
      );
      await refused(
        { config: { ...config, hidden_size: "x" } },
        "invalid-argument",
        /config.hidden_size must be a number/,
      );
      await refused({ config: { ...config, num_hidden_layers: 1 } }, "unsupported", /tensor "model.layers.1/);
      await refused(
        { config: { ...config, rope_scaling: { rope_type: "llama3" } } },
        "unsupported",
        /rope_scaling of the type "llama3"/,
      );
      await refused(
        { tokenizer: { model: { type: "Unigram" } } },
        "unsupported",
        /tokenizer.model.type "Unigram"/,
      );
      await refused({ format: "q9" }, "unknown-format", /format "q9" is none that GGUF stores/);
      await refused({ format: "iq2_xxs" }, "unsupported", /weights cannot be written as IQ2_XXS/);
      await refused({ to: "onnx" }, "invalid-argument", /to must be one of gguf, safetensors/);
      await refused({ to: "safetensors", format: "q9" }, "unknown-format", /no format "q9"/);
      await assert.rejects(
        engine.quantizeFile(file, { format: "q8_0", config, sink: {} as never }),
        /sink must be/,
      );
    });
  });
}

test("SIMD and scalar quantize to the same file", async () => {
  const written: Uint8Array[] = [];
  for (const engine of [engines.simd, engines.scalar]) {
    const { sink, chunks } = collector();
    await engine.quantizeFile(await model(engine), { format: "q4_k_m", config, tokenizer, sink });
    written.push(bytesOf(chunks));
  }
  assert.deepEqual(written[1], written[0]);
});
