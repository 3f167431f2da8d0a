import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { configure } from "../build/cmake.mjs";
import { root } from "../setup/paths.mjs";
import { run, runQuietly } from "../setup/process.mjs";

const sourceFolders = ["engine", "bindings", "tests/engine", "tests/fuzz", "tests/bench"];

/** @param {RegExp} pattern */
async function sources(pattern) {
  const found = [];
  for (const folder of sourceFolders) {
    const names = await readdir(join(root, folder), { recursive: true });
    found.push(...names.filter((name) => pattern.test(name)).map((name) => join(folder, name)));
  }
  return found.sort();
}

/** C++ layout, by .clang-format. */
export async function clangFormat() {
  await run("clang-format-19", ["--dry-run", "--Werror", ...(await sources(/\.(h|cc)$/))], { cwd: root });
}

/**
 * Mistakes in C++, by .clang-tidy, over what the native build compiles; also a file that lacks an include.
 * @param {string} [files] pattern of the files to check; all by default
 */
export async function clangTidy(files = ".") {
  await configure("lint");
  await runQuietly("run-clang-tidy-19", ["-p", "build/lint", "-quiet", "-j", "2", files], { cwd: root });
}

/** TypeScript, JavaScript, CSS and JSON: layout and mistakes, by biome.json. */
export async function biome() {
  const program = join(root, "node_modules/@biomejs/biome/bin/biome");
  await run(process.execPath, [program, "check", "--error-on-warnings", "--max-diagnostics=100", "."], {
    cwd: root,
  });
}

/** The types of all TypeScript and of the tools' JavaScript, by tsconfig.json. */
export async function types() {
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--project", "."], {
    cwd: root,
  });
}
