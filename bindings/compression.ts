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
import type { Layers } from "./layer_types.ts";
import { layers } from "./layers.ts";
import { type Call, callsOf, loadModule, supportedVariant } from "./module.ts";
import { tensor } from "./tensor.ts";

export type * from "./engine.ts";
export { EngineError, type EngineErrorCode } from "./errors.ts";

const readOptions = named({ variant: optional<Variant | undefined>(oneOf(["simd", "scalar"]), undefined) });

type Options = { variant?: Variant };

/** The engine without the methods on layers. */
export type CoreEngine = Omit<Engine, keyof Layers>;

/** A module of the engine, and what of the face it stands behind. */
async function start(options: Options, part: "whole" | "core"): Promise<{ core: CoreEngine; call: Call }> {
  const { variant } = readOptions(options);
  const supported = supportedVariant();
  const module = await loadModule(variant ?? supported, part);
  const call = callsOf(module);
  const core = {
    simd: String(module.simd()),
    ...distillation(call),
    ...hardware(call),
    ...arithmetic(call),
    ...formats(call),
    ...codes(call),
    ...tensor(call),
    ...files(call),
  };
  return { core, call };
}

/**
 * Loads an engine: the SIMD build where there is WebAssembly SIMD, else the scalar one, which gives the same results.
 * `variant` forces a build.
 * @throws EngineError `unavailable` without WebAssembly, or when the module cannot be loaded.
 */
export async function createEngine(options: Options = {}): Promise<Engine> {
  const { core, call } = await start(options, "whole");
  return { ...core, ...layers(call) };
}

/** The same without the methods on layers: fewer bytes, for pages that start with it. */
export async function createCoreEngine(options: Options = {}): Promise<CoreEngine> {
  return (await start(options, "core")).core;
}
