import { integer, invalid, show } from "./arguments.ts";
import { EngineError } from "./errors.ts";
import type { MetadataToWrite } from "./file_types.ts";

/**
 * A vocabulary as published (`tokenizer.json` of byte pair encoding) in GGUF's terms.
 *
 * Source: llama.cpp, its conversion of tokenizers and the keys of `tokenizer.ggml`.
 */

/** llama.cpp's kinds of tokens. */
const kinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

const tokenId = integer(0, 2 ** 24);

interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

interface Tokenizer {
  model: {
    type: string;
    vocab: Record<string, number>;
    merges: (string | [string, string])[];
    unk_token?: string | null;
    byte_fallback?: boolean;
  };
  added_tokens?: AddedToken[];
}

/** Holds the file to what is read of it. */
function readTokenizer(given: unknown): Tokenizer {
  const tokenizer = given as Tokenizer | null;
  const model = tokenizer?.model;
  if (typeof model !== "object" || model === null)
    throw invalid(`tokenizer.model must be an object, got ${show(model)}`);
  if (model.type !== "BPE") {
    throw new EngineError("unsupported", `tokenizer.model.type ${show(model.type)} is not converted; BPE is`);
  }
  if (typeof model.vocab !== "object" || model.vocab === null)
    throw invalid("tokenizer.model.vocab must be an object");
  if (!Array.isArray(model.merges)) throw invalid("tokenizer.model.merges must be an array");
  return tokenizer as Tokenizer;
}

const joined = (merge: string | [string, string]) => (Array.isArray(merge) ? merge.join(" ") : merge);

/** Every token and its kind, by id. */
function listTokens({ model, added_tokens = [] }: Tokenizer): {
  tokens: string[];
  types: Int32Array<ArrayBuffer>;
} {
  const entries = Object.entries(model.vocab).map(([content, id]) => {
    const byte = model.byte_fallback && /^<0x[0-9A-F]{2}>$/.test(content);
    const kind = content === model.unk_token ? "unknown" : byte ? "byte" : "normal";
    return { id: tokenId(id, "an id of tokenizer.model.vocab"), content, kind: kinds[kind] as number };
  });
  const added = added_tokens.map(({ id, content, special }) => {
    const kind = content === model.unk_token ? "unknown" : special ? "control" : "userDefined";
    return {
      id: tokenId(id, "an id of tokenizer.added_tokens"),
      content: String(content),
      kind: kinds[kind] as number,
    };
  });
  const all = [...entries, ...added];
  const count = all.reduce((most, { id }) => Math.max(most, id + 1), 0);
  const tokens = Array.from({ length: count }, (_, id) => `[PAD${id}]`);
  const types = new Int32Array(count).fill(kinds.unused);
  for (const { id, content, kind } of all) {
    tokens[id] = content;
    types[id] = kind;
  }
  return { tokens, types };
}

/** SentencePiece's scores: the earlier a pair was merged in training, the higher. */
function mergeScores(tokens: readonly string[], merges: readonly string[]): Float32Array<ArrayBuffer> {
  const ranks = new Map(merges.map((merge, rank) => [merge.replace(" ", ""), rank]));
  return Float32Array.from(tokens, (token) => -(ranks.get(token) ?? merges.length));
}

/** The metadata of a vocabulary. */
export function tokenizerMetadata(given: unknown): MetadataToWrite {
  const tokenizer = readTokenizer(given);
  const { tokens, types } = listTokens(tokenizer);
  const merges = tokenizer.model.merges.map(joined);
  const common = {
    "tokenizer.ggml.tokens": { type: "string[]", value: tokens },
    "tokenizer.ggml.token_type": types,
  } as const;
  if (tokenizer.model.byte_fallback) {
    return {
      "tokenizer.ggml.model": "llama",
      ...common,
      "tokenizer.ggml.scores": mergeScores(tokens, merges),
    };
  }
  // The pattern that splits text before merging; Llama 3's takes digits in threes.
  const splitsThrees = JSON.stringify((given as { pre_tokenizer?: unknown }).pre_tokenizer ?? null).includes(
    "\\\\p{N}{1,3}",
  );
  return {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": splitsThrees ? "llama-bpe" : "default",
    ...common,
    "tokenizer.ggml.merges": { type: "string[]", value: merges },
  };
}
