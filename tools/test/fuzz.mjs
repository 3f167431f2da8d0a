import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compile } from "../build/cmake.mjs";
import { root } from "../setup/paths.mjs";
import { run } from "../setup/process.mjs";

/** The harnesses of tests/fuzz. */
const harnesses = ["safetensors", "gguf", "unpack"];

/**
 * Runs every harness on its corpus, and on what libFuzzer makes of it; a finding ends the run, its input kept in build/.
 * @param {string[]} limit libFuzzer's options that say how long: a number of runs, or a time
 */
export async function fuzz(limit) {
  await compile("sanitizers", { targets: harnesses.map((name) => `fuzz-${name}`) });
  for (const name of harnesses) {
    const found = join("build/sanitizers/corpus", name);
    await mkdir(join(root, found), { recursive: true });
    // New inputs go to the first folder; the committed ones stay as they are.
    const options = ["-max_len=4096", "-verbosity=0", `-artifact_prefix=build/sanitizers/${name}-`, ...limit];
    await run(`build/sanitizers/tests/fuzz/fuzz-${name}`, [...options, found, `tests/fuzz/corpus/${name}`], {
      cwd: root,
    });
    process.stdout.write(`  ${name}: no finding\n`);
  }
  return { passed: harnesses.length, failed: 0 };
}
