import { defaultOptions, mystParse } from "myst-parser";
import {
  headingLabelTransform,
  liftMystDirectivesAndRolesTransform,
  mystTargetsTransform,
} from "myst-transforms";
import { VFile } from "vfile";
import { parseDocument } from "yaml";
import { suggestion } from "../figures/nearest.ts";
import type { SourceFile } from "./diagnostics.ts";
import { directiveSpecs } from "./directives/index.ts";
import { type FrontMatter, readFrontMatter } from "./front_matter.ts";
import { type Node, visit } from "./node.ts";
import { roleSpecs } from "./roles/index.ts";

/** A chapter as written: its front matter and its syntax tree, directives and roles already applied. */
export interface ParsedChapter {
  frontMatter: FrontMatter | undefined;
  tree: Node;
}

/** Parses a chapter's MyST. Whatever MyST complains of becomes an error of the source file. */
export function parseChapter(source: SourceFile): ParsedChapter {
  const frontMatter = readFrontMatter(source);
  const tree = parseMyst(source);
  if (tree.children?.[0]?.type === "code" && source.text.startsWith("---")) tree.children.shift();
  if (frontMatter !== undefined) {
    tree.children?.unshift({ type: "standfirst", children: parseInline(frontMatter.standfirst, source) });
  }
  return { frontMatter, tree };
}

function parseMyst(source: SourceFile, text = source.text): Node {
  const file = new VFile({ path: source.path });
  const tree = mystParse(text, { vfile: file, directives: directiveSpecs, roles: roleSpecs }) as Node;
  reportMessages(file, source);
  placeDirectives(tree);
  liftMystDirectivesAndRolesTransform(tree as never);
  mystTargetsTransform(tree as never, file);
  headingLabelTransform(tree as never);
  return tree;
}

/** MyST's own directives leave their nodes without a place: it is that of the directive. */
function placeDirectives(tree: Node): void {
  visit(tree, ({ type, children, position }) => {
    if (type !== "mystDirective") return;
    for (const child of children ?? []) child.position ??= position;
  });
}

/** Parses a line of MyST, such as a standfirst. */
export function parseInline(text: string, source: SourceFile): Node[] {
  return parseMyst(source, text).children?.flatMap((paragraph) => paragraph.children ?? []) ?? [];
}

/**
 * MyST checks options as texts, but gives structured ones (such as `given`) to the directive all the same.
 */
const structuredOption = /^value is not a string for option "given"/;

const names = (specs: readonly { name: string; alias?: string | string[] }[]) =>
  specs.flatMap(({ name, alias = [] }) => [name, ...[alias].flat()]);

function reportMessages(file: VFile, source: SourceFile): void {
  for (const { reason, position } of file.messages) {
    const { line, column } = position?.start ?? {};
    const unknown = /^unknown (?<kind>directive|role): (?<name>.+)$/.exec(reason)?.groups;
    const malformed = /^Invalid YAML options in "(?<name>[^"]+)"/.exec(reason)?.groups;
    if (unknown?.name !== undefined) {
      const known =
        unknown.kind === "role"
          ? [roleSpecs, defaultOptions.roles]
          : [directiveSpecs, defaultOptions.directives];
      const message = `${reason}${suggestion(unknown.name, names(known.flat()))}`;
      source.errorFrom(line, message, `{${unknown.name}}`);
    } else if (malformed !== undefined) {
      reportMalformedOptions(source, reason);
    } else if (!structuredOption.test(reason)) {
      source.errorAt(line, reason, column);
    }
  }
}

/** MyST does not say where malformed options stand, so each block of options is read again. */
function reportMalformedOptions(source: SourceFile, reason: string): void {
  const blocks = source.text.matchAll(/^(?:`{3,}|:{3,})\{[^}]+\}.*\n---\n(?<options>[\s\S]*?)^---$/gm);
  for (const block of blocks) {
    const options = block.groups?.options ?? "";
    const error = parseDocument(options).errors[0];
    const firstLine = source.text.slice(0, block.index).split("\n").length + 2;
    if (error !== undefined) {
      source.errorAt(firstLine + (error.linePos?.[0].line ?? 1) - 1, reason);
    }
  }
}
