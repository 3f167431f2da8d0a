import { invalid, show } from "./arguments.ts";
import { EngineError } from "./errors.ts";
import type { FileSource } from "./file_types.ts";

/** Bytes that are read from anywhere, a piece at a time. */
export interface ByteSource {
  readonly size: number;
  /** The bytes [begin, end), a copy that belongs to the caller. */
  read(begin: number, end: number): Promise<Uint8Array>;
}

function sourceOfBlob(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(begin, end) {
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(await blob.slice(begin, end).arrayBuffer());
      } catch (reason) {
        const message = `bytes ${begin} to ${end} of the file cannot be read: ${reason}`;
        throw new EngineError("unreadable", message, { cause: reason });
      }
      if (bytes.length === end - begin) return bytes;
      throw new EngineError("unreadable", `the file gave ${bytes.length} bytes for ${end - begin}`);
    },
  };
}

/** The bytes of a File, a Blob, or an array. */
export function byteSource(source: FileSource, name: string): ByteSource {
  if (source instanceof Blob) return sourceOfBlob(source);
  if (source instanceof Uint8Array) {
    return { size: source.length, read: async (begin, end) => source.slice(begin, end) };
  }
  throw invalid(`${name} must be a File, a Blob or a Uint8Array, got ${show(source)}`);
}
