import type { Element } from "hast";
import { reference, shortAuthors } from "../bibliography/reference.ts";
import type { Handler } from "../directive.ts";
import { element } from "../hast.ts";
import type { Node } from "../node.ts";
import type { Citation } from "../transforms/citations.ts";

/** The id of a work in the list of references. */
export const referenceId = (key: string) => `ref-${key}`;

function citationLink({ work, letter = "", kind, prefix, suffix }: Citation): Element {
  if (work === undefined) return element("span", {});
  const year = `${work.year}${letter}`;
  const name = kind === "narrative" ? `${shortAuthors(work)} (${year})` : `${shortAuthors(work)}, ${year}`;
  const text = [prefix && `${prefix} `, name, suffix && `, ${suffix}`].filter(Boolean).join("");
  const id = referenceId(work.key);
  return element("a", { class: "reference citation", href: `#${id}`, "data-preview": id }, text);
}

/** A single citation, or the whole reference where the chapter recommends the work. */
export const renderCitation: Handler<Citation> = (node) => {
  if (!node.full || node.work === undefined) return citationLink(node);
  return element("span", { class: "work" }, reference(node.work, node.letter));
};

/** Citations together: in parentheses unless they are part of the sentence. */
export const renderCitationGroup: Handler<Node> = (node, renderer) => {
  const citations = (node.children ?? []) as Citation[];
  if (citations.some(({ full }) => full)) return renderer.nodes(citations);
  const separated = citations.flatMap((citation, index) => {
    const separator = { type: "text", value: "; " } as const;
    return index === 0 ? [citationLink(citation)] : [separator, citationLink(citation)];
  });
  const [open, close] = node.kind === "narrative" ? ["", ""] : ["(", ")"];
  return [{ type: "text", value: open }, ...separated, { type: "text", value: close }];
};
