import { bytes, float32, integer, invalid, show, text } from "./arguments.ts";
import type { Packed } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { openSink } from "./file_sink.ts";
import type { FileSink, StreamedTensor, TensorToWrite, WriteOptions } from "./file_types.ts";
import type { StoredValue } from "./gguf_values.ts";
import type { Call } from "./module.ts";
import { elementTypes, type FileKind, naming } from "./tensor_file.ts";

/** A file that is to be written, its header made and its tensors in the order of their data. */
export interface PlannedFile<Tensor> {
  header: Uint8Array;
  tensors: { tensor: Tensor; byteLength: number; padding: number }[];
  byteLength: number;
}

/** What a tensor's place in a file depends on. */
export interface Described {
  name: string;
  shape: readonly number[];
  type: string;
}

/** Metadata of either kind of file. */
export type FileMetadata =
  | { kind: "safetensors"; texts: Readonly<Record<string, string>> }
  | { kind: "gguf"; stored: readonly StoredValue[] };

const dimension = integer(0, Number.MAX_SAFE_INTEGER);

function readShape(shape: unknown, name: string): number[] {
  if (!Array.isArray(shape)) throw invalid(`shape of tensor ${name} must be an array, got ${show(shape)}`);
  return shape.map((size, i) => dimension(size, `shape[${i}] of tensor ${name}`));
}

/** Makes the header of a file with these tensors. */
export function planFile<Tensor extends Described>(
  call: Call,
  metadata: FileMetadata,
  tensors: readonly Tensor[],
): PlannedFile<Tensor> {
  const described = tensors.map(({ name, shape, type }) => {
    return { name: text(name, "name"), shape: readShape(shape, name), type: text(type, `type of ${name}`) };
  });
  if (metadata.kind === "safetensors" && (typeof metadata.texts !== "object" || metadata.texts === null)) {
    throw invalid(`metadata must be an object, got ${show(metadata.texts)}`);
  }
  const plan = call((module) => {
    if (metadata.kind === "gguf") return module.planGguf(described, [...metadata.stored]);
    const texts = Object.entries(metadata.texts).map(([key, value]) => {
      return { key, text: text(value, `metadata ${key}`) };
    });
    return module.planSafetensors(described, texts);
  });
  return {
    header: plan.header,
    tensors: plan.tensors.map(({ index, byteLength, padding }) => {
      return { tensor: tensors[index] as Tensor, byteLength, padding };
    }),
    byteLength: plan.byteLength,
  };
}

/** The type whose bytes are those of a packed format. */
function typeOfPacked(call: Call, kind: FileKind, { spec }: Packed): string {
  const found = [...elementTypes(call, kind).values()].find(({ format }) => format === spec?.format);
  if (found) return String(found.name);
  throw invalid(`${kind} has no type for the format ${show(spec?.format)}`);
}

const isPacked = (data: unknown): data is Packed =>
  typeof data === "object" && data !== null && "spec" in data;

/** The bytes of a tensor that is given as a whole. */
function wholeTensor(
  call: Call,
  kind: FileKind,
  given: TensorToWrite,
): Described & { data: () => [Uint8Array] } {
  const { name, data } = given;
  const shape = readShape(given.shape, name);
  const cols = shape.at(-1) ?? 1;
  if (isPacked(data)) {
    const type = given.type ?? typeOfPacked(call, kind, data);
    const { rows, cols: packedCols } = data.spec;
    const count = shape.reduce((product, size) => product * size, 1);
    if (packedCols !== cols || rows * cols !== count) {
      throw invalid(`tensor ${name} of shape [${shape}] is packed as ${rows} rows of ${packedCols}`);
    }
    return { name, shape, type, data: () => [bytes(data.bytes, `bytes of ${name}`)] };
  }
  if (data instanceof Uint8Array) {
    if (given.type === undefined) throw invalid(`tensor ${name} is given as bytes and needs a type`);
    return { name, shape, type: given.type, data: () => [data] };
  }
  const type = given.type ?? "F32";
  if (data instanceof Float32Array && data.length === 0)
    return { name, shape, type, data: () => [new Uint8Array(0)] };
  const weights = float32(data, `data of ${name}`);
  const encode = () => call((module) => module.encodeElements(kind, type, weights, cols));
  return { name, shape, type, data: () => [encode()] };
}

/** A tensor in the form in which it streams. */
export function streamed(call: Call, kind: FileKind, given: TensorToWrite | StreamedTensor): StreamedTensor {
  if (typeof given !== "object" || given === null)
    throw invalid(`a tensor must be an object, got ${show(given)}`);
  text(given.name, "name of a tensor");
  const { data } = given;
  return typeof data === "function"
    ? { ...given, type: given.type ?? "F32", data }
    : wholeTensor(call, kind, { ...given, data });
}

/** Lets messages arrive, such as the one that stops the work. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Writes a planned file, a piece at a time. */
export async function writePlanned(
  call: Call,
  kind: FileKind,
  plan: PlannedFile<StreamedTensor>,
  sink: FileSink,
  { onProgress, signal }: WriteOptions,
): Promise<void> {
  const { write, release } = openSink(sink);
  let bytesWritten = 0;
  const put = async (piece: Uint8Array) => {
    if (signal?.aborted) throw new EngineError("aborted", "the writing was stopped by its signal");
    // A sink may hand the piece over, after which its length is 0.
    const { length } = piece;
    if (length > 0) await write(piece);
    bytesWritten += length;
  };
  try {
    await put(plan.header);
    for (const [index, { tensor, byteLength, padding }] of plan.tensors.entries()) {
      const { name, shape, type } = tensor;
      const report = () =>
        onProgress?.({
          tensor: name,
          index,
          tensors: plan.tensors.length,
          bytesWritten,
          byteLength: plan.byteLength,
        });
      await naming(name, async () => {
        const end = bytesWritten + byteLength;
        for await (const piece of tensor.data()) {
          report();
          await pause();
          const encoded = () =>
            call((module) => module.encodeElements(kind, type, piece as Float32Array, shape.at(-1) ?? 1));
          await put(piece instanceof Uint8Array ? piece : encoded());
        }
        if (bytesWritten !== end) {
          throw invalid(
            `its data took ${bytesWritten - end + byteLength} bytes, its shape and type ask for ${byteLength}`,
          );
        }
        await put(new Uint8Array(padding));
      });
      report();
    }
  } finally {
    release();
  }
}

/** Writes a planned file of whole tensors into one array. */
export function writeWhole(plan: PlannedFile<StreamedTensor>): Uint8Array {
  const file = new Uint8Array(plan.byteLength);
  file.set(plan.header);
  let position = plan.header.length;
  for (const { tensor, byteLength, padding } of plan.tensors) {
    for (const piece of tensor.data() as Iterable<Uint8Array>) {
      if (piece.length !== byteLength) {
        throw invalid(
          `data of tensor ${show(tensor.name)} take ${piece.length} bytes, its shape and type ask for ${byteLength}`,
        );
      }
      file.set(piece, position);
    }
    position += byteLength + padding;
  }
  return file;
}
