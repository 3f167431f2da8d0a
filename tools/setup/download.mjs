import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SetupError } from "./console.mjs";
import { runQuietly } from "./process.mjs";

/** @typedef {{ uri: string, name: string, size: number, sha256: string }} RemoteFile */

/** @param {string} path */
const sizeOf = (path) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/**
 * Fetches a file and verifies its checksum; what an interrupted call left is continued.
 * @param {RemoteFile} file
 * @param {string} target
 * @param {(bytes: number) => void} report called with the bytes that are there so far
 * @throws {SetupError} when the file cannot be had or its checksum is wrong
 */
export async function download(file, target, report) {
  if ((await sizeOf(target)) !== file.size) await resume(file, target, report);
  const hash = createHash("sha256");
  await pipeline(createReadStream(target), hash);
  if (hash.digest("hex") !== file.sha256) {
    await rm(target);
    throw new SetupError(
      `${file.name} arrived damaged (its SHA256 is wrong) and was removed. Please start again.`,
    );
  }
  report(file.size);
}

/**
 * @param {RemoteFile} file
 * @param {string} target
 * @param {(bytes: number) => void} report
 */
async function resume(file, target, report) {
  const present = await sizeOf(target);
  const response = await fetch(file.uri, { headers: { Range: `bytes=${present}-` } }).catch(() => null);
  if (!response?.ok || !response.body) {
    // apt knows the proxies and transports that this machine is set up for.
    await runQuietly(
      "/usr/lib/apt/apt-helper",
      ["download-file", file.uri, target, `SHA256:${file.sha256}`],
      {},
    );
    return;
  }
  const continued = response.status === 206;
  let bytes = continued ? present : 0;
  const body = Readable.fromWeb(/** @type {any} */ (response.body));
  body.on("data", (chunk) => {
    bytes += chunk.length;
    report(bytes);
  });
  await pipeline(body, createWriteStream(target, { flags: continued ? "a" : "w" })).catch((error) => {
    throw new SetupError(
      `${file.name} broke off (${error.message}). Start again: it goes on where it ended.`,
    );
  });
}
