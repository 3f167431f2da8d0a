import { createHash } from "node:crypto";
import { type Apparatus, setChapters } from "./chapter.ts";
import { Diagnostics } from "./diagnostics.ts";
import { chapterPage } from "./pages/chapter_page.ts";
import type { Assets } from "./pages/frame.ts";
import { indexPage } from "./pages/index_page.ts";
import { notFoundPage } from "./pages/not_found_page.ts";
import { readVolume } from "./volume.ts";

/** The pages of a site by their path from its root. */
export type Pages = Map<string, string>;

/**
 * Turns a volume of MyST chapters into pages.
 *
 * @param directory the volume's folder (see {@link readVolume}).
 * @throws PressError listing every error in the content with file and line.
 */
export async function pressVolume(directory: string, apparatus: Apparatus, assets: Assets): Promise<Pages> {
  const diagnostics = new Diagnostics();
  const volume = readVolume(directory, diagnostics);
  const chapters = await setChapters(volume, apparatus);
  diagnostics.throwIfAny();
  const print = (edition: string): Pages =>
    new Map([
      ["index.html", indexPage(volume, assets, edition)],
      ...chapters.map(
        (chapter) =>
          [
            `${chapter.entry.chapter.folder}/index.html`,
            chapterPage(chapter, volume, assets, edition),
          ] as const,
      ),
      ["404.html", notFoundPage(edition)],
    ]);
  return print(editionOf(print("")));
}

/** A short name that changes whenever any page does. */
function editionOf(pages: Pages): string {
  const hash = createHash("sha256");
  for (const [path, html] of pages) hash.update(`${path}\n${html}`);
  return hash.digest("hex").slice(0, 12);
}
