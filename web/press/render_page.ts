import type { Engine } from "../../bindings/engine.ts";
import { apparatusFor } from "./apparatus.ts";
import type { Apparatus } from "./chapter.ts";
import type { Assets } from "./pages/frame.ts";
import { pressVolume } from "./press.ts";

const apparatuses = new WeakMap<Engine, Apparatus>();

/**
 * Sets one page anew, for the authors' server.
 *
 * @param urlPath path of the page from the site's root: "/", "/compression/" or "/compression/index.html".
 * @returns the page, or the page for unknown addresses.
 * @throws PressError listing the errors in the content.
 */
export async function renderPage(
  volumeDirectory: string,
  urlPath: string,
  { engine, assets }: { engine: Engine; assets: Assets },
): Promise<{ status: 200 | 404; html: string }> {
  const apparatus = apparatuses.get(engine) ?? apparatusFor(engine);
  apparatuses.set(engine, apparatus);
  const pages = await pressVolume(volumeDirectory, apparatus, assets);
  const path = urlPath.replace(/^\//, "").replace(/(^|\/)$/, "$1index.html");
  const html = pages.get(path);
  return html === undefined ? { status: 404, html: pages.get("404.html") ?? "" } : { status: 200, html };
}
