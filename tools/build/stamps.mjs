import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root } from "../setup/paths.mjs";

const folder = join(root, "build/stamps");

/**
 * The files below a path of the repository, in a fixed order; a path that is a file stands for itself.
 * @param {string} path
 * @returns {Promise<string[]>}
 */
async function filesOf(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if ((await stat(absolute)).isFile()) return [path];
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort();
}

/**
 * A digest of the names and contents of everything below the paths.
 * @param {string[]} paths relative to the repository's root
 */
export async function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of await filesOf(path)) {
      const content = await readFile(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest("hex");
}

/** @param {string} name */
export async function readStamp(name) {
  const file = join(folder, name);
  return existsSync(file) ? readFile(file, "utf8") : null;
}

/**
 * @param {string} name
 * @param {string} value
 */
export async function writeStamp(name, value) {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), value);
}

/** @param {string} name */
export async function dropStamp(name) {
  await rm(join(folder, name), { force: true });
}
