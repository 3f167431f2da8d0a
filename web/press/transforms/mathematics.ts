import katex from "katex";
import type { SourceFile } from "../diagnostics.ts";
import { type Node, visit } from "../node.ts";

/** A formula: TeX as written, and KaTeX's HTML and MathML of it. */
export interface Formula extends Node {
  type: "math" | "inlineMath";
  value: string;
  html?: string;
}

/**
 * KaTeX keeps ≲ in a face of 28 KB that a page would load for this sign alone; stacked from two common signs
 * it looks the same.
 */
const macros = { "\\lesssim": "\\mathrel{\\raisebox{0.22em}{$<$}\\mathllap{\\raisebox{-0.3em}{$\\sim$}}}" };

/** Sets every formula in type; TeX that KaTeX rejects, or does not hold for sound, is an error. */
export function typesetMathematics(tree: Node, source: SourceFile): void {
  visit(tree, (node) => {
    if (node.type !== "math" && node.type !== "inlineMath") return;
    const formula = node as Formula;
    try {
      const html = katex.renderToString(formula.value, {
        displayMode: formula.type === "math",
        output: "htmlAndMathml",
        strict: "error",
        macros: { ...macros },
        throwOnError: true,
      });
      // HTML knows these elements by their names; namespaces are for XML.
      formula.html = html.replace(/ xmlns="[^"]*"/g, "");
    } catch (error) {
      const firstLine = formula.value.split("\n")[0];
      // KaTeX underlines the place with combining characters, which few terminals show well.
      const message = (error as Error).message.replace(/^KaTeX parse error: /, "").replaceAll("\u0332", "");
      source.error(formula, `TeX: ${message}`, firstLine);
    }
  });
}
