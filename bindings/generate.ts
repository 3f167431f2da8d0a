/**
 * Takes over the declarations that Embind emitted with the latest build as those the face is written against:
 *
 *     node --import tsx bindings/generate.ts
 */
import { copyFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const bindings = import.meta.dirname;
const emitted = resolve(bindings, "../build/wasm-simd/compression-simd.d.ts");
await copyFile(emitted, join(bindings, "generated/compression_module.d.ts"));
