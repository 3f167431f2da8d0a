import { array, count, integer, invalid, mostElements, named, optional, show } from "./arguments.ts";
import type { ByteSource } from "./byte_source.ts";
import { EngineError } from "./errors.ts";
import type {
  Measured,
  MetadataType,
  MetadataValue,
  RowRange,
  TensorFile,
  TensorInfo,
  TensorSample,
  TensorSketch,
} from "./file_types.ts";
import { packOptions } from "./formats.ts";
import { readValue, type StoredValue, typeOf } from "./gguf_values.ts";
import type { Call, CompressionModule } from "./module.ts";

export type FileKind = TensorFile["kind"];

/** Where a tensor's data stand. */
interface Placed {
  info: TensorInfo;
  source: ByteSource;
  /** First byte of the data in the source. */
  begin: number;
}

/** What a header says, whichever kind of file it is of. */
export interface FileContents {
  kind: FileKind;
  version?: number;
  /** Of safetensors. */
  texts: Record<string, string>;
  /** Of GGUF. */
  stored: StoredValue[];
  tensors: Placed[];
}

/** Bytes of a piece that is decoded at once: what is in memory beside the answer. */
const pieceBytes = 8 * 2 ** 20;

/** Most bytes of a header that are read before it is known how long it is. */
const firstBytes = 64 * 2 ** 10;

/** Makes an error of the engine name the tensor that it is about. */
export async function naming<T>(tensor: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown;
    throw new EngineError(thrown.code, `tensor ${show(tensor)}: ${thrown.message}`, { cause: thrown });
  }
}

/** The types of a kind of file that can be read as numbers, with their blocks. */
export function elementTypes(call: Call, kind: FileKind) {
  const types = call((module) => module.elementTypes(kind));
  return new Map(types.map((type) => [String(type.name), { ...type, format: String(type.format) }]));
}

/** The blocks of every type fit a whole number of times into so many elements. */
const wholeBlocks = 256;

/** Most places that a sample is read from: each costs a request to the disk. */
const mostPlaces = 64;

/** At most `count` rows spread evenly over a tensor of `rows`, neighbours together where there are many. */
function spreadRows(rows: number, count: number): RowRange[] {
  const places = Math.min(count, mostPlaces);
  return Array.from({ length: places }, (_, index) => {
    return { from: Math.floor((index * rows) / places), count: Math.floor(count / places) };
  });
}

const readSample = named({ weights: count });
const readSketch = named({ weights: count, bins: count });
const readMeasure = named({
  formats: array((value) => value as Record<string, unknown>),
  weights: optional<number | undefined>(count, undefined),
  rows: optional<RowRange | undefined>((value) => value as RowRange, undefined),
});

/** An open file: what it holds, and how its tensors are read. */
export class OpenTensorFile implements TensorFile {
  readonly kind: FileKind;
  readonly version?: number;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly metadataTypes: Readonly<Record<string, MetadataType>>;
  readonly tensors: readonly TensorInfo[];
  /** Of GGUF: its metadata as they are stored. */
  readonly stored: readonly StoredValue[];
  readonly #places: Map<string, Placed>;
  readonly #call: Call;

  constructor(call: Call, contents: FileContents) {
    const { kind, version, texts, stored, tensors } = contents;
    this.#call = call;
    this.kind = kind;
    if (version !== undefined) this.version = version;
    this.stored = stored;
    this.metadata =
      kind === "gguf" ? Object.fromEntries(stored.map((value) => [value.key, readValue(value)])) : texts;
    this.metadataTypes = Object.fromEntries(stored.map((value) => [value.key, typeOf(value)]));
    this.tensors = tensors.map(({ info }) => info);
    this.#places = new Map(tensors.map((placed) => [placed.info.name, placed]));
  }

  /** Where the tensor of that name stands. */
  #place(name: string): Placed {
    const placed = this.#places.get(name);
    if (placed) return placed;
    throw invalid(`the file has no tensor ${show(name)}`);
  }

  /** The bytes [begin, end) of the source that hold these rows. */
  #range(
    { info, begin }: Placed,
    rows: RowRange | undefined,
  ): { begin: number; end: number; elements: number } {
    if (rows === undefined) {
      return { begin, end: begin + info.byteLength, elements: info.rows * info.cols };
    }
    const { from, count } = readRows(info)(rows);
    const rowBytes = info.byteLength / info.rows;
    if (!Number.isInteger(rowBytes)) {
      throw invalid(`rows of ${info.cols} ${info.type} elements do not end at a byte: read the whole tensor`);
    }
    return {
      begin: begin + from * rowBytes,
      end: begin + (from + count) * rowBytes,
      elements: count * info.cols,
    };
  }

  async bytes(name: string, rows?: RowRange): Promise<Uint8Array> {
    const placed = this.#place(name);
    return naming(name, () => {
      const { begin, end } = this.#range(placed, rows);
      return placed.source.read(begin, end);
    });
  }

  async read(name: string, rows?: RowRange): Promise<Float32Array> {
    const placed = this.#place(name);
    return naming(name, async () => {
      const { begin, end, elements } = this.#range(placed, rows);
      if (elements > mostElements) {
        throw invalid(
          `at most ${mostElements} elements can be read at once, not ${elements}: read some rows`,
        );
      }
      const values = new Float32Array(elements);
      let filled = 0;
      for await (const piece of this.#pieces(placed, begin, end)) {
        values.set(piece, filled);
        filled += piece.length;
      }
      return values;
    });
  }

  async sample(name: string, options: { weights: number }): Promise<TensorSample> {
    const { weights: most } = readSample(options);
    const placed = this.#place(name);
    const { rows, cols } = placed.info;
    if (rows * cols <= most) return { weights: await this.read(name), rows, cols, whole: true };
    if (cols > most) return naming(name, () => this.#rowStart(placed, most));
    const ranges = spreadRows(rows, Math.floor(most / cols));
    const read = await Promise.all(ranges.map((range) => this.read(name, range)));
    const weights = new Float32Array(read.reduce((sum, { length }) => sum + length, 0));
    let filled = 0;
    for (const part of read) {
      weights.set(part, filled);
      filled += part.length;
    }
    return { weights, rows: weights.length / cols, cols, whole: false };
  }

  /** At most `most` elements of the first row, a whole number of blocks. */
  async #rowStart({ info, source, begin }: Placed, most: number): Promise<TensorSample> {
    const types = elementTypes(this.#call, this.kind);
    const { block, blockBytes } = types.get(info.type) ?? { block: 1, blockBytes: 1 };
    const cols = most < wholeBlocks ? most - (most % block) : most - (most % wholeBlocks);
    const bytes = await source.read(begin, begin + (cols / block) * blockBytes);
    const weights = this.#call((module) => module.decodeElements(this.kind, info.type, bytes));
    return { weights, rows: 1, cols, whole: false };
  }

  async sketch(name: string, options: { weights: number; bins: number }): Promise<TensorSketch> {
    const { weights: most, bins } = readSketch(options);
    const { weights, whole } = await this.sample(name, { weights: most });
    return naming(name, () => {
      if (weights.length === 0) throw invalid("it has no elements");
      const statistics = this.#call((module) => module.statistics(weights));
      // A tensor of zeros fills the bin in the middle, whatever the bounds.
      const reach = statistics.absmax || 1;
      const counts = this.#call((module) => module.histogram(weights, bins, -reach, reach));
      return { statistics, counts, whole };
    });
  }

  async measure(name: string, options: Parameters<TensorFile["measure"]>[1]): Promise<Measured[]> {
    const { formats, weights: most, rows: range } = readMeasure(options);
    const { weights, cols } =
      most === undefined
        ? { weights: await this.read(name, range), cols: this.#place(name).info.cols }
        : await this.sample(name, { weights: most });
    const measured = (format: Record<string, unknown>): Measured => {
      try {
        if (weights.length === 0) throw invalid("it has no elements");
        const given = packOptions({ ...format, cols });
        return { error: this.#call((module) => module.measure(weights, given)) };
      } catch (thrown) {
        if (!(thrown instanceof EngineError) || thrown.code === "out-of-memory") throw thrown;
        return { refusal: thrown.message };
      }
    };
    return naming(name, () => formats.map(measured));
  }

  /** The elements of some bytes, whole blocks at a time. */
  async *#pieces({ info, source }: Placed, begin: number, end: number): AsyncGenerator<Float32Array> {
    const { blockBytes } = elementTypes(this.#call, this.kind).get(info.type) ?? { blockBytes: 1 };
    const step = Math.max(1, Math.floor(pieceBytes / blockBytes)) * blockBytes;
    for (let position = begin; position < end; position += step) {
      const bytes = await source.read(position, Math.min(end, position + step));
      yield this.#call((module) => module.decodeElements(this.kind, info.type, bytes));
    }
  }
}

/** Reads a range of rows of a tensor. */
function readRows({ rows }: TensorInfo) {
  return (range: unknown): RowRange => {
    const { from } = named({ from: integer(0, rows - 1), count: integer(1, rows) }, "rows")(range);
    const { count } = named({ from: integer(0, rows - 1), count: integer(1, rows - from) }, "rows")(range);
    return { from, count };
  };
}

type Header = { more: number };

/** Reads as much of a source's start as its header takes. */
async function readHeader<H extends Header>(
  call: Call,
  source: ByteSource,
  parse: (module: CompressionModule, prefix: Uint8Array, size: number) => H | undefined,
): Promise<{ prefix: Uint8Array; header: H }> {
  let wanted = Math.min(source.size, firstBytes);
  while (true) {
    const prefix = await source.read(0, wanted);
    const header = call((module) => parse(module, prefix, source.size));
    if (header.more === 0) return { prefix, header };
    wanted = header.more;
  }
}

/** A tensor as the module lists it. */
interface Entry {
  name: unknown;
  shape: number[];
  type: unknown;
  begin: number;
  byteLength: number;
  staysFloat: boolean;
}

/** A tensor as the face describes it. */
function placedTensors(call: Call, kind: FileKind, source: ByteSource, entries: readonly Entry[]): Placed[] {
  const types = elementTypes(call, kind);
  return entries.map(({ name, shape, type, begin, byteLength, staysFloat }) => {
    const cols = shape.at(-1) ?? 1;
    const rows = shape.slice(0, -1).reduce((product, dimension) => product * dimension, 1);
    const readable = types.get(String(type))?.readable ?? false;
    const info = {
      name: String(name),
      shape,
      type: String(type),
      byteLength,
      rows,
      cols,
      readable,
      staysFloat,
    };
    return { info, source, begin };
  });
}

async function readGguf(call: Call, source: ByteSource): Promise<FileContents> {
  const { prefix, header } = await readHeader(call, source, (module, bytes, size) =>
    module.readGgufHeader(bytes, size),
  );
  const stored = header.metadata.map(({ key, type, element, count, begin, byteLength }) => ({
    key: String(key),
    type: String(type),
    element: String(element),
    count,
    payload: prefix.subarray(begin, begin + byteLength),
  }));
  const tensors = placedTensors(call, "gguf", source, header.tensors);
  return { kind: "gguf", version: header.version, texts: {}, stored, tensors };
}

async function readSafetensors(call: Call, source: ByteSource): Promise<FileContents> {
  const { header } = await readHeader(call, source, (module, bytes, size) =>
    module.readSafetensorsHeader(bytes, size),
  );
  const texts = Object.fromEntries(header.metadata.map(({ key, text }) => [String(key), String(text)]));
  const tensors = placedTensors(call, "safetensors", source, header.tensors);
  return { kind: "safetensors", texts, stored: [], tensors };
}

/** Reads and checks the header of a file of either kind. */
export async function readContents(call: Call, source: ByteSource): Promise<FileContents> {
  const magic = await source.read(0, Math.min(4, source.size));
  const isGguf = String.fromCharCode(...magic) === "GGUF";
  if (isGguf) return readGguf(call, source);
  try {
    return await readSafetensors(call, source);
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== "corrupt-file") throw thrown;
    const message = `no GGUF file, and as safetensors: ${thrown.message}`;
    throw new EngineError("corrupt-file", message, { cause: thrown });
  }
}
