import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Engine } from "../../bindings/engine.ts";
import { apparatusFor } from "./apparatus.ts";
import { readAssets } from "./assets.ts";
import { PressError } from "./diagnostics.ts";
import { deadLinks } from "./links.ts";
import { pressVolume } from "./press.ts";
import { indexForSearch } from "./search.ts";

/**
 * Prints a volume into a site whose engine and scripts are already built: `build.ts --volume DIR --out DIR`.
 */
async function build(volume: string, site: string): Promise<void> {
  const { createEngine } = await import(pathToFileURL(resolve(site, "engine/compression.js")).href);
  const engine: Engine = await createEngine();
  const pages = await pressVolume(volume, apparatusFor(engine), readAssets(site));
  for (const [path, html] of pages) {
    mkdirSync(dirname(join(site, path)), { recursive: true });
    writeFileSync(join(site, path), html);
  }
  cpSync(fileURLToPath(new URL("assets", import.meta.url)), site, { recursive: true });
  const dead = deadLinks(site, pages);
  if (dead.length > 0) throw new PressError(dead.map((message) => ({ file: site, message })));
  const sections = await indexForSearch(site, pages);
  console.log(`${pages.size} pages, ${sections} of them searchable`);
}

const { values } = parseArgs({
  options: { volume: { type: "string", default: "web/content" }, out: { type: "string", default: "dist" } },
});
try {
  await build(values.volume, values.out);
} catch (error) {
  if (!(error instanceof PressError)) throw error;
  console.error(error.message);
  console.error(`Errors in the content: ${error.diagnostics.length}`);
  process.exitCode = 1;
}
