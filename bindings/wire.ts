import type { EngineErrorCode } from "./errors.ts";

/**
 * What travels between the page and the engine's worker. Errors travel as records: a structured clone of an
 * Error loses its code.
 */
export type Reply = { answer: unknown } | { failure: { code: EngineErrorCode; message: string } };

/** What the worker offers through Comlink. */
export interface EngineWorker {
  /** The architecture that the engine runs on. */
  simd(): Promise<Reply>;
  /** Calls a method of the engine. */
  call(method: string, args: unknown[]): Promise<Reply>;
}
