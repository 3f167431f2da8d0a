import { parseDocument } from "yaml";
import { suggestion } from "../figures/nearest.ts";
import type { SourceFile } from "./diagnostics.ts";

/** What stands at the head of a chapter. */
export interface FrontMatter {
  title: string;
  volume: number;
  number: number;
  /** MyST text. */
  standfirst: string;
  /** Entries of the volume that a reader should know. */
  buildsOn: string[];
  /** The entry of the volume that comes next. */
  next?: string | undefined;
  /** Line of each key, for errors. */
  lines: ReadonlyMap<string, number>;
}

const kinds: Record<string, { required: boolean; kind: string; fits: (value: unknown) => boolean }> = {
  title: { required: true, kind: "a text", fits: isText },
  volume: { required: true, kind: "a whole number", fits: Number.isInteger },
  number: { required: true, kind: "a whole number", fits: Number.isInteger },
  standfirst: { required: true, kind: "a text", fits: isText },
  builds_on: {
    required: false,
    kind: "a list of entries of the volume",
    fits: (value) => Array.isArray(value) && value.every(isText),
  },
  next: { required: false, kind: "an entry of the volume", fits: isText },
};

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

/**
 * Reads the front matter; reports what is missing, unknown or of the wrong kind, and then returns undefined.
 */
export function readFrontMatter(source: SourceFile): FrontMatter | undefined {
  const block = /^---\r?\n([\s\S]*?)^---\s*$/m.exec(source.text);
  if (block === null || block.index !== 0) {
    source.errorAt(
      1,
      "the chapter has no front matter: it begins with a YAML block between two lines of '---'",
    );
    return undefined;
  }
  const document = parseDocument(block[1] ?? "");
  for (const error of document.errors) {
    const { line = 1, col } = error.linePos?.[0] ?? {};
    source.errorAt(line + 1, `malformed front matter: ${error.message.split("\n")[0]}`, col);
  }
  if (document.errors.length > 0) return undefined;
  const values: Record<string, unknown> = Object(document.toJS());
  const lines = keyLines(block[1] ?? "");
  return checkValues(values, lines, source) ? frontMatterOf(values, lines) : undefined;
}

function keyLines(yaml: string): Map<string, number> {
  const lines = yaml.split("\n").map((text, index) => [/^(\w+):/.exec(text)?.[1] ?? "", index + 2] as const);
  return new Map(lines.filter(([key]) => key !== ""));
}

function checkValues(
  values: Record<string, unknown>,
  lines: ReadonlyMap<string, number>,
  source: SourceFile,
): boolean {
  let good = true;
  const wrong = (key: string, message: string) => {
    source.errorAt(lines.get(key) ?? 1, message);
    good = false;
  };
  for (const key of Object.keys(values)) {
    if (!Object.hasOwn(kinds, key)) {
      wrong(key, `the front matter has no key '${key}'${suggestion(key, Object.keys(kinds))}`);
    }
  }
  for (const [key, { required, kind, fits }] of Object.entries(kinds)) {
    if (values[key] === undefined) {
      if (required) wrong(key, `the front matter lacks '${key}'`);
    } else if (!fits(values[key])) {
      wrong(key, `'${key}' of the front matter must be ${kind}`);
    }
  }
  return good;
}

function frontMatterOf(values: Record<string, unknown>, lines: ReadonlyMap<string, number>): FrontMatter {
  return {
    title: values.title as string,
    volume: values.volume as number,
    number: values.number as number,
    standfirst: values.standfirst as string,
    buildsOn: (values.builds_on ?? []) as string[],
    next: values.next as string | undefined,
    lines,
  };
}
