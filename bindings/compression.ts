/**
 * The compression engine for JavaScript: in browsers, in workers, in node.
 *
 *     import { createEngine } from "./engine/compression.js";
 *     const engine = await createEngine();
 *     engine.decodeCeiling({ bandwidth: 3.35e12, bytesPerParameter: 0.5, activeParameters: 70e9 });
 */
import { named, oneOf, optional } from "./arguments.ts";
import { codes } from "./codes.ts";
import { distillation } from "./distillation.ts";
import type { Engine, Variant } from "./engine.ts";
import { files } from "./files.ts";
import { formats } from "./formats.ts";
import { arithmetic, hardware } from "./hardware.ts";
import { layers } from "./layers.ts";
import { callsOf, loadModule, supportedVariant } from "./module.ts";
import { tensor } from "./tensor.ts";

export type * from "./engine.ts";
export { EngineError, type EngineErrorCode } from "./errors.ts";

const readOptions = named({ variant: optional<Variant | undefined>(oneOf(["simd", "scalar"]), undefined) });

/**
 * Loads an engine: the SIMD build where there is WebAssembly SIMD, else the scalar one, which gives the same results.
 * `variant` forces a build.
 * @throws EngineError `unavailable` without WebAssembly, or when the module cannot be loaded.
 */
export async function createEngine(options: { variant?: Variant } = {}): Promise<Engine> {
  const { variant } = readOptions(options);
  const supported = supportedVariant();
  const module = await loadModule(variant ?? supported);
  const call = callsOf(module);
  return {
    simd: String(module.simd()),
    ...distillation(call),
    ...hardware(call),
    ...arithmetic(call),
    ...formats(call),
    ...codes(call),
    ...tensor(call),
    ...files(call),
    ...layers(call),
  };
}
