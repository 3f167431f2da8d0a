import { existsSync } from "node:fs";
import { SetupError } from "./console.mjs";
import { installNpmPackages } from "./npm_packages.mjs";
import { hasOwnEmscripten } from "./own_emscripten.mjs";
import { installPackages } from "./packages.mjs";
import { makePrefix } from "./prefix.mjs";

/**
 * Brings everything that the purposes need; what is there already is left alone.
 * @param {import("./packages.mjs").Purpose[]} purposes
 */
export async function setUp(...purposes) {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new SetupError(`Node 20 or newer is needed; this is ${process.version}.`);
  }
  await installNpmPackages();
  const withPrefix = !hasOwnEmscripten();
  if (withPrefix && !existsSync("/etc/debian_version")) {
    throw new SetupError(
      "On systems other than Debian and its relatives, install Emscripten 3.1.69 or newer, xsimd 13 or newer and doctest.",
    );
  }
  await installPackages(purposes, { withPrefix });
  if (withPrefix) await makePrefix();
}
