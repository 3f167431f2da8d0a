import { array } from "./arguments.ts";
import { byteSource } from "./byte_source.ts";
import type {
  FileSink,
  Files,
  MetadataToWrite,
  StreamedTensor,
  TensorToWrite,
  WriteOptions,
} from "./file_types.ts";
import { type FileMetadata, planFile, streamed, writePlanned, writeWhole } from "./file_writer.ts";
import { storedMetadata } from "./gguf_values.ts";
import type { Call } from "./module.ts";
import { planQuantized, quantize } from "./quantize_file.ts";
import { readShards } from "./sharded_files.ts";
import { OpenTensorFile, readContents } from "./tensor_file.ts";

/** The methods of model files, answered through `call`. */
export function files(call: Call): Files {
  const plan = (metadata: FileMetadata, tensors: readonly (TensorToWrite | StreamedTensor)[]) => {
    const read = array((tensor) => streamed(call, metadata.kind, tensor as TensorToWrite | StreamedTensor));
    return planFile(call, metadata, read(tensors, "tensors"));
  };
  const whole = (metadata: FileMetadata, tensors: readonly TensorToWrite[]) =>
    writeWhole(plan(metadata, tensors));
  const stream = async (
    sink: FileSink,
    metadata: FileMetadata,
    tensors: readonly (TensorToWrite | StreamedTensor)[],
    options: WriteOptions,
  ) => {
    const planned = plan(metadata, tensors);
    await writePlanned(call, metadata.kind, planned, sink, options);
    return planned.byteLength;
  };
  const gguf = (metadata: MetadataToWrite): FileMetadata => ({
    kind: "gguf",
    stored: storedMetadata(metadata),
  });

  return {
    openTensorFile: async (source) =>
      new OpenTensorFile(call, await readContents(call, byteSource(source, "source"))),
    openTensorFiles: async (sources) => new OpenTensorFile(call, await readShards(call, sources)),
    writeSafetensors: (tensors, metadata = {}) => whole({ kind: "safetensors", texts: metadata }, tensors),
    writeGguf: (tensors, metadata) => whole(gguf(metadata), tensors),
    streamSafetensors: async (sink, tensors, metadata = {}, options = {}) =>
      stream(sink, { kind: "safetensors", texts: metadata }, tensors, options),
    streamGguf: async (sink, tensors, metadata, options = {}) =>
      stream(sink, gguf(metadata), tensors, options),
    mixtures: () =>
      call((module) => module.mixtures()).map(({ id, type, fileType }) => {
        return { id: String(id), type: String(type), fileType };
      }),
    planQuantizedFile: async (file, options) => planQuantized(call, file, options),
    quantizeFile: (file, options) => quantize(call, file, options),
  };
}
