/** After one visit the encyclopedia reads and computes with the network off. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chapterPath, type Site, solveAnExercise, startSite } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite({ basePath: "/shelf/" });
});
after(() => site.close());

test("goes offline, reloads, answers an exercise and turns an instrument", async () => {
  const { page, context } = await site.open(chapterPath, { serviceWorkers: "allow" });
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
  await page.waitForFunction(async () => {
    const names = await caches.keys();
    for (const name of names)
      if ((await (await caches.open(name)).keys()).some(({ url }) => url.includes(".wasm"))) return true;
    return false;
  });
  await context.setOffline(true);
  await page.reload();
  assert.equal(await page.locator("h1").innerText(), "Compression");
  await solveAnExercise(page);
  const instrument = page.locator("[data-instrument='quantizer']");
  await instrument.scrollIntoViewIfNeeded();
  const format = instrument.locator("[data-control='format']");
  await format.waitFor();
  const beforeChange = await instrument.locator("[data-readout='rms-error']").first().innerText();
  await format.selectOption("int2");
  await page.waitForFunction(
    (old) =>
      document
        .querySelector("[data-instrument='quantizer'] [data-readout='rms-error']")
        ?.textContent?.trim() !== old,
    beforeChange.trim(),
  );
  await page.goto(site.address);
  assert.equal(await page.locator("#chapter-07").count(), 1);
  await context.close();
});

test("a cell that cannot fetch Python says so offline, and runs once Python is kept", {
  timeout: 120_000,
}, async () => {
  const { page, context } = await site.open(chapterPath, { serviceWorkers: "allow" });
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
  const cell = page.locator("[data-cell='1']");
  await cell.scrollIntoViewIfNeeded();
  await cell.getByRole("button", { name: "Run", exact: true }).waitFor();
  await context.setOffline(true);
  await cell.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForFunction(() =>
    /offline|network|fetch/i.test(document.querySelector("[data-cell='1']")?.textContent ?? ""),
  );
  await context.setOffline(false);
  await page.getByRole("button", { name: "Keep Python for offline reading" }).first().click();
  await page.waitForFunction(
    () =>
      /kept|available offline|ready offline/i.test(
        document.querySelector("[data-cell='1']")?.textContent ?? "",
      ),
    null,
    {
      timeout: 60_000,
    },
  );
  await context.setOffline(true);
  await page.reload();
  await cell.scrollIntoViewIfNeeded();
  await cell.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForFunction(
    () =>
      (document.querySelector("[data-cell='1'] [data-output]") as HTMLElement | null)?.innerText.includes(
        "2.476",
      ),
    null,
    { timeout: 60_000 },
  );
  await context.close();
});
