/**
 * What went wrong, for programs. The engine's own answers to bad input:
 * - `invalid-argument`: the call broke a rule that the message names;
 * - `non-finite`: NaN or infinity where a finite number is needed;
 * - `unknown-format`: no format has this id;
 * - `overflow`: a value or a scale is beyond the largest number of the type that stores it;
 * - `corrupt-packed`: packed bytes that do not fit their own description;
 * - `corrupt-file`: a file that breaks a rule of its format;
 * - `unsupported`: a file within the rules of its format that asks for what the engine does not do.
 *
 * And what may happen around it:
 * - `out-of-memory`: the answer does not fit into the memory that a WebAssembly module may have;
 * - `unavailable`: the engine cannot run or be loaded here;
 * - `terminated`: the engine was stopped before it answered;
 * - `aborted`: the caller's signal stopped the work;
 * - `unreadable`: the source of a file gave no bytes;
 * - `internal`: a fault of the engine's own.
 */
export type EngineErrorCode =
  | "invalid-argument"
  | "non-finite"
  | "unknown-format"
  | "overflow"
  | "corrupt-packed"
  | "corrupt-file"
  | "unsupported"
  | "out-of-memory"
  | "unavailable"
  | "terminated"
  | "aborted"
  | "unreadable"
  | "internal";

/**
 * The one error of the engine. The message names the argument and the bound; after it the engine
 * serves on.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
