import { suggestion } from "../../figures/nearest.ts";
import type { Bibliography, Work } from "../bibliography/bibtex.ts";
import { shortAuthors } from "../bibliography/reference.ts";
import type { SourceFile } from "../diagnostics.ts";
import { type Node, visit } from "../node.ts";

/** A citation, as MyST leaves it. */
export interface Citation extends Node {
  type: "cite";
  label: string;
  kind: "parenthetical" | "narrative";
  prefix?: string;
  suffix?: string;
  /** Whether the whole reference is printed where it is cited. */
  full?: boolean;
  work?: Work;
  /** Tells works of one name and year apart. */
  letter?: string;
}

/**
 * Finds the work of each citation.
 *
 * @returns the cited works in the order of the list of references: by authors, then year.
 */
export function resolveCitations(tree: Node, bibliography: Bibliography, source: SourceFile): Work[] {
  const citations: Citation[] = [];
  visit(tree, (node, ancestors) => {
    if (node.type !== "cite") return;
    const citation = node as Citation;
    const work = bibliography.get(citation.label);
    if (work === undefined) {
      const hint = suggestion(citation.label, bibliography.keys());
      source.error(citation, `unknown citation '${citation.label}'${hint}`, citation.label);
      return;
    }
    citation.work = work;
    citation.full = ancestors.some(({ type }) => type === "furtherReading");
    citations.push(citation);
  });
  const cited = new Set(citations.flatMap(({ work }) => work ?? []));
  const works = [...cited].sort((a, b) => a.sortKey.localeCompare(b.sortKey, "en"));
  for (const citation of citations) {
    if (citation.work !== undefined) citation.letter = letterOf(citation.work, works);
  }
  return works;
}

/** "a", "b", … where several of the cited works have the same name and year, else "". */
export function letterOf(work: Work, works: readonly Work[]): string {
  const alike = works
    .filter(({ year }) => year === work.year)
    .filter((other) => shortAuthors(other) === shortAuthors(work));
  return alike.length > 1 ? String.fromCharCode(97 + alike.indexOf(work)) : "";
}
