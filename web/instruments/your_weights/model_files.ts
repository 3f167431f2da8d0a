/** The files of one model, told apart by their names. */
export interface ModelFiles {
  /** What is opened: one file, or the shards of a model with their index. */
  weights: readonly File[];
  sharded: boolean;
  /** `config.json` and `tokenizer.json` of Hugging Face, which a GGUF file is made from. */
  config?: File;
  tokenizer?: File;
  /** What the model is called: the file of its weights, or of its index. */
  name: string;
  /** Bytes of the weights. */
  size: number;
}

/** A choice of files that is no model. */
export class FilesError extends Error {
  override readonly name = "FilesError";
}

/** Whether a file has one of some names, or ends in it as in `llama.config.json`. */
function isCalled({ name }: File, ...ends: readonly string[]): boolean {
  const small = name.toLowerCase();
  return ends.some((end) => small === end || small.endsWith(`.${end}`));
}

/**
 * Sorts what the reader chose: a `.safetensors` or `.gguf` file, or all shards of a safetensors model with their
 * `model.safetensors.index.json`; with them may come `config.json` and `tokenizer.json`.
 *
 * @throws FilesError that says what is missing or too much.
 */
export function sortModelFiles(files: readonly File[]): ModelFiles {
  const config = files.find((file) => isCalled(file, "config.json"));
  const tokenizer = files.find((file) => isCalled(file, "tokenizer.json"));
  const index = files.find((file) => isCalled(file, "index.json"));
  const known = files.filter((file) => isCalled(file, "safetensors", "gguf"));
  // A file of another name may be a model all the same; of a whole folder, what has the names of models is.
  const rest = known.length > 0 ? known : files.filter((file) => !isCalled(file, "json"));
  const extras = { ...(config ? { config } : {}), ...(tokenizer ? { tokenizer } : {}) };
  const [first, ...others] = rest;
  if (first === undefined) {
    throw new FilesError("no file of weights is among those chosen: it ends in .safetensors or .gguf");
  }
  const size = rest.reduce((sum, file) => sum + file.size, 0);
  if (index !== undefined) {
    return { weights: [...rest, index], sharded: true, name: index.name, size, ...extras };
  }
  if (others.length > 0) {
    const names = rest.map(({ name }) => name).join(", ");
    throw new FilesError(
      `${rest.length} files of weights without an index (${names}): choose one, or all shards with their model.safetensors.index.json`,
    );
  }
  return { weights: [first], sharded: false, name: first.name, size, ...extras };
}

const parsed = new WeakMap<File, Promise<unknown>>();

/** The contents of a JSON file, parsed once. @throws FilesError that names the file. */
export function readJson(file: File | undefined): Promise<unknown> {
  if (file === undefined) return Promise.resolve(undefined);
  const known = parsed.get(file) ?? parseJson(file);
  parsed.set(file, known);
  return known;
}

async function parseJson(file: File): Promise<unknown> {
  try {
    return JSON.parse(await file.text());
  } catch (reason) {
    throw new FilesError(`${file.name} is not JSON: ${reason instanceof Error ? reason.message : reason}`);
  }
}
