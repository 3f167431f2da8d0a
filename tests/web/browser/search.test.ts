/** Finding one's way: search over the volume, contents, previews, theme. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chapterPath, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite({ basePath: "/a/b/" });
});
after(() => site.close());

test("search opens with the slash key, finds a section and goes there", async () => {
  const { page, troubles } = await site.open("", { serviceWorkers: "allow" });
  await page.keyboard.press("/");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await page.keyboard.type("carburetor");
  const result = dialog.getByRole("link").first();
  await result.waitFor();
  assert.match((await result.getAttribute("href")) ?? "", /compression\//);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/compression\/.*#/);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
});

test("a reference shows its target on hover and on focus, and Escape closes it", async () => {
  const { page } = await site.open(chapterPath);
  const reference = page.locator("a[data-preview^='eq-']").first();
  await reference.scrollIntoViewIfNeeded();
  await reference.hover();
  const preview = page.locator("[data-preview-panel]");
  await preview.waitFor();
  assert.match(await preview.innerText(), /EQ 7\.\d/);
  await page.keyboard.press("Escape");
  await preview.waitFor({ state: "hidden" });
  await page.mouse.move(0, 0);
  await reference.focus();
  await preview.waitFor();
});

test("the contents mark the reader's place", async () => {
  const { page } = await site.open(`${chapterPath}#quantization-fundamentals`);
  await page.waitForFunction(
    () =>
      document.querySelector("[data-contents] [aria-current]")?.getAttribute("href") ===
      "#quantization-fundamentals",
  );
});

test("the system's theme decides until the reader does, and the choice is kept", async () => {
  const { page } = await site.open(chapterPath, { colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: /theme/i }).first().click();
  await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, light);
  const dark = await ground();
  await page.reload();
  assert.equal(await ground(), dark);
});
