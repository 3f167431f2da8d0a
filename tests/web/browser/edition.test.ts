/** A new edition of the site announces itself to a reader who has the old one, and is taken up when asked for, never before. */
import assert from "node:assert/strict";
import { appendFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serve } from "../../../tools/serve.mjs";
import { chapterPath, distribution, type Site, startSite } from "./harness.ts";

let site: Site;
let folder: string;
let server: Awaited<ReturnType<typeof serve>>;

before(async () => {
  site = await startSite();
  folder = await mkdtemp(join(tmpdir(), "edition-"));
  // Python is no part of what an edition keeps, and by far the largest part of the site.
  await cp(distribution, folder, { recursive: true, filter: (path) => !path.endsWith("/python") });
  server = await serve({ root: folder, port: 0 });
});
after(async () => {
  await site.close();
  await server.close();
  await rm(folder, { recursive: true });
});

test("a new edition waits for the reader", async () => {
  const { page, context } = await site.open("404.html", { serviceWorkers: "allow" });
  await page.goto(server.url + chapterPath);
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
  await page.evaluate(() => Object.assign(window, { isOldVisit: true }));
  await appendFile(join(folder, "service-worker.js"), "\n// The next edition.\n");
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await page.locator(".notice", { hasText: "new edition" }).waitFor();
  await page.waitForTimeout(500);
  assert.ok(await page.evaluate(() => "isOldVisit" in window), "the page has not reloaded by itself");
  await page.getByRole("button", { name: "Reload" }).click();
  await page.waitForFunction(() => !("isOldVisit" in window));
  assert.equal(await page.locator("h1").innerText(), "Compression");
  await context.close();
});
