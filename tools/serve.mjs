import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";

const types = /** @type {Record<string, string>} */ ({
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".whl": "application/zip",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
  ".zip": "application/zip",
});

/**
 * Serves a folder of static files over HTTP on this machine: `index.html` for folders, `404.html` for what is missing.
 * @param {{ root: string, port?: number, basePath?: string }} options
 *   root: folder to serve; port: 0 picks a free one; basePath: sub-path such as "/books/ai" under which the folder appears
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>} the address ends in a slash
 * @throws {Error} with code "EADDRINUSE" and a message that names the port when another program holds it
 */
export async function serve({ root, port = 8080, basePath = "/" }) {
  const base = `/${basePath.replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
  const server = createServer(async (request, response) => {
    try {
      await answer(request, response, resolve(root), base);
    } catch (error) {
      process.stderr.write(`${request.url}: ${error}\n`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  });
  await new Promise((done, fail) => {
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "EADDRINUSE")
        error.message = `Port ${port} is taken. Choose another: PORT=8081 npm start`;
      fail(error);
    });
    server.listen(port, "localhost", () => done(undefined));
  });
  const address = server.address();
  const boundPort = typeof address === "object" && address ? address.port : port;
  return {
    url: `http://localhost:${boundPort}${base}`,
    port: boundPort,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {string} root
 * @param {string} base
 */
async function answer(request, response, root, base) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { Allow: "GET, HEAD" }).end();
    return;
  }
  const { pathname, search } = new URL(`http://localhost${request.url}`);
  const withinBase = pathname.startsWith(base);
  const file = withinBase ? fileOf(root, pathname.slice(base.length)) : null;
  const found = file === null ? null : await stat(file).catch(() => null);
  if (found?.isDirectory() && !pathname.endsWith("/")) {
    response.writeHead(301, { Location: `${pathname}/${search}` }).end();
    return;
  }
  const wanted = found?.isDirectory() ? join(/** @type {string} */ (file), "index.html") : file;
  if (wanted && (await send(request, response, 200, wanted))) return;
  if (withinBase && (await send(request, response, 404, join(root, "404.html")))) return;
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("Not found\n");
}

/**
 * The file below `root` that a URL path names, or null when it is malformed or leads out of the root.
 * @param {string} root
 * @param {string} path
 */
export function fileOf(root, path) {
  try {
    const file = resolve(root, decodeURIComponent(path));
    return file === root || file.startsWith(root + sep) ? file : null;
  } catch {
    return null;
  }
}

/**
 * Sends one file; false when there is none.
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {number} status
 * @param {string} file
 */
export async function send(request, response, status, file) {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return false;
  response.writeHead(status, {
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    "Content-Length": found.size,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
  });
  if (request.method === "HEAD") response.end();
  else
    createReadStream(file)
      .on("error", () => response.destroy())
      .pipe(response);
  return true;
}
