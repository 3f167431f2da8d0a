import { invalid, mostElements, oneOf, show, word } from "./arguments.ts";
import { EngineError } from "./errors.ts";
import type {
  QuantizeOptions,
  QuantizePlan,
  QuantizePlanOptions,
  StreamedTensor,
  TensorFile,
  TensorInfo,
} from "./file_types.ts";
import { type FileMetadata, type PlannedFile, planFile, writePlanned } from "./file_writer.ts";
import { formats } from "./formats.ts";
import { storedMetadata } from "./gguf_values.ts";
import { type LlamaConfig, readLlamaConfig, renameTensor, specialTokens } from "./llama_model.ts";
import type { Call } from "./module.ts";
import { elementTypes, OpenTensorFile } from "./tensor_file.ts";
import { tokenizerMetadata } from "./tokenizer.ts";

/** Weights that are converted at once; what is in memory is a few times this. */
const pieceWeights = 4 * 2 ** 20;

/** A tensor on its way from one file to another. */
interface Converted {
  source: TensorInfo;
  name: string;
  type: string;
  /** Whether its bytes stay as they are. */
  copied: boolean;
  /** Rows that must be together in a piece; default one. */
  rowsTogether?: number;
  /** What is done to the weights of a piece, if anything. */
  change?: (weights: Float32Array) => Float32Array;
}

/** A plan that can be carried out. */
interface Work {
  metadata: FileMetadata;
  file: PlannedFile<StreamedTensor>;
  sources: Map<string, string>;
  notes: string[];
}

/** A tensor's data in the new file, a few rows at a time. */
async function* pieces(file: TensorFile, { source, copied, rowsTogether = 1, change }: Converted) {
  if (source.byteLength === 0) return;
  const least = Math.min(rowsTogether, source.rows);
  const fitting = Math.floor(pieceWeights / (source.cols * least)) * least;
  const step = Math.max(least, fitting);
  if (!copied && step * source.cols > mostElements) {
    throw invalid(`at most ${mostElements} weights can be converted at once, not ${step * source.cols}`);
  }
  for (let from = 0; from < source.rows; from += step) {
    const rows = { from, count: Math.min(step, source.rows - from) };
    if (copied) {
      yield file.bytes(source.name, rows);
    } else {
      const weights = await file.read(source.name, rows);
      yield change ? change(weights) : weights;
    }
  }
}

/** What a mixture looks at, from the metadata of a GGUF file. */
function modelShape(metadata: TensorFile["metadata"], names: ReadonlySet<string>) {
  const read = (key: string, otherwise: number) => {
    const value = metadata[`${metadata["general.architecture"]}.${key}`];
    return typeof value === "number" ? value : otherwise;
  };
  const heads = read("attention.head_count", 1);
  return {
    layers: read("block_count", 0),
    queriesPerKey: Math.floor(heads / read("attention.head_count_kv", heads)),
    experts: read("expert_count", 0),
    tiedOutput: !names.has("output.weight"),
  };
}

type ModelShape = ReturnType<typeof modelShape>;

/** A function from a tensor, as it is called in GGUF, to its type there. */
function typeChooser(call: Call, format: QuantizePlanOptions["format"], model: ModelShape) {
  const types = elementTypes(call, "gguf");
  const typeOf = (name: string) => {
    const found = types.get(name.toUpperCase()) ?? [...types.values()].find((type) => type.format === name);
    if (found) return String(found.name);
    const message = `format ${show(name)} is none that GGUF stores, and no mixture`;
    throw new EngineError("unknown-format", message);
  };
  const writable = (type: string) => {
    const { format: id, readable } = types.get(type) ?? { format: "", readable: false };
    if (type === "F32" || (id !== "" && readable)) return type;
    throw new EngineError("unsupported", `weights cannot be written as ${type} here`);
  };
  if (typeof format === "object" && format !== null) {
    const choices = new Map(Object.entries(format));
    return typeChooser(call, ({ name }) => choices.get(name) ?? "F32", model);
  }
  if (typeof format === "function") {
    return (tensor: TensorInfo) =>
      writable(
        call((module) =>
          module.suitableType(typeOf(word(format(tensor), "format")), tensor.name, tensor.shape),
        ) as string,
      );
  }
  const id = word(format, "format");
  const isMixture = call((module) => module.mixtures()).some((mixture) => mixture.id === id);
  return ({ name, shape }: TensorInfo) =>
    writable(
      String(
        call((module) =>
          isMixture
            ? module.mixtureType(id, model, name, shape)
            : module.suitableType(typeOf(id), name, shape),
        ),
      ),
    );
}

/** The metadata that say how the tensors are quantized. */
function quantizationMetadata(call: Call, { format }: QuantizePlanOptions, quantized: boolean) {
  const mixture = call((module) => module.mixtures()).find(({ id }) => id === format);
  return storedMetadata({
    ...(mixture ? { "general.file_type": mixture.fileType } : {}),
    ...(quantized ? { "general.quantization_version": 2 } : {}),
  });
}

/** Names and metadata in GGUF's terms. */
function inGgufTerms(file: OpenTensorFile, options: QuantizePlanOptions, notes: string[]) {
  if (file.kind === "gguf") {
    const renewed = ["general.file_type", "general.quantization_version"];
    return {
      stored: file.stored.filter(({ key }) => !renewed.includes(key)),
      metadata: file.metadata,
      rename: (name: string) => ({ name, headRows: undefined }),
    };
  }
  const config: LlamaConfig = readLlamaConfig(options.config);
  const hasTokenizer = options.tokenizer !== undefined;
  if (!hasTokenizer) notes.push("No tokenizer.json was given: the file has no vocabulary.");
  const written = {
    ...config.metadata,
    ...(hasTokenizer ? { ...tokenizerMetadata(options.tokenizer), ...specialTokens(options.config) } : {}),
  };
  return {
    stored: storedMetadata(written),
    metadata: written as TensorFile["metadata"],
    rename: (name: string) => renameTensor(name, config),
  };
}

function convertToGguf(call: Call, file: OpenTensorFile, options: QuantizePlanOptions, notes: string[]) {
  const { stored, metadata, rename } = inGgufTerms(file, options, notes);
  const renamed = file.tensors.flatMap((source) => {
    const found = rename(source.name);
    if (found === undefined) notes.push(`${source.name} is left out: it is computed anew.`);
    return found === undefined ? [] : [{ source, ...found }];
  });
  const model = modelShape(metadata, new Set(renamed.map(({ name }) => name)));
  const choose = typeChooser(call, options.format, model);
  const tensors = renamed.map(({ source, name, headRows }): Converted => {
    if (!source.readable) {
      if (file.kind !== "gguf")
        throw new EngineError(
          "unsupported",
          `tensor ${show(source.name)} of type ${source.type} cannot be read as numbers`,
        );
      notes.push(`${name} stays ${source.type}, which cannot be read as numbers here.`);
      return { source, name, type: source.type, copied: true };
    }
    const type = choose({ ...source, name });
    const interleave = (weights: Float32Array) =>
      call((module) => module.interleaveRotaryRows(weights, source.cols, headRows ?? 1));
    const rotated = headRows === undefined ? {} : { rowsTogether: headRows, change: interleave };
    return { source, name, type, copied: file.kind === "gguf" && type === source.type, ...rotated };
  });
  const quantized = tensors.some(({ type }) => !["F32", "F16", "BF16"].includes(type));
  const fileMetadata: FileMetadata = {
    kind: "gguf",
    stored: [...stored, ...quantizationMetadata(call, options, quantized)],
  };
  return { metadata: fileMetadata, tensors };
}

const floatTypes = ["F64", "F32", "F16", "BF16"];

/** Whether rows can be packed a few at a time, and give the same as all at once. */
function isRowwise(call: Call, { format, group }: QuantizePlanOptions): boolean {
  const info = formats(call)
    .formats()
    .find(({ id }) => id === format);
  if (info === undefined) throw new EngineError("unknown-format", `no format ${show(format)}`);
  if (info.grouped) return group !== undefined && group !== "tensor";
  return info.kind === "float" || info.kind === "ggml" || info.id.startsWith("mx");
}

function convertToSafetensors(call: Call, file: OpenTensorFile, options: QuantizePlanOptions) {
  const { group, scales } = options;
  const format = word(options.format, "format");
  const type = options.type ?? "F32";
  const rowwise = isRowwise(call, options);
  const codec = formats(call);
  const tensors = file.tensors.map((source): Converted => {
    const { name, shape, cols } = source;
    const isWeight =
      source.readable && shape.length > 1 && (file.kind === "gguf" || floatTypes.includes(source.type));
    const staysFloat = !isWeight || call((module) => module.suitableType("Q8_0", name, shape)) === "F32";
    if (staysFloat) {
      const float = source.readable && (file.kind === "gguf" || floatTypes.includes(source.type));
      if (!float && file.kind === "gguf") {
        throw new EngineError(
          "unsupported",
          `tensor ${show(name)} of type ${source.type} cannot be read as numbers`,
        );
      }
      return { source, name, type: float ? type : source.type, copied: !float };
    }
    const change = (weights: Float32Array) =>
      codec.unpack(
        codec.pack(weights, {
          format,
          cols,
          ...(group === undefined ? {} : { group }),
          ...(scales === undefined ? {} : { scales }),
        }),
      );
    return { source, name, type, copied: false, change, rowsTogether: rowwise ? 1 : source.rows };
  });
  const texts = {
    ...(file.kind === "safetensors" ? (file.metadata as Record<string, string>) : {}),
    "quantization.format": format,
    ...(group === undefined ? {} : { "quantization.group": String(group) }),
    ...(scales === undefined ? {} : { "quantization.scales": scales }),
  };
  return { metadata: { kind: "safetensors", texts } as FileMetadata, tensors };
}

const kind = oneOf(["gguf", "safetensors"]);

function prepare(call: Call, file: TensorFile, options: QuantizePlanOptions): Work {
  if (!(file instanceof OpenTensorFile)) throw invalid(`file must be an open tensor file, got ${show(file)}`);
  if (typeof options !== "object" || options === null)
    throw invalid(`options must be an object, got ${show(options)}`);
  const notes: string[] = [];
  const to = kind(options.to ?? "gguf", "to");
  const { metadata, tensors } =
    to === "gguf" ? convertToGguf(call, file, options, notes) : convertToSafetensors(call, file, options);
  const streams = tensors.map((tensor) => ({
    name: tensor.name,
    shape: tensor.source.shape,
    type: tensor.type,
    data: () => pieces(file, tensor),
  }));
  return {
    metadata,
    file: planFile(call, metadata, streams),
    sources: new Map(tensors.map(({ name, source }) => [name, source.name])),
    notes,
  };
}

function describe({ metadata, file, sources, notes }: Work): QuantizePlan {
  const tensors = file.tensors.map(({ tensor: { name, shape, type }, byteLength }) => {
    return { name, source: sources.get(name) ?? name, shape: [...shape], type, byteLength };
  });
  return { kind: metadata.kind, byteLength: file.byteLength, tensors, notes };
}

/** What quantizing a file would make. */
export function planQuantized(call: Call, file: TensorFile, options: QuantizePlanOptions): QuantizePlan {
  return describe(prepare(call, file, options));
}

/** Quantizes a file into a sink. */
export async function quantize(
  call: Call,
  file: TensorFile,
  options: QuantizeOptions,
): Promise<QuantizePlan> {
  const work = prepare(call, file, options);
  await writePlanned(call, work.metadata.kind, work.file, options.sink, options);
  return describe(work);
}
