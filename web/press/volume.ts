import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isNode, LineCounter, parseDocument } from "yaml";
import { type Bibliography, parseBibtex } from "./bibliography/bibtex.ts";
import { type Diagnostics, SourceFile } from "./diagnostics.ts";
import type { FrontMatter } from "./front_matter.ts";
import { type Node, plainText } from "./node.ts";
import { parseChapter, parseInline } from "./parse.ts";

/** A chapter in the volume's table of contents. */
export interface ChapterEntry {
  number: number;
  id: string;
  title: string;
  summary: string;
  /** Whether the volume's file says that the chapter exists. */
  status: "written" | "forthcoming";
  /** Where it stands in the volume's file. */
  line: number;
  /** The written chapter, found by the number in its front matter. */
  chapter?: WrittenChapter | undefined;
}

/** Something else that is announced, such as an instrument of a chapter to come. */
export interface OtherEntry {
  id: string;
  title: string;
  /** Id of the chapter that will hold it. */
  chapter: string;
}

/** A chapter as parsed. */
export interface WrittenChapter {
  /** Its folder, in the source and in the site. */
  folder: string;
  source: SourceFile;
  frontMatter: FrontMatter;
  tree: Node;
}

/** A volume: its table of contents, its bibliography and its written chapters. */
export interface Volume {
  number: number;
  title: string;
  chapters: ChapterEntry[];
  entries: OtherEntry[];
  bibliography: Bibliography;
  source: SourceFile;
}

/**
 * Reads a volume's folder: `volume.yml`, `references.bib` and a folder with an `index.md` for each written
 * chapter.
 */
export function readVolume(directory: string, diagnostics: Diagnostics): Volume {
  const read = (path: string) =>
    new SourceFile(join(directory, path), readText(join(directory, path)), diagnostics);
  const source = read("volume.yml");
  const contents = readContents(source);
  const volume: Volume = { ...contents, source, bibliography: parseBibtex(read("references.bib")) };
  const folders = readdirSync(directory).filter((name) => existsSync(join(directory, name, "index.md")));
  const placed = folders.map((folder) => addChapter(volume, folder, read(join(folder, "index.md"))));
  for (const { id, line, status, chapter } of volume.chapters) {
    // A folder that could not be placed has been reported already, and may be the one.
    if (status === "written" && chapter === undefined && placed.every(Boolean)) {
      source.errorAt(line, `the chapter '${id}' is said to be written, but no folder holds it`);
    }
  }
  return volume;
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Gives a chapter's folder its place in the volume; whether it has one. */
function addChapter(volume: Volume, folder: string, source: SourceFile): boolean {
  const { frontMatter, tree } = parseChapter(source);
  if (frontMatter === undefined) return false;
  const { number, lines } = frontMatter;
  if (frontMatter.volume !== volume.number) {
    source.errorAt(
      lines.get("volume"),
      `the chapter stands in volume ${volume.number}, not ${frontMatter.volume}`,
    );
  }
  const entry = volume.chapters.find((other) => other.number === number);
  if (entry === undefined) {
    source.errorAt(lines.get("number"), `the volume has no chapter ${number}`);
    return false;
  }
  if (entry.chapter !== undefined) {
    source.errorAt(lines.get("number"), `chapter ${number} is also in '${entry.chapter.folder}'`);
    return false;
  }
  entry.chapter = { folder, source, frontMatter, tree };
  return true;
}

const contentsKeys = {
  chapters: ["number", "id", "title", "status", "summary"],
  entries: ["id", "title", "chapter"],
};

function readContents(source: SourceFile): Pick<Volume, "number" | "title" | "chapters" | "entries"> {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines });
  for (const { message, pos } of document.errors) {
    source.errorAt(lines.linePos(pos[0]).line, message.split("\n")[0] ?? "malformed YAML");
  }
  const values: Record<string, unknown> = Object(document.errors.length > 0 ? {} : document.toJS());
  for (const key of ["number", "title", "chapters"]) {
    if (values[key] === undefined) source.errorAt(1, `the volume lacks '${key}'`);
  }
  const list = (name: keyof typeof contentsKeys): Record<string, unknown>[] => {
    const items = Array.isArray(values[name]) ? values[name].map(Object) : [];
    return items.flatMap((item: Record<string, unknown>, index) => {
      const node = document.getIn([name, index], true);
      const { line } = lines.linePos((isNode(node) && node.range?.[0]) || 0);
      const missing = contentsKeys[name].filter((key) => item[key] === undefined);
      if (missing.length > 0) source.errorAt(line, `the item of '${name}' lacks '${missing.join("', '")}'`);
      return missing.length > 0 ? [] : [{ ...item, line }];
    });
  };
  const chapters = list("chapters") as unknown as ChapterEntry[];
  // MyST turns straight quotes into typographic ones here as it does in the chapters.
  for (const entry of chapters) entry.summary = plainText(parseInline(entry.summary, source));
  return {
    number: Number(values.number),
    title: String(values.title),
    chapters,
    entries: list("entries") as unknown as OtherEntry[],
  };
}

/** "07": chapter numbers as the encyclopedia prints them. */
export function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

/** How a link without text of its own names an entry: "Chapter 09", "Instrument 03". */
export function entryName(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1).replace("-", " ");
}

/**
 * The page of an entry, relative to the site's root: the chapter if it is written, else its place in the
 * index.
 */
export function entryPath(volume: Volume, id: string): string | undefined {
  const chapter = volume.chapters.find((entry) => entry.id === id);
  if (chapter?.chapter !== undefined) return `${chapter.chapter.folder}/index.html`;
  const isKnown = chapter !== undefined || volume.entries.some((entry) => entry.id === id);
  return isKnown ? `index.html#${id}` : undefined;
}
