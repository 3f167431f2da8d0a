import { invalid, show } from "./arguments.ts";
import { type ByteSource, byteSource } from "./byte_source.ts";
import { EngineError } from "./errors.ts";
import type { FileSource, ShardSources } from "./file_types.ts";
import type { Call } from "./module.ts";
import { type FileContents, readContents } from "./tensor_file.ts";

/** Largest index that is read, in bytes. */
const longestIndex = 64 * 2 ** 20;

function sourcesByName(sources: ShardSources): Map<string, ByteSource> {
  const isList = Array.isArray(sources);
  if (typeof sources !== "object" || sources === null) {
    throw invalid(`sources must be a list of Files, or an object of sources by name, got ${show(sources)}`);
  }
  const entries: [string, FileSource][] = isList
    ? sources.map((file: File) => [file?.name, file])
    : Object.entries(sources as Record<string, FileSource>);
  const byName = new Map<string, ByteSource>();
  for (const [name, source] of entries) {
    if (typeof name !== "string") throw invalid(`every file of a list must have a name, got ${show(source)}`);
    if (byName.has(name)) throw invalid(`two files have the name ${show(name)}`);
    byName.set(name, byteSource(source, name));
  }
  return byName;
}

/** Opens the shards of a safetensors model and brings their tensors together, as the index says. */
export async function readShards(call: Call, sources: ShardSources): Promise<FileContents> {
  const byName = sourcesByName(sources);
  const indices = [...byName.keys()].filter((name) => name.endsWith(".index.json"));
  const index = byName.get(indices[0] ?? "");
  if (index === undefined || indices.length > 1) {
    throw invalid(`sources must hold one model.safetensors.index.json, got ${indices.length}`);
  }
  if (index.size > longestIndex) throw invalid(`the index of shards must have at most ${longestIndex} bytes`);
  const json = await index.read(0, index.size);
  const entries = call((module) => module.readShardIndex(json)).map(({ tensor, file }) => ({
    tensor: String(tensor),
    file: String(file),
  }));

  const contents: FileContents = { kind: "safetensors", texts: {}, stored: [], tensors: [] };
  for (const file of new Set(entries.map((entry) => entry.file))) {
    const source = byName.get(file);
    if (source === undefined) throw invalid(`the index asks for the file ${show(file)}, which is missing`);
    const shard = await readContents(call, source);
    if (shard.kind !== "safetensors") throw invalid(`the file ${show(file)} is no safetensors file`);
    const held = new Map(shard.tensors.map((placed) => [placed.info.name, placed]));
    for (const { tensor } of entries.filter((entry) => entry.file === file)) {
      const placed = held.get(tensor);
      if (placed === undefined) {
        const message = `tensor ${show(tensor)}: the index says that ${show(file)} holds it, but it does not`;
        throw new EngineError("corrupt-file", message);
      }
      contents.tensors.push(placed);
    }
    Object.assign(contents.texts, shard.texts);
  }
  return contents;
}
