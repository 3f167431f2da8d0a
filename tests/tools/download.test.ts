import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { download } from "../../tools/setup/download.mjs";

const content = randomBytes(100_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const ranges: (string | undefined)[] = [];
let folder: string;
let server: Server;
let uri: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "download-"));
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const start = Number(request.headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { "Content-Length": content.length - start });
    response.end(content.subarray(start));
  });
  await new Promise<void>((done) => server.listen(0, "localhost", done));
  uri = `http://localhost:${(server.address() as AddressInfo).port}/package`;
});

after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
});

test("goes on where an interrupted download ended, and leaves a whole file alone", async () => {
  const target = join(folder, "package");
  const file = { uri, name: "package", size: content.length, sha256 };
  await writeFile(target, content.subarray(0, 40_000));
  const reported: number[] = [];
  await download(file, target, (bytes) => reported.push(bytes));
  assert.deepEqual(await readFile(target), content);
  assert.deepEqual(ranges, ["bytes=40000-"]);
  assert.equal(reported.at(-1), content.length);
  await download(file, target, () => {});
  assert.equal(ranges.length, 1);
});

test("refuses and removes a file whose checksum is wrong", async () => {
  const target = join(folder, "damaged");
  const file = { uri, name: "damaged", size: content.length, sha256: "0".repeat(64) };
  await assert.rejects(
    download(file, target, () => {}),
    /damaged .*SHA256/,
  );
  assert.equal(existsSync(target), false);
});
