/**
 * Makes the sample model that readers without one of their own can open:
 *
 *     node --import tsx tools/sample_model.ts --out dist/samples
 *
 * It has the shape of a llama model of two layers. Its weights are drawn, not trained: it knows no language.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

type Face = typeof import("../bindings/compression.ts");

const root = resolve(import.meta.dirname, "..");
const name = "sample-llama-2-layers";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 256,
  intermediate_size: 768,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 512,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: false,
};

/** How the weights of a matrix are spread: as those of trained models of this width are, outliers included. */
interface Spread {
  sigma: number;
  outlierFraction: number;
  outlierScale: number;
}

const embedding: Spread = { sigma: 0.02, outlierFraction: 0.0005, outlierScale: 4 };
const attention: Spread = { sigma: 0.035, outlierFraction: 0.002, outlierScale: 5 };
const values: Spread = { sigma: 0.025, outlierFraction: 0.001, outlierScale: 4 };
const feedForward: Spread = { sigma: 0.03, outlierFraction: 0.002, outlierScale: 5 };
const down: Spread = { sigma: 0.022, outlierFraction: 0.004, outlierScale: 7 };

const { hidden_size: width, intermediate_size: inner, vocab_size: vocabulary } = config;
const keyWidth = (width / config.num_attention_heads) * config.num_key_value_heads;

const layer = (i: number): [string, number[], Spread | undefined][] => [
  [`model.layers.${i}.input_layernorm.weight`, [width], undefined],
  [`model.layers.${i}.self_attn.q_proj.weight`, [width, width], attention],
  [`model.layers.${i}.self_attn.k_proj.weight`, [keyWidth, width], attention],
  [`model.layers.${i}.self_attn.v_proj.weight`, [keyWidth, width], values],
  [`model.layers.${i}.self_attn.o_proj.weight`, [width, width], values],
  [`model.layers.${i}.post_attention_layernorm.weight`, [width], undefined],
  [`model.layers.${i}.mlp.gate_proj.weight`, [inner, width], feedForward],
  [`model.layers.${i}.mlp.up_proj.weight`, [inner, width], feedForward],
  [`model.layers.${i}.mlp.down_proj.weight`, [width, inner], down],
];

const shapes = [
  ["model.embed_tokens.weight", [vocabulary, width], embedding],
  ...layer(0),
  ...layer(1),
  ["model.norm.weight", [width], undefined],
  ["lm_head.weight", [vocabulary, width], embedding],
] as [string, number[], Spread | undefined][];

const { values: options } = parseArgs({
  options: { out: { type: "string", default: join(root, "dist/samples") } },
});
const { createEngine }: Face = await import(pathToFileURL(join(root, "dist/engine/compression.js")).href);
const engine = await createEngine();

const tensors = shapes.map(([tensor, shape, spread], seed) => {
  const count = shape.reduce((product, size) => product * size, 1);
  // Gains of norms start at one, and stay there where nothing is trained.
  const data = spread ? engine.sampleWeights({ count, ...spread, seed }) : new Float32Array(count).fill(1);
  return { name: tensor, shape, type: "BF16", data };
});
const file = engine.writeSafetensors(tensors, {
  format: "pt",
  description: "A llama model of two layers whose weights are drawn, not trained.",
});
await mkdir(options.out, { recursive: true });
await writeFile(join(options.out, `${name}.safetensors`), file);
await writeFile(join(options.out, `${name}.config.json`), `${JSON.stringify(config, null, 2)}\n`);
