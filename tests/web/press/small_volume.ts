import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../../bindings/engine.ts";
import { apparatusFor } from "../../../web/press/apparatus.ts";
import type { Apparatus } from "../../../web/press/chapter.ts";
import { PressError } from "../../../web/press/diagnostics.ts";
import { pressVolume } from "../../../web/press/press.ts";

/** Line of the chapter's file at which the text given to the functions below begins. */
export const firstLine = 8;

const frontMatter = `---
title: Small
volume: 1
number: 1
next: chapter-02
standfirst: A chapter for one test.
---
`;

const contents = `number: 1
title: Tests
chapters:
  - { number: 1, id: chapter-01, title: Small, status: written, summary: One test. }
  - { number: 2, id: chapter-02, title: Other, status: forthcoming, summary: Not yet. }
entries:
  - { id: instrument-99, title: Sundial, chapter: chapter-02 }
`;

const bibliography = `@misc{ada1843, author = {Lovelace, Ada}, title = {Notes}, year = 1843}\n`;

let apparatus: Promise<Apparatus> | undefined;

/** The engine that the build has left in `dist/`. */
export async function builtEngine(): Promise<Engine> {
  const face = new URL("../../../dist/engine/compression.js", import.meta.url);
  const { createEngine } = await import(face.href);
  return createEngine();
}

/** Everything that the press asks, around the built engine. */
export function realApparatus(): Promise<Apparatus> {
  apparatus ??= builtEngine().then(apparatusFor);
  return apparatus;
}

interface Files {
  volume?: string;
  bibliography?: string;
  /** The whole chapter, front matter included. */
  chapter?: string;
}

async function pressFiles(files: Files): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "small-volume-"));
  try {
    mkdirSync(join(directory, "small"));
    writeFileSync(join(directory, "volume.yml"), files.volume ?? contents);
    writeFileSync(join(directory, "references.bib"), files.bibliography ?? bibliography);
    writeFileSync(join(directory, "small/index.md"), files.chapter ?? frontMatter);
    const pages = await pressVolume(directory, await realApparatus(), { styles: [], fonts: [] });
    return pages.get("small/index.html") ?? "";
  } catch (error) {
    if (error instanceof PressError) error.message = error.message.replaceAll(`${directory}/`, "");
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * The HTML that a chapter's text becomes: what stands between the chapter's head and its references or pager.
 */
export async function pressText(text: string): Promise<string> {
  const html = await pressFiles({ chapter: frontMatter + text });
  return html.split("</noscript>")[1]?.split(/<section class="references"|<nav class="pager"/)[0] ?? "";
}

/** The errors that files of a volume have, one a line, with file, line and column; "" if there are none. */
export async function errorsInFiles(files: Files): Promise<string> {
  try {
    await pressFiles(files);
    return "";
  } catch (error) {
    if (!(error instanceof PressError)) throw error;
    return error.message;
  }
}

/** The errors that a chapter's text has; its first line is line {@link firstLine} of `small/index.md`. */
export function errorsInText(text: string): Promise<string> {
  return errorsInFiles({ chapter: frontMatter + text });
}
