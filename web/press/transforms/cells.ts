import type { SourceFile } from "../diagnostics.ts";
import type { Node } from "../node.ts";
import { type Cell, cellsOf } from "./numbering.ts";

/** What a cell leaves: its output as HTML and as text, and whether it ran to its end. */
export interface CellOutput {
  outputHtml: string;
  text: string;
  finished: boolean;
}

/** What runs and colours Python at build time. */
export interface Python {
  /** Runs cells, each in a namespace of its own. */
  run(sources: string[]): Promise<CellOutput[]>;
  highlight(source: string): string;
}

/** Runs every Python cell, so that its output stands in the page before a reader runs it. */
export async function runCells(tree: Node, python: Python, source: SourceFile): Promise<void> {
  const cells = cellsOf(tree).filter((cell) => isPython(cell, source));
  const sources = cells.map((cell) => cell.children?.[0]?.value ?? "");
  if (sources.length === 0) return;
  try {
    for (const [index, { outputHtml, text, finished }] of (await python.run(sources)).entries()) {
      const cell = cells[index];
      if (!finished) source.error(cell, `the cell fails: ${text.trim().split("\n").at(-1)}`);
      if (cell)
        Object.assign(cell, { output: outputHtml, highlighted: python.highlight(sources[index] ?? "") });
    }
  } catch (error) {
    source.error(cells[0], `the Python cells cannot be run: ${(error as Error).message}`);
  }
}

function isPython(cell: Cell, source: SourceFile): boolean {
  const language = cell.children?.[0]?.lang ?? "";
  if (language !== "python") source.error(cell, `a code cell must be in python, not '${language}'`);
  return language === "python";
}
