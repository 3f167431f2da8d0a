import type { Variant } from "./engine.ts";
import { EngineError, type EngineErrorCode } from "./errors.ts";
import type { MainModule } from "./generated/compression_module.d.ts";

/** The engine as Embind exports it. Its functions answer `undefined` where they failed. */
export type CompressionModule = MainModule;

/** The smallest module with SIMD in it: a function [] → [v128] that splats a constant and counts bits. */
const simdProbe = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // one type: [] → [v128]
  ...[0x03, 0x02, 0x01, 0x00], // one function of that type
  ...[0x0a, 0x0a, 0x01, 0x08, 0x00], // its code, without locals:
  ...[0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x62, 0x0b], // i32.const 0, i8x16.splat, i8x16.popcnt, end
);

/** The build that runs here. */
export function supportedVariant(): Variant {
  if (typeof WebAssembly !== "object") {
    throw new EngineError(
      "unavailable",
      "the engine needs WebAssembly, which is missing or switched off here",
    );
  }
  return WebAssembly.validate(simdProbe) ? "simd" : "scalar";
}

type ModuleFactory = (options: { wasmBinary?: Uint8Array }) => Promise<CompressionModule>;

/** Loads a build of the engine, all of it or its core, from the files beside this one. */
export async function loadModule(variant: Variant, part: "whole" | "core"): Promise<CompressionModule> {
  const here = import.meta.url;
  const name = part === "core" ? `compression-core-${variant}` : `compression-${variant}`;
  try {
    const script = new URL(`${name}.mjs`, here);
    const { default: factory } = (await import(/* @vite-ignore */ script.href)) as { default: ModuleFactory };
    return await factory(await binaryOf(new URL(`${name}.wasm`, here)));
  } catch (thrown) {
    const files = `${name}.mjs or ${name}.wasm`;
    const message = `the engine could not be loaded: ${files} is missing or damaged in ${new URL(".", here)}`;
    throw new EngineError("unavailable", message, { cause: thrown });
  }
}

/**
 * The module fetches its binary and compiles it while it streams, except from a file, which only node
 * can read.
 */
async function binaryOf(url: URL): Promise<{ wasmBinary?: Uint8Array }> {
  if (url.protocol !== "file:") return {};
  const { readFile } = await import("node:fs/promises");
  return { wasmBinary: await readFile(url) };
}

/**
 * What JavaScript itself threw during a call; it reports an array that it cannot allocate as a
 * RangeError.
 */
function asEngineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const code = thrown instanceof RangeError ? "out-of-memory" : "internal";
  return new EngineError(code, String(thrown), { cause: thrown });
}

/** Makes one call; its answer, or its failure as an EngineError. */
export type Call = <T>(compute: (module: CompressionModule) => T | undefined) => T;

export function callsOf(module: CompressionModule): Call {
  return (compute) => {
    try {
      const answer = compute(module);
      if (answer !== undefined) return answer;
    } catch (thrown) {
      throw asEngineError(thrown);
    }
    const { code, message } = module.latestFailure();
    throw new EngineError(String(code) as EngineErrorCode, String(message));
  };
}
