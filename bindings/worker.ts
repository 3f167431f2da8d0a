import { expose, transfer } from "comlink";
import { createEngine, type Engine, EngineError } from "./compression.ts";
import type { EngineWorker, Reply } from "./wire.ts";

/** The engine's worker: one engine, made at the first call, its answers handed over without copying. */

let engine: Promise<Engine> | undefined;

/** The buffers of an answer: of a typed array, or of those in an object. */
function buffersOf(answer: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(answer)) return [answer.buffer as ArrayBuffer];
  if (typeof answer !== "object" || answer === null) return [];
  return Object.values(answer).flatMap((part) => (ArrayBuffer.isView(part) ? buffersOf(part) : []));
}

async function reply(compute: (engine: Engine) => unknown): Promise<Reply> {
  try {
    engine ??= createEngine();
    const answer = compute(await engine);
    return transfer({ answer }, buffersOf(answer));
  } catch (thrown) {
    // Everything that the face throws is an EngineError.
    const { code, message } = thrown as EngineError;
    return { failure: { code, message } };
  }
}

const worker: EngineWorker = {
  simd: () => reply((engine) => engine.simd),
  call: (method, args) =>
    reply((engine) => {
      const methods = new Map<string, unknown>(Object.entries(engine));
      const found = methods.get(method);
      if (typeof found === "function") return found(...args);
      throw new EngineError("invalid-argument", `the engine has no method ${method}`);
    }),
};

expose(worker);
