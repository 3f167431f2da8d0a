import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { progress, step } from "./console.mjs";
import { root } from "./paths.mjs";
import { runQuietly } from "./process.mjs";

const lockFile = join(root, "package-lock.json");
const modules = join(root, "node_modules");
const stamp = join(modules, ".complete");

/**
 * Installs the npm packages that the lock file pins, unless exactly they are there already.
 * This is `npm install` without saving, not `npm ci`: the latter refuses any registry that does not carry the optional
 * packages for other platforms. Versions and checksums come from the lock file all the same.
 */
export async function installNpmPackages() {
  const lock = await readFile(lockFile, "utf8");
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return;
  await step("Installing the npm packages", async () => {
    // Without a stamp an earlier installation may have been cut off anywhere.
    const leftover = existsSync(stamp) ? stamp : modules;
    await rm(leftover, { recursive: true, force: true });
    const total = Object.keys(JSON.parse(lock).packages).length;
    const report = progress("npm packages");
    let fetched = 0;
    const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"];
    await runQuietly("npm", args, { cwd: root }, (line) => {
      const isFetch = /^npm http (fetch|cache) /.test(line);
      if (isFetch) report(Math.min(99, (100 * ++fetched) / total));
      return isFetch;
    });
    report(100);
  });
  await writeFile(stamp, wanted);
}
