import { suggestion } from "../../figures/nearest.ts";
import type { SourceFile } from "../diagnostics.ts";
import { type Node, visit } from "../node.ts";
import type { Target } from "./numbering.ts";

/** A link: MyST's own, and once resolved where it leads and what it previews. */
export interface Link extends Node {
  type: "link";
  url: string;
  /** Id of the target of which a reader may see a preview, on this page or another of the volume. */
  preview?: string | undefined;
}

/** Where links can lead. */
export interface LinkTargets {
  /** Targets of the chapter itself by label. */
  own: ReadonlyMap<string, Target>;
  /** Entries of the volume by id, with URLs as seen from the chapter. */
  volume: ReadonlyMap<string, { url: string; text: string }>;
  /** Written chapters by folder: their names and their targets. */
  chapters: ReadonlyMap<string, { text: string; targets: ReadonlyMap<string, Target> }>;
}

/**
 * Resolves links to labels, to entries of the volume and to other chapters; what leads nowhere is an error.
 */
export function resolveReferences(tree: Node, targets: LinkTargets, source: SourceFile): void {
  visit(tree, (node) => {
    if (node.type === "crossReference") {
      Object.assign(node, { type: "link", url: `#${node.label ?? node.identifier}` });
    }
    if (node.type !== "link") return;
    const link = node as Link;
    const written = link.url;
    try {
      resolve(link, targets);
    } catch (error) {
      source.error(link, (error as Error).message, `(${written})`);
    }
  });
}

function resolve(link: Link, targets: LinkTargets): void {
  const [scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(link.url)?.slice(1) ?? [];
  if (scheme === "https" || scheme === "http" || scheme === "mailto") {
    nameLink(link, rest.replace(/^\/\//, ""));
  } else if (scheme === "volume") {
    const entry = find(targets.volume, rest, "the volume has no entry");
    link.url = entry.url;
    link.preview = rest;
    nameLink(link, entry.text);
  } else if (scheme !== "") {
    throw new Error(`links of the kind '${scheme}:' are not allowed`);
  } else if (link.url.startsWith("#")) {
    const target = find(targets.own, link.url.slice(1), "no label is named");
    link.url = `#${target.id}`;
    link.preview = target.id;
    nameLink(link, target.text);
  } else {
    resolveChapter(link, targets);
  }
}

/** `../folder/index.md#label`, as MyST's own tools read it. */
function resolveChapter(link: Link, targets: LinkTargets): void {
  const [, folder, , label] = /^\.\.\/([\w-]+)\/index\.md(#(.*))?$/.exec(link.url) ?? [];
  if (folder === undefined) throw new Error(`the file '${link.url}' is no chapter of the volume`);
  const chapter = find(targets.chapters, folder, "there is no chapter in the folder");
  const missing = `the chapter '${folder}' has no label`;
  const target = label === undefined ? undefined : find(chapter.targets, label, missing);
  link.url = `../${folder}/index.html${target ? `#${target.id}` : ""}`;
  link.preview = target?.id;
  nameLink(link, target?.text ?? chapter.text);
}

function find<Found>(known: ReadonlyMap<string, Found>, name: string, missing: string): Found {
  const found = known.get(name);
  if (found === undefined) throw new Error(`${missing} '${name}'${suggestion(name, known.keys())}`);
  return found;
}

function nameLink(link: Link, text: string): void {
  if (!link.children?.length) link.children = [{ type: "text", value: text }];
}
