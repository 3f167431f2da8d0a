import type { SourceFile } from "../diagnostics.ts";
import { type Node, plainText, visit } from "../node.ts";

/** A numbered section: its heading's content and everything up to the next heading of its depth. */
export interface Section extends Node {
  type: "section";
  label: string;
  title: Node[];
  number?: string;
}

interface Heading extends Node {
  type: "heading";
  depth: number;
  html_id?: string;
}

/** Gathers what follows each `##` heading into a section; checks that no depth of heading is left out. */
export function gatherSections(tree: Node, source: SourceFile): void {
  checkDepths(tree, source);
  const top: Node[] = [];
  let section: Section | undefined;
  for (const node of tree.children ?? []) {
    if (isHeading(node) && node.depth === 2) {
      const label = node.label && !node.implicit ? node.label : (node.html_id ?? plainText(node));
      section = { type: "section", label, title: node.children ?? [], children: [], position: node.position };
      top.push(section);
    } else if (node.type === "furtherReading") {
      section = undefined;
      top.push(node);
    } else {
      (section?.children ?? top).push(node);
    }
  }
  tree.children = top;
}

function isHeading(node: Node): node is Heading {
  return node.type === "heading";
}

function checkDepths(tree: Node, source: SourceFile): void {
  let depth = 1;
  visit(tree, (node) => {
    if (!isHeading(node)) return;
    if (node.depth === 1) {
      source.error(node, "a heading of depth 1 is the chapter's title, which stands in the front matter");
    } else if (node.depth > depth + 1) {
      source.error(node, `a heading of depth ${node.depth} follows one of depth ${depth}`);
    }
    depth = node.depth;
  });
}
