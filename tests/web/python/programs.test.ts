import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { programs, run } from "./python.ts";

const oracle = process.env.NUMPY_PYTHON ?? "/usr/bin/python3";

/** What the programs print under real NumPy, asked now. */
function nativeOutputs(): { numpy: string; outputs: string[] } {
  const paths = ["oracle.py", "programs.json"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const answer = spawnSync(oracle, paths, { encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(
    answer.status,
    0,
    `${oracle} with NumPy is needed as the oracle: ${answer.stderr || answer.error}`,
  );
  return JSON.parse(answer.stdout);
}

const native = nativeOutputs();

test("there are at least 80 programs, each with a name of its own", () => {
  assert.ok(programs.length >= 80);
  assert.equal(new Set(programs.map((program) => program.name)).size, programs.length);
});

for (const [i, program] of programs.entries()) {
  test(`prints what NumPy ${native.numpy} prints: ${program.name}`, () => {
    assert.equal(run(program.source).text, native.outputs[i]);
  });
}
