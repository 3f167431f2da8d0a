import { invalid, show } from "./arguments.ts";
import type { FileSink } from "./file_types.ts";

/** A function that writes a piece to the sink, and one that lets go of it. */
export function openSink(sink: FileSink): { write: (piece: Uint8Array) => unknown; release: () => void } {
  if (typeof sink === "object" && sink !== null) {
    if ("getWriter" in sink) {
      const writer = sink.getWriter();
      return { write: (piece) => writer.write(piece), release: () => writer.releaseLock() };
    }
    if (typeof sink.write === "function") return { write: (piece) => sink.write(piece), release: () => {} };
  }
  throw invalid(`sink must be a WritableStream or have a function write, got ${show(sink)}`);
}
