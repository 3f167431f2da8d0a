/** The programs printed in the README run, and print what it says they print; tables of the documentation are current. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { page, withTable } from "../../tools/format_table.ts";
import { runCell, startPythonInNode } from "../../web/python/build_time.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const scratch = mkdtempSync(join(tmpdir(), "readme-"));
after(() => rmSync(scratch, { recursive: true }));

/** The one program of that language in the README. */
function program(language: string): string {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))];
  assert.equal(blocks.length, 1, `one ${language} program`);
  return blocks[0]?.[1] ?? "";
}

test("JavaScript", () => {
  const source = program("js");
  const path = join(scratch, "readme.mjs");
  writeFileSync(path, source.replace("./dist/", pathToFileURL(join(root, "dist/")).href));
  const printed = execFileSync(process.execPath, [path], { encoding: "utf8" }).trim().split("\n");
  const promised = [...source.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
  assert.deepEqual(printed, promised);
});

test("Python", async () => {
  const { createEngine } = await import(pathToFileURL(join(root, "dist/engine/compression.js")).href);
  const python = await startPythonInNode(await createEngine());
  const { text, finished } = runCell(python, program("python"), "README", "readme");
  assert.ok(finished, text);
  assert.match(text, /^8 8\.25 .*\n4 4\.25 .*\n3 3\.25 .*\n2 2\.25 /);
});

test("the table of formats is what the engine says", async () => {
  const { createEngine } = await import(pathToFileURL(join(root, "dist/engine/compression.js")).href);
  const text = readFileSync(page, "utf8");
  assert.equal(text, withTable(text, (await createEngine()).formats()), "see tools/format_table.ts");
});

test("C++", () => {
  const source = join(scratch, "readme.cc");
  const executable = join(scratch, "readme");
  writeFileSync(source, program("cpp"));
  const compiler = process.env.CXX ?? "clang++-19";
  const library = join(root, "build/native/engine/libcompression-engine.a");
  execFileSync(compiler, ["-std=c++20", `-I${root}`, source, library, "-o", executable]);
  const values = execFileSync(executable, { encoding: "utf8" }).trim().split(" ").map(Number);
  const step = 0.6 / 7;
  for (const [index, code] of [-7, -2, 0, 4].entries()) {
    // The stored scale is fp16: half a unit in its eleventh bit.
    assert.ok(
      Math.abs((values[index] ?? Number.NaN) - code * step) <= Math.abs(code) * step * 2 ** -11 + 5e-5,
      `${values}`,
    );
  }
});
