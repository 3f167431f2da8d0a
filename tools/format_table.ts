/**
 * Writes the table of docs/formats.md, between its two marks, from what the engine says of its formats:
 *
 *     node --import tsx tools/format_table.ts
 *
 * A test holds the page to it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { FormatInfo } from "../bindings/compression.ts";

const root = resolve(import.meta.dirname, "..");
export const page = join(root, "docs/formats.md");
const marks = ["<!-- formats -->", "<!-- /formats -->"] as const;

/** The rows of Markdown, one a format, in the engine's order. */
export function table(formats: FormatInfo[]): string {
  const rows = formats.map(({ id, name, bitsPerWeight, blockSize, levels, source }) =>
    ["", `\`${id}\``, name, bitsPerWeight, blockSize, levels.toLocaleString("en"), source, ""]
      .join(" | ")
      .trim(),
  );
  const head = [
    "| id | name | bits per weight | block | levels | source |",
    "| --- | --- | ---: | ---: | ---: | --- |",
  ];
  return [...head, ...rows].join("\n");
}

/** The page with its table as it should be. */
export function withTable(text: string, formats: FormatInfo[]): string {
  const [begin, end] = marks.map((mark) => text.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin)
    throw new Error(`docs/formats.md has no table between ${marks.join(" and ")}.`);
  return `${text.slice(0, begin)}${marks[0]}\n${table(formats)}\n${text.slice(end)}`;
}

if (process.argv[1] === import.meta.filename) {
  const { createEngine } = await import(pathToFileURL(join(root, "dist/engine/compression.js")).href);
  const engine = await createEngine();
  await writeFile(page, withTable(await readFile(page, "utf8"), engine.formats()));
}
