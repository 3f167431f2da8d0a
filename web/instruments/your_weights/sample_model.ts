import type { TensorToWrite } from "../../../bindings/engine.ts";
import type { InstrumentEngine } from "../instrument.ts";

/** What the engine is asked for here. */
type Drawing = Pick<InstrumentEngine, "sampleWeights" | "writeSafetensors">;

/** The shape of the sample: a language model of the llama architecture, in the words of its `config.json`. */
export const sampleConfig = {
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
  rope_theta: 10_000,
  tie_word_embeddings: false,
};

export const sampleName = "sample-llama-2-layers.safetensors";

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

const { hidden_size: width, intermediate_size: inner, vocab_size: vocabulary } = sampleConfig;
const keyWidth = (width / sampleConfig.num_attention_heads) * sampleConfig.num_key_value_heads;

/** A tensor's name and shape, and how it is spread; norms have no spread. */
type Entry = readonly [name: string, shape: readonly number[], spread?: Spread];

const layer = (index: number): Entry[] => [
  [`model.layers.${index}.input_layernorm.weight`, [width]],
  [`model.layers.${index}.self_attn.q_proj.weight`, [width, width], attention],
  [`model.layers.${index}.self_attn.k_proj.weight`, [keyWidth, width], attention],
  [`model.layers.${index}.self_attn.v_proj.weight`, [keyWidth, width], values],
  [`model.layers.${index}.self_attn.o_proj.weight`, [width, width], values],
  [`model.layers.${index}.post_attention_layernorm.weight`, [width]],
  [`model.layers.${index}.mlp.gate_proj.weight`, [inner, width], feedForward],
  [`model.layers.${index}.mlp.up_proj.weight`, [inner, width], feedForward],
  [`model.layers.${index}.mlp.down_proj.weight`, [width, inner], down],
];

const entries: Entry[] = [
  ["model.embed_tokens.weight", [vocabulary, width], embedding],
  ...Array.from({ length: sampleConfig.num_hidden_layers }, (_, index) => layer(index)).flat(),
  ["model.norm.weight", [width]],
  ["lm_head.weight", [vocabulary, width], embedding],
];

/**
 * A model file for those who have none: the tensors of a small language model in BF16. Its weights are drawn, not
 * trained: it knows no language. Its norms have the gain one that training starts from.
 */
export async function sampleModel(engine: Drawing): Promise<Uint8Array> {
  const tensors = await Promise.all(
    entries.map(async ([name, shape, spread], seed): Promise<TensorToWrite> => {
      const count = shape.reduce((product, size) => product * size, 1);
      const data = spread
        ? await engine.sampleWeights({ count, ...spread, seed })
        : new Float32Array(count).fill(1);
      return { name, shape, type: "BF16", data };
    }),
  );
  return engine.writeSafetensors(tensors, {
    format: "pt",
    description: "A llama model of two layers whose weights are drawn, not trained.",
  });
}

/** The sample as files that can be opened, in the page and beside it. */
export async function sampleFiles(engine: Drawing): Promise<[weights: File, config: File]> {
  const bytes = (await sampleModel(engine)) as Uint8Array<ArrayBuffer>;
  const config = `${JSON.stringify(sampleConfig, null, 2)}\n`;
  return [new File([bytes], sampleName), new File([config], "config.json")];
}
