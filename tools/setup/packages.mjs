import { existsSync } from "node:fs";
import { SetupError, step } from "./console.mjs";
import { output, run } from "./process.mjs";

/** @typedef {"build" | "test" | "lint" | "bench"} Purpose */

/**
 * What each purpose needs from the system, as Debian packages; `present` says whether it is there in any form.
 * @type {Record<Purpose, { name: string, present?: () => boolean }[]>}
 */
const needs = {
  build: [
    { name: "cmake", present: program("cmake") },
    { name: "ninja-build", present: program("ninja") },
  ],
  test: [
    { name: "chromium", present: () => existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium") },
    { name: "python3-numpy" },
    // The run-time of clang's sanitizers, which clang does not ask for.
    { name: "libclang-rt-19-dev" },
    // The run-time of the sanitizers and of libFuzzer.
    { name: "libclang-rt-19-dev" },
  ],
  lint: [
    { name: "clang-format-19", present: program("clang-format-19") },
    { name: "clang-tidy-19", present: program("clang-tidy-19") },
  ],
  bench: [{ name: "libbenchmark-dev" }, { name: "python3-numpy" }],
};

/** What the private prefix needs beside it: the compiler it drives, and an interpreter for Emscripten's scripts. */
const prefixNeeds = [
  { name: "clang-19", present: program("clang-19") },
  { name: "lld-19", present: program("wasm-ld-19") },
  { name: "llvm-19", present: program("llvm-ar-19") },
  { name: "python3", present: program("python3") },
];

/** @param {string} name */
function program(name) {
  return () => output("which", [name]) !== null;
}

/** @param {string} name */
function installed(name) {
  return /^Status: install ok installed$/m.test(output("dpkg-query", ["-s", name]) ?? "");
}

/**
 * Installs the Debian packages that the purposes need and that are missing.
 * @param {Purpose[]} purposes
 * @param {{ withPrefix: boolean }} options whether the private prefix is what builds
 * @throws {SetupError} with the one command to run where this process may not install packages
 */
export async function installPackages(purposes, { withPrefix }) {
  const wanted = [...purposes.flatMap((purpose) => needs[purpose]), ...(withPrefix ? prefixNeeds : [])];
  const missing = wanted
    .filter(({ name, present }) => !present?.() && !installed(name))
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const names = [...new Set(missing)];
  if (output("which", ["apt-get"]) === null) {
    throw new SetupError(`Missing, by their Debian names: ${names.join(" ")}. Please install them.`);
  }
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      `Some Debian packages are missing. Please run, then start again:\n\n  sudo apt-get install -y ${names.join(" ")}\n`,
    );
  }
  const options = ["-q", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await step(`Installing ${names.join(", ")}`, async () => {
    await run("apt-get", ["-q", "update"], { env });
    await run("apt-get", ["install", ...options, ...names], { env });
  });
}
