/** The programs printed in the README run, and print what it says they print; tables of the documentation are current. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

/** Where a heading can be linked to, as the usual hosts have it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

test("links between the pages of the documentation lead to files and headings that there are", () => {
  const files = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const documents = files.filter((file) => file.endsWith(".md")).map((file) => join("docs", file));
  const pages = ["README.md", "CONTRIBUTING.md", ...documents];
  let followed = 0;
  for (const path of pages) {
    // Programs and examples of markup are no links of the page.
    const text = readFileSync(join(root, path), "utf8").replace(/^(`{3,}).*?^\1|`[^`\n]*`/gms, "");
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      assert.ok(existsSync(join(root, target)), `${path} links to ${link}`);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(join(root, target), "utf8").matchAll(/^#+ (.*)$/gm)];
      assert.ok(headings.map(([, heading = ""]) => anchorOf(heading)).includes(anchor), `${path}: ${link}`);
      followed++;
    }
  }
  assert.ok(followed > 10, `${followed} links to headings`);
});

test("every method has a page, and its medians stand there", () => {
  const named = [...readFileSync(join(root, "docs/methods.md"), "utf8").matchAll(/\(methods\/(\w+)\.md\)/g)];
  const methods = named.map(([, method = ""]) => method);
  assert.deepEqual(
    methods.toSorted(),
    readdirSync(join(root, "docs/methods"))
      .map((file) => file.replace(".md", ""))
      .toSorted(),
  );
  for (const method of methods) {
    const text = readFileSync(join(root, `docs/methods/${method}.md`), "utf8");
    assert.match(text, /<!-- medians -->\n\|.*\|\n\| ---.*\n(\|.*%.*\|\n)+<!-- end of medians -->/, method);
  }
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
