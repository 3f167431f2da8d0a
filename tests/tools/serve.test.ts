import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serve } from "../../tools/serve.mjs";

let root: string;
let server: Awaited<ReturnType<typeof serve>>;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "serve-"));
  await mkdir(join(root, "site/engine"), { recursive: true });
  await writeFile(join(root, "secret.txt"), "outside");
  await writeFile(join(root, "site/index.html"), "the index");
  await writeFile(join(root, "site/404.html"), "not here");
  await writeFile(join(root, "site/engine/module.wasm"), "\0asm");
  await writeFile(join(root, "site/engine/module.mjs"), "export {};");
  server = await serve({ root: join(root, "site"), port: 0, basePath: "/books/ai" });
});

after(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

/** The status of a request whose path is sent as it is, without a client's normalization. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: "localhost", port: server.port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

test("serves files below the base path with their types", async () => {
  assert.equal(await (await fetch(server.url)).text(), "the index");
  const types = {
    "engine/module.wasm": "application/wasm",
    "engine/module.mjs": "text/javascript; charset=utf-8",
  };
  for (const [path, type] of Object.entries(types)) {
    const response = await fetch(new URL(path, server.url));
    assert.equal(response.headers.get("content-type"), type);
  }
});

test("redirects a folder to its address with a slash", async () => {
  const response = await fetch(new URL("engine?a=1", server.url), { redirect: "manual" });
  assert.equal(response.status, 301);
  assert.equal(response.headers.get("location"), "/books/ai/engine/?a=1");
});

test("answers a missing page with 404.html", async () => {
  const response = await fetch(new URL("nowhere", server.url));
  assert.equal(response.status, 404);
  assert.equal(await response.text(), "not here");
});

test("takes an address of slashes for a missing page", async () => {
  for (const path of ["//", "//example.org/"]) assert.equal(await statusOf(path), 404, path);
});

test("never leaves the folder", async () => {
  for (const path of [
    "/books/ai/../../secret.txt",
    "/books/ai/..%2fsecret.txt",
    "/books/ai/%2e%2e/secret.txt",
    "/books/ai/%",
  ]) {
    assert.equal(await statusOf(path), 404, path);
  }
});

test("refuses what is not a read", async () => {
  assert.equal((await fetch(server.url, { method: "POST" })).status, 405);
});

test("names the port that another program holds", async () => {
  await assert.rejects(serve({ root, port: server.port }), {
    code: "EADDRINUSE",
    message: new RegExp(`Port ${server.port} is taken.*PORT=`),
  });
});
