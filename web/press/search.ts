import { rmSync } from "node:fs";
import { join } from "node:path";
import * as pagefind from "pagefind";
import type { Pages } from "./press.ts";

/**
 * What would put noise into the excerpts: formulas a second and third time, controls, feedback not yet
 * earned.
 */
const unsearched = [".katex-html", "annotation", "[data-instrument-body]", "template", "noscript", ".pager"];

/**
 * Writes the search index of a site into its folder `pagefind/`. Only what lies in `data-pagefind-body` is
 * indexed; results lead to the section.
 *
 * @returns the number of pages indexed.
 */
export async function indexForSearch(site: string, pages: Pages): Promise<number> {
  const { index, errors } = await pagefind.createIndex({ excludeSelectors: unsearched });
  if (index === undefined) throw new Error(`search index: ${errors.join("; ")}`);
  let indexed = 0;
  for (const [sourcePath, content] of pages) {
    if (!content.includes("data-pagefind-body")) continue;
    const added = await index.addHTMLFile({ sourcePath, content });
    if (added.errors.length > 0) throw new Error(`search index, ${sourcePath}: ${added.errors.join("; ")}`);
    indexed++;
  }
  const outputPath = join(site, "pagefind");
  // Files are named by their content: those of an earlier edition would stay.
  rmSync(outputPath, { recursive: true, force: true });
  const written = await index.writeFiles({ outputPath });
  if (written.errors.length > 0) throw new Error(`search index: ${written.errors.join("; ")}`);
  await pagefind.close();
  return indexed;
}
