import type { SourceFile } from "../diagnostics.ts";
import { plainLatex } from "./latex.ts";

/** A work of the bibliography. */
export interface Work {
  key: string;
  /** BibTeX's entry type, such as "article". */
  type: string;
  /** Fields by lower-case name, as plain text. */
  fields: Readonly<Record<string, string>>;
  authors: readonly Person[];
  year: string;
  /** By what the list of references is sorted. */
  sortKey: string;
}

export interface Person {
  family: string;
  given: string;
}

/** Works by key. */
export type Bibliography = ReadonlyMap<string, Work>;

/** Reads a BibTeX file; malformed entries are reported with their line and left out. */
export function parseBibtex(source: SourceFile): Bibliography {
  const works = new Map<string, Work>();
  const reader = new BibtexReader(source.text);
  for (let entry = reader.next(source); entry !== undefined; entry = reader.next(source)) {
    const work = workOf(entry, source);
    if (works.has(entry.key)) source.errorAt(entry.line, `duplicate bibliography key '${entry.key}'`);
    else if (work !== undefined) works.set(entry.key, work);
  }
  return works;
}

interface Entry {
  type: string;
  key: string;
  line: number;
  fields: Map<string, string>;
}

/** Reads entries one after the other; text between entries is comment, as in BibTeX itself. */
class BibtexReader {
  private position = 0;
  private readonly text: string;
  private readonly strings = new Map<string, string>();

  constructor(text: string) {
    this.text = text;
  }

  next(source: SourceFile): Entry | undefined {
    for (;;) {
      const start = this.text.indexOf("@", this.position);
      if (start < 0) return undefined;
      this.position = start + 1;
      const line = this.text.slice(0, start).split("\n").length;
      try {
        const entry = this.entry(line);
        if (entry !== undefined) return entry;
      } catch (error) {
        source.errorAt(line, `malformed bibliography entry: ${(error as Error).message}`);
      }
    }
  }

  private entry(line: number): Entry | undefined {
    const type = this.match(/\s*(\w+)\s*/y, "a type such as @article").toLowerCase();
    if (type === "comment") return undefined;
    this.match(/\{\s*/y, "'{'");
    const key = type === "string" ? "" : this.match(/([^\s,{}=]+)\s*/y, "a key");
    const fields = new Map<string, string>();
    if (type !== "string") this.skip(/,\s*/y);
    while (!this.skip(/\}/y)) {
      const name = this.match(/([\w-]+)\s*=\s*/y, "a field such as 'year = {2015}'").toLowerCase();
      if (fields.has(name)) throw new Error(`'${name}' is given twice`);
      fields.set(name, this.value());
      if (!this.skip(/\s*,\s*/y)) this.match(/\s*(?=\})/y, `',' or '}' after '${name}'`);
    }
    if (type !== "string") return { type, key, line, fields };
    for (const [name, value] of fields) this.strings.set(name, value);
    return undefined;
  }

  private value(): string {
    let text = this.part();
    while (this.skip(/\s*#\s*/y)) text += this.part();
    return text;
  }

  private part(): string {
    if (this.skip(/\{/y)) return this.braced("}");
    if (this.skip(/"/y)) return this.braced('"');
    const word = this.match(/(\w+)/y, "a value");
    const text = /^\d+$/.test(word) ? word : this.strings.get(word.toLowerCase());
    if (text === undefined) throw new Error(`no @string is named '${word}'`);
    return text;
  }

  /** Text up to the end sign outside inner braces. */
  private braced(end: string): string {
    const start = this.position;
    for (let depth = 0; this.position < this.text.length; this.position++) {
      const sign = this.text[this.position];
      if (depth === 0 && sign === end) return this.text.slice(start, this.position++);
      if (sign === "\\") this.position++;
      else if (sign === "{") depth++;
      else if (sign === "}") depth--;
    }
    this.position = start;
    throw new Error(`'${end}' is missing after '${this.text.slice(start, start + 20)}…'`);
  }

  private match(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match === null) {
      throw new Error(`expected ${expected}, found '${this.text.slice(this.position, this.position + 20)}'`);
    }
    this.position = pattern.lastIndex;
    return match[1] ?? match[0];
  }

  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.position;
    if (!pattern.test(this.text)) return false;
    this.position = pattern.lastIndex;
    return true;
  }
}

function workOf({ type, key, line, fields: written }: Entry, source: SourceFile): Work | undefined {
  try {
    const fields = Object.fromEntries([...written].map(([name, value]) => [name, plainLatex(value)]));
    for (const required of ["author", "title", "year"]) {
      if (!fields[required]) throw new Error(`it lacks '${required}'`);
    }
    const authors = splitOutsideBraces(written.get("author") ?? "", /\s+and\s+/y).map(personOf);
    const year = fields.year ?? "";
    const sortKey = [...authors.map(({ family }) => family), year, fields.title].join(" ");
    return { key, type, fields, authors, year, sortKey };
  } catch (error) {
    source.errorAt(line, `bibliography entry '${key}': ${(error as Error).message}`);
    return undefined;
  }
}

/** A name as "Family, Given", as "Given Family", or in braces: an organization, taken whole. */
function personOf(name: string): Person {
  if (/^\{.*\}$/s.test(name.trim())) return { family: plainLatex(name), given: "" };
  const [family = "", given] = splitOutsideBraces(name, /\s*,\s*/y);
  if (given !== undefined) return { family: plainLatex(family), given: plainLatex(given) };
  const words = splitOutsideBraces(name, /\s+/y);
  return { family: plainLatex(words.at(-1) ?? ""), given: plainLatex(words.slice(0, -1).join(" ")) };
}

function splitOutsideBraces(text: string, separator: RegExp): string[] {
  const parts = [""];
  let depth = 0;
  for (let i = 0; i < text.length; ) {
    separator.lastIndex = i;
    if (depth === 0 && separator.test(text) && separator.lastIndex > i) {
      parts.push("");
      i = separator.lastIndex;
      continue;
    }
    if (text[i] === "{") depth++;
    if (text[i] === "}") depth--;
    parts[parts.length - 1] += text[i++];
  }
  return parts.filter((part) => part !== "");
}
