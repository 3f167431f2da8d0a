/**
 * A process that renders pages for the authors' server. Being a process of its own, it is simply replaced when the
 * engine or the press has changed: no module of an earlier version survives in it.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Engine } from "../../bindings/engine.ts";
import { renderPage } from "../../web/press/render_page.ts";
import { root } from "../setup/paths.mjs";

export interface RenderRequest {
  id: number;
  path: string;
}

export type RenderReply = { id: number } & ({ status: number; html: string } | { error: string });

const { createEngine } = await import(pathToFileURL(join(root, "dist/engine/compression.js")).href);
const engine: Engine = await createEngine();
const assets = {
  script: "web/reader/main.ts",
  earlyScript: "web/reader/before_first_paint.ts",
  styles: [],
  fonts: [],
};

process.on("message", async ({ id, path }: RenderRequest) => {
  const reply = await renderPage("web/content", path, { engine, assets }).catch((error: Error) => ({
    error: error.message,
  }));
  process.send?.({ id, ...reply } satisfies RenderReply);
});
