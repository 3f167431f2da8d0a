import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SetupError } from "../setup/console.mjs";
import { root } from "../setup/paths.mjs";
import { run } from "../setup/process.mjs";

/** @typedef {import("./suites.mjs").Outcome} Outcome */

/** Where a suite that runs in a process of its own leaves its outcome. @param {string} name */
const outcomeFile = (name) => join(root, "build/outcomes", `${name.replaceAll(" ", "-")}.json`);

/**
 * Runs a suite in a process of its own; each line of its output begins with the suite's name.
 * @param {string} name
 * @returns {Promise<Outcome>}
 */
export async function runApart(name) {
  const file = outcomeFile(name);
  await rm(file, { force: true });
  try {
    await run(process.execPath, [join(root, "tools/test/run_suite.mjs"), name], {
      cwd: root,
      onLine: (line) => process.stdout.write(`${name} │ ${line}\n`),
    });
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    process.stdout.write(`${name} │ ${error instanceof Error ? error.message : error}\n`);
    return { passed: 0, failed: 1 };
  }
}

/**
 * The other end of runApart.
 * @param {import("./suites.mjs").Suite} suite
 */
export async function runHere({ name, run: work }) {
  const outcome = await Promise.resolve()
    .then(work)
    .catch((error) => {
      process.stdout.write(`${error instanceof SetupError ? error.message : error.stack}\n`);
      return { passed: 0, failed: 1 };
    });
  await mkdir(dirname(outcomeFile(name)), { recursive: true });
  await writeFile(outcomeFile(name), JSON.stringify(outcome));
}
