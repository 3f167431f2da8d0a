import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";
import { run } from "../setup/process.mjs";

/**
 * Runs every `*.test.ts` and `*.test.mjs` below a folder with node's own test runner.
 * @param {string} folder relative to the repository's root
 * @param {number} [concurrency] how many files at a time
 */
export async function runNodeTests(folder, concurrency = 1) {
  const absolute = join(root, folder);
  const entries = existsSync(absolute) ? await readdir(absolute, { recursive: true }) : [];
  const files = entries.filter((name) => /\.test\.(ts|mjs)$/.test(name)).sort();
  if (files.length === 0) {
    process.stdout.write(`  No test stands below ${folder}.\n`);
    return { passed: 0, failed: 1 };
  }
  await mkdir(join(root, "build"), { recursive: true });
  const report = join(root, "build", `${folder.replaceAll("/", "-")}.tap`);
  const reporters = ["spec", "stdout", "tap", report];
  const reporting = reporters.map((value, i) => `--test-reporter${i % 2 ? "-destination" : ""}=${value}`);
  const args = ["--import", "tsx", "--test", `--test-concurrency=${concurrency}`, ...reporting];
  const failure = await run(process.execPath, [...args, ...files.map((file) => join(folder, file))], {
    cwd: root,
  }).catch((error) => error);
  const tap = await readFile(report, "utf8");
  const count = (/** @type {string} */ name) =>
    Number(tap.match(new RegExp(`^# ${name} (\\d+)$`, "m"))?.[1] ?? 0);
  const failed = count("fail") + count("cancelled");
  return { passed: count("pass"), failed: failure && failed === 0 ? 1 : failed };
}
