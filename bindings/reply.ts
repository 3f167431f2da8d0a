import { transfer } from "comlink";
import type { EngineError } from "./errors.ts";
import type { Reply } from "./wire.ts";

/** The buffers of an answer: of a typed array, or of those in an object or array and in what is within it. */
export function buffersOf(answer: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(answer)) return [answer.buffer as ArrayBuffer];
  if (typeof answer !== "object" || answer === null) return [];
  return Object.values(answer).flatMap(buffersOf);
}

/** What a worker answers with what `compute` gives, which is handed over without copying. */
export async function replyOf(compute: () => unknown): Promise<Reply> {
  try {
    const answer = await compute();
    return transfer({ answer }, [...new Set(buffersOf(answer))]);
  } catch (thrown) {
    // All that the face throws is an EngineError; what a sink throws is not.
    const { code = "internal", message = String(thrown) } = thrown as Partial<EngineError>;
    return { failure: { code, message } };
  }
}
