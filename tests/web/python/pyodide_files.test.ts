import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { copyPythonFiles, pythonFiles, verifyNumpyWheel } from "../../../web/python/pyodide_files.ts";

const directory = mkdtempSync(join(tmpdir(), "python-files-"));
after(() => rmSync(directory, { recursive: true }));

test("Pyodide's files are copied whole, with a manifest of their sizes", () => {
  const manifest = copyPythonFiles(join(directory, "python"));
  assert.deepEqual(JSON.parse(readFileSync(join(directory, "python/files.json"), "utf8")), manifest);
  assert.ok(manifest.files.some((file) => file.name === "pyodide.asm.wasm"));
  for (const file of manifest.files)
    assert.equal(statSync(join(directory, "python", file.name)).size, file.bytes);
  assert.equal(manifest.numpyWheel, undefined);
});

test("a wheel that is not the one of the lock file is refused with both sums", () => {
  const wheel = join(directory, "numpy-other.whl");
  writeFileSync(wheel, "not a wheel");
  const refusal =
    /numpy-other\.whl is not NumPy [\d.]+ for this Pyodide \(numpy-.*\.whl\): SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}/;
  assert.throws(() => verifyNumpyWheel(wheel), refusal);
  assert.throws(() => pythonFiles(wheel), refusal);
});
