import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { mystParse } from "myst-parser";
import { VFile } from "vfile";

/** Chapters of a volume's folder. */
function chapters(directory: string): URL[] {
  const root = new URL(directory, import.meta.url);
  const files = readdirSync(root).map((folder) => new URL(`${folder}/index.md`, root));
  return files.filter((file) => existsSync(file));
}

describe("chapters are plain MyST", () => {
  for (const file of [...chapters("../../../web/content/"), ...chapters("../../fixtures/volume/")]) {
    it(`${file.pathname.split("/").at(-2)}: MyST alone knows everything but the names of our directives and roles`, () => {
      const messages = new VFile();
      mystParse(readFileSync(file, "utf8"), { vfile: messages });
      const surprises = messages.messages.filter(({ reason }) => !/^unknown (directive|role): /.test(reason));
      assert.deepEqual(surprises.map(String), []);
    });
  }
});
