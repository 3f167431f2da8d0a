import { progress } from "../setup/console.mjs";
import { root } from "../setup/paths.mjs";
import { runQuietly } from "../setup/process.mjs";

/** @typedef {"native" | "sanitizers" | "wasm-simd" | "wasm-scalar"} Preset */

/**
 * Configures a preset: `lint` is one without a build.
 * @param {Preset | "lint"} preset
 * @param {string[]} [definitions] more `-D` arguments
 */
export async function configure(preset, definitions = []) {
  await runQuietly("cmake", ["--preset", preset, ...definitions], { cwd: root });
}

/**
 * Configures a preset and builds its targets (all of them by default); ninja does only what is out of date.
 * @param {Preset} preset
 * @param {{ targets?: string[], definitions?: string[] }} [options] definitions: more `-D` arguments
 */
export async function compile(preset, { targets = [], definitions = [] } = {}) {
  await configure(preset, definitions);
  const report = progress(preset);
  const selection = targets.flatMap((target) => ["--target", target]);
  await runQuietly("cmake", ["--build", "--preset", preset, ...selection], { cwd: root }, (line) => {
    const counts = line.match(/^\[(\d+)\/(\d+)\]/);
    if (counts) report((100 * Number(counts[1])) / Number(counts[2]));
    return counts !== null;
  });
}
