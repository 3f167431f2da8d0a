/** The authors' server: pages rendered as they are asked for, reloaded when text, instruments or engine change. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join, relative } from "node:path";
import { createServer as createVite } from "vite";
import { build } from "../build/build.mjs";
import { fileOf, send } from "../serve.mjs";
import { SetupError } from "../setup/console.mjs";
import { root } from "../setup/paths.mjs";
import { Rendering } from "./rendering.ts";

const port = Number(process.env.PORT ?? 5173);
const dist = join(root, "dist");
const server = createServer();
const vite = await createVite({
  root,
  appType: "custom",
  server: {
    middlewareMode: true,
    hmr: { server },
    watch: { ignored: ["build", "dist", ".toolchain"].map((folder) => join(root, folder, "**")) },
  },
});
const rendering = new Rendering();

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The page that stands in for one whose content has errors; it reloads itself when they are mended. */
function errorPage(message: string): string {
  const text = message.replace(/[&<>]/g, (character) => escapes[character] ?? character);
  return `<!doctype html><html lang="en"><head><title>Errors</title></head><body><pre>${text}</pre></body></html>`;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  const isPage = path.endsWith("/") || path.endsWith(".html");
  if (!isPage) {
    const file = fileOf(dist, path.slice(1));
    if (file !== null && (await send(request, response, 200, file))) return;
    vite.middlewares(request, response, () => response.writeHead(404).end());
    return;
  }
  const reply = await rendering.render(path);
  const [status, html] = "error" in reply ? [500, errorPage(reply.error)] : [reply.status, reply.html];
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
  response.end(html.replace("<head>", '<head><script type="module" src="/@vite/client"></script>'));
}

/** What a change asks for: the engine compiled, the press loaded anew, the page loaded again. */
function consequences(file: string): { engine: boolean; press: boolean; reload: boolean } {
  const engine = /^(engine|bindings)\//.test(file);
  const press = engine || /^web\/(press|figures|instruments|python)\//.test(file);
  return { engine, press, reload: press || file.startsWith("web/content/") };
}

let queue = Promise.resolve();
vite.watcher.add(["engine", "bindings", "web"].map((folder) => join(root, folder)));
vite.watcher.on("all", (_event, file) => {
  const { engine, press, reload } = consequences(relative(root, file));
  if (!reload) return;
  queue = queue.then(async () => {
    if (engine) await build({ through: "face" });
    if (press) rendering.restart();
    vite.ws.send({ type: "full-reload" });
  });
  queue = queue.catch((error) => {
    process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`);
  });
});

server.on("request", (request, response) => {
  answer(request, response).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    response.destroy();
  });
});
server.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EADDRINUSE") throw error;
  process.stderr.write(`Port ${port} is taken. Choose another: PORT=5174 npm run dev\n`);
  process.exit(1);
});
server.listen(port, "localhost", () => {
  process.stdout.write(`\nThe authors' server is open at http://localhost:${port}/  (Ctrl-C closes it)\n`);
});
