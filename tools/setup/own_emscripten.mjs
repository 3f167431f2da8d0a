import { join } from "node:path";
import { root, toolchain } from "./paths.mjs";
import { output } from "./process.mjs";

/**
 * Whether the machine brings all that the engine is built with: an `emcc` of at least 3.1.69 (EMSDK's or PATH's), and
 * xsimd and doctest where CMake finds them. The same rules stand in tools/cmake/emscripten.cmake and dependencies.cmake.
 */
export function hasOwnEmscripten() {
  const emcc = process.env.EMSDK ? join(process.env.EMSDK, "upstream/emscripten/emcc") : "emcc";
  const version = (output(emcc, ["--version"]) ?? "").match(/(\d+)\.(\d+)\.(\d+)/);
  if (!version) return false;
  const [major, minor, patch] = version.slice(1).map(Number);
  const number = major * 1e6 + minor * 1e3 + patch;
  if (number < 3_001_069) return false;
  return output("cmake", ["-S", join(root, "tools/cmake/probe"), "-B", join(toolchain, "probe")]) !== null;
}
