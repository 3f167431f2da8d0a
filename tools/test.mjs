import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { main, SetupError, seconds } from "./setup/console.mjs";
import { setUp } from "./setup/setup.mjs";
import { inLanes } from "./test/lanes.mjs";
import { runApart } from "./test/run_apart.mjs";
import { suites } from "./test/suites.mjs";

/** Where a suite stands in the list. */
const place = (/** @type {string} */ wanted) => suites.findIndex(({ name }) => name === wanted);

/** `npm test`, or `npm test -- --only press` for the suites whose names start so. */
await main(async () => {
  const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
  const asked = suites.filter(({ name }) => name.startsWith(values.only));
  if (asked.length === 0) {
    throw new SetupError(
      `No suite is named ${values.only}; there are: ${suites.map(({ name }) => name).join(", ")}`,
    );
  }
  // What an asked suite comes after runs too: two suites that find nothing built would build at once.
  const chosen = suites.filter(({ name }) =>
    asked.some((suite) => suite.name === name || suite.after?.includes(name)),
  );
  await setUp("build", "test", "lint");

  /** @type {(import("./test/suites.mjs").Outcome & { name: string, duration: number })[]} */
  const rows = [];
  await inLanes(chosen, Math.min(2, availableParallelism()), async ({ name, after = [] }) => {
    const started = performance.now();
    const missing = rows.find((row) => row.failed > 0 && after.includes(row.name));
    if (missing) process.stdout.write(`${name} │ does not run without ${missing.name}\n`);
    const outcome = missing ? { passed: 0, failed: 1 } : await runApart(name);
    rows.push({ name, ...outcome, duration: performance.now() - started });
  });
  rows.sort((a, b) => place(a.name) - place(b.name));

  const total = (/** @type {"passed" | "failed"} */ key) => rows.reduce((sum, row) => sum + row[key], 0);
  process.stdout.write("\n");
  for (const { name, passed, failed, duration } of rows) {
    const mark = failed === 0 ? "✓" : "✗";
    const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`;
    process.stdout.write(`${mark} ${name.padEnd(20)} ${counts} ${seconds(duration).padStart(9)}\n`);
  }
  process.stdout.write(`\n${total("passed")} passed, ${total("failed")} failed\n`);
  if (total("failed") > 0) process.exitCode = 1;
});
