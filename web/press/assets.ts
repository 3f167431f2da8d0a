import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Assets } from "./pages/frame.ts";

interface ManifestChunk {
  file: string;
  css?: string[];
  assets?: string[];
}

/** The faces that the first view needs: the upright variable ones, Latin letters. */
const firstViewFont = /-latin-wght-normal\b.*\.woff2$/;

/**
 * Finds the page's script, styles and fonts in what Vite has built.
 *
 * @param site the built site, with `.vite/manifest.json` in it.
 * @throws Error if the site has not been bundled.
 */
export function readAssets(site: string): Assets {
  const path = join(site, ".vite/manifest.json");
  if (!existsSync(path)) throw new Error(`${path} is missing: bundle the page's scripts first (vite build)`);
  const manifest: Record<string, ManifestChunk> = JSON.parse(readFileSync(path, "utf8"));
  const main = manifest["web/reader/main.ts"];
  if (main === undefined) throw new Error(`${path} has no entry for web/reader/main.ts`);
  return {
    script: main.file,
    earlyScript: manifest["web/reader/before_first_paint.ts"]?.file,
    styles: main.css ?? [],
    fonts: (main.assets ?? []).filter((url) => firstViewFont.test(url)),
  };
}
