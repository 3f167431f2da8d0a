import { integer, invalid, number, optional, show } from "./arguments.ts";
import { EngineError } from "./errors.ts";
import type { MetadataToWrite } from "./file_types.ts";

/**
 * A llama model as published (config.json and the names of its safetensors tensors) in GGUF's terms.
 *
 * Source: llama.cpp, conversion of `LlamaForCausalLM`, and the keys that its loader asks for.
 */

/** What a tensor is called in GGUF. */
export interface Renamed {
  name: string;
  /** Of query and key projections: rows of one head, which GGUF orders differently. */
  headRows?: number;
}

/** What of config.json matters. */
export interface LlamaConfig {
  layers: number;
  heads: number;
  keyValueHeads: number;
  headDimension: number;
  metadata: MetadataToWrite;
}

/** Families that llama.cpp runs as its architecture "llama". */
const families = ["llama", "mistral"];

const size = integer(1, 2 ** 31 - 1);
const token = integer(0, 2 ** 31 - 1);

function readObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw invalid(`${name} must be an object, got ${show(value)}`);
}

const unsupported = (message: string) => new EngineError("unsupported", message);

/** The metadata of rotary positions stretched beyond the context of training. */
function ropeScaling(config: Record<string, unknown>): MetadataToWrite {
  if (config.rope_scaling === undefined || config.rope_scaling === null) return {};
  const scaling = readObject(config.rope_scaling, "config.rope_scaling");
  const kind = scaling.rope_type ?? scaling.type;
  if (kind === "default") return {};
  if (kind !== "linear")
    throw unsupported(`config.rope_scaling of the type ${show(kind)} is not converted; linear is`);
  return {
    "llama.rope.scaling.type": "linear",
    "llama.rope.scaling.factor": {
      type: "float32",
      value: number(scaling.factor, "config.rope_scaling.factor"),
    },
  };
}

/** Reads config.json. @throws EngineError `unsupported` for another architecture. */
export function readLlamaConfig(given: unknown): LlamaConfig {
  const config = readObject(given, "config");
  if (!families.includes(config.model_type as string)) {
    throw unsupported(
      `config.model_type ${show(config.model_type)} is not converted; ${families.join(", ")} are`,
    );
  }
  const read = (key: string, otherwise?: number) =>
    otherwise === undefined
      ? size(config[key], `config.${key}`)
      : optional(size, otherwise)(config[key], `config.${key}`);
  const width = read("hidden_size");
  const layers = read("num_hidden_layers");
  const heads = read("num_attention_heads");
  const keyValueHeads = read("num_key_value_heads", heads);
  const headDimension = config.head_dim === null ? width / heads : read("head_dim", width / heads);
  const theta = optional(number, 10000)(config.rope_theta, "config.rope_theta");
  const metadata: MetadataToWrite = {
    "general.architecture": "llama",
    "llama.vocab_size": read("vocab_size"),
    "llama.context_length": read("max_position_embeddings"),
    "llama.embedding_length": width,
    "llama.block_count": layers,
    "llama.feed_forward_length": read("intermediate_size"),
    "llama.attention.head_count": heads,
    "llama.attention.head_count_kv": keyValueHeads,
    "llama.attention.layer_norm_rms_epsilon": {
      type: "float32",
      value: number(config.rms_norm_eps, "config.rms_norm_eps"),
    },
    "llama.rope.dimension_count": headDimension,
    "llama.rope.freq_base": { type: "float32", value: theta },
    ...(headDimension * heads === width
      ? {}
      : { "llama.attention.key_length": headDimension, "llama.attention.value_length": headDimension }),
    ...ropeScaling(config),
  };
  return { layers, heads, keyValueHeads, headDimension, metadata };
}

const layerNames: Record<string, string> = {
  "input_layernorm.weight": "attn_norm.weight",
  "self_attn.q_proj.weight": "attn_q.weight",
  "self_attn.k_proj.weight": "attn_k.weight",
  "self_attn.v_proj.weight": "attn_v.weight",
  "self_attn.o_proj.weight": "attn_output.weight",
  "post_attention_layernorm.weight": "ffn_norm.weight",
  "mlp.gate_proj.weight": "ffn_gate.weight",
  "mlp.up_proj.weight": "ffn_up.weight",
  "mlp.down_proj.weight": "ffn_down.weight",
};

const modelNames: Record<string, string> = {
  "model.embed_tokens.weight": "token_embd.weight",
  "model.norm.weight": "output_norm.weight",
  "lm_head.weight": "output.weight",
};

/** A tensor's name in GGUF; nothing for tables that are computed anew. @throws EngineError `unsupported`. */
export function renameTensor(name: string, config: LlamaConfig): Renamed | undefined {
  if (name.endsWith(".rotary_emb.inv_freq")) return undefined;
  const renamed = modelNames[name];
  if (renamed !== undefined) return { name: renamed };
  const [, layer, part] = name.match(/^model\.layers\.(\d+)\.(.+)$/) ?? [];
  const partName = part === undefined ? undefined : layerNames[part];
  if (layer === undefined || partName === undefined || Number(layer) >= config.layers) {
    throw unsupported(`tensor ${show(name)} has no place in a llama model of ${config.layers} layers`);
  }
  const rotated = partName === "attn_q.weight" || partName === "attn_k.weight";
  return { name: `blk.${Number(layer)}.${partName}`, ...(rotated ? { headRows: config.headDimension } : {}) };
}

/** The ids of the tokens that begin and end a text. */
export function specialTokens(given: unknown): MetadataToWrite {
  const config = readObject(given, "config");
  const first = (value: unknown) => (Array.isArray(value) ? value[0] : value);
  const metadata: Record<string, number> = {};
  for (const [key, name] of [
    ["bos_token_id", "tokenizer.ggml.bos_token_id"],
    ["eos_token_id", "tokenizer.ggml.eos_token_id"],
    ["pad_token_id", "tokenizer.ggml.padding_token_id"],
  ] as const) {
    const id = first(config[key]);
    if (id !== undefined && id !== null && id !== -1) metadata[name] = token(id, `config.${key}`);
  }
  return metadata;
}
