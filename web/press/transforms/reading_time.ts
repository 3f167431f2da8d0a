import { type Node, visit } from "../node.ts";

/**
 * The mean pace of adults who read English non-fiction in silence (Brysbaert 2019, Journal of Memory and
 * Language).
 */
export const wordsPerMinute = 238;

/** Words of a text: what white space separates and holds at least one letter or digit. */
export function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/**
 * Words of a chapter: its prose and the code of its cells; a formula or a computed figure counts as one. The
 * feedback to wrong answers does not count, since little of it is ever shown.
 */
export function wordsIn(tree: Node): number {
  let words = 0;
  visit(tree, (node, ancestors) => {
    if (ancestors.some(({ type }) => type === "slip")) return;
    if (["text", "inlineCode", "code"].includes(node.type)) words += countWords(node.value ?? "");
    else if (["math", "inlineMath", "figureRole"].includes(node.type)) words += 1;
  });
  return words;
}

/** Minutes to read a number of words, at least one. */
export function readingMinutes(words: number): number {
  return Math.max(1, Math.round(words / wordsPerMinute));
}
