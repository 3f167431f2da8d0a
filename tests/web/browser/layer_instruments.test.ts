/** The instruments on one layer under a reader's hands. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { chapterPath, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

/** An instrument that has come to life. */
async function awake(page: Page, id: string): Promise<Locator> {
  const instrument = page.locator(`[data-instrument="${id}"]`);
  await instrument.scrollIntoViewIfNeeded();
  await instrument.locator(`instrument-${id}`).waitFor();
  return instrument;
}

/** Waits until a readout, or its note, matches. */
async function reads(instrument: Locator, name: string, pattern: RegExp): Promise<void> {
  const readout = instrument.locator(".readout", {
    has: instrument.page().locator(`[data-readout="${name}"]`),
  });
  await readout.filter({ hasText: pattern }).waitFor();
}

test("outlier-migration: α moves the bars, the curve is dragged, the threshold lifts channels", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "outlier-migration");
  await reads(instrument, "smoothquant-error", /best at α 0\.\d+/);
  const bars = instrument.locator(".channel-after");
  const before = await bars.getAttribute("d");
  await instrument.locator("[data-control='alpha-slider']").press("End");
  await instrument.locator(".picture-title", { hasText: /α 1\.00/ }).waitFor();
  assert.notEqual(await bars.getAttribute("d"), before);
  await page.waitForFunction(() => location.hash === "#outlier-migration?alpha=1");

  await instrument.locator(".drag-surface").scrollIntoViewIfNeeded();
  const curve = await instrument.locator(".drag-surface").boundingBox();
  assert.ok(curve);
  await page.mouse.click(curve.x + curve.width * 0.3, curve.y + curve.height / 2);
  await instrument.locator(".picture-title", { hasText: /α 0\.30/ }).waitFor();

  await instrument.locator("[data-control='threshold']").fill("250");
  await reads(instrument, "llm-int8-error", /2 of 64 channels/);
  assert.equal(await instrument.locator(".channel-lifted").count(), 2);
  await instrument.locator("[data-control='method']").selectOption("awq");
  await instrument.locator(".picture-title", { hasText: /AWQ/ }).waitFor();
  await instrument.getByText("Data as a table").click();
  assert.equal(await instrument.locator("tbody tr").count(), 64);
  await instrument.getByRole("button", { name: "Reset" }).click();
  await reads(instrument, "llm-int8-error", /4 of 64 channels/);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});
