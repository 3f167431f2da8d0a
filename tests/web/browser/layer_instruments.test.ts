/** The instruments on one layer under a reader's hands. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { awake, chapterPath, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

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

test("bake-off: runs are stopped and taken up again, a row is marked, a method is added", async () => {
  const { page, context, troubles } = await site.open(`${chapterPath}#bake-off?methods=rtn,gptq&bits=3,4`);
  const instrument = await awake(page, "bake-off");
  await reads(instrument, "measured", /4 of 4/);
  assert.equal(await instrument.locator("path[data-run]").count(), 4);

  await instrument.locator("[data-control='method-aqlm']").press("Space");
  await instrument.getByRole("button", { name: "Stop" }).press("Enter");
  await instrument.getByText("stopped after 4 of 5").waitFor();
  assert.equal(
    await instrument.locator("tbody tr", { hasText: "AQLM" }).locator("td").nth(2).innerText(),
    "…",
  );
  await instrument.locator("[data-control='method-aqlm']").press("Space");
  await reads(instrument, "measured", /4 of 4/);

  await instrument.locator("[data-control='method-quip']").press("Space");
  await reads(instrument, "measured", /4 of 5/);
  await instrument.getByRole("button", { name: "Go on" }).press("Enter");
  await reads(instrument, "measured", /5 of 5/);
  await instrument.locator("tbody tr", { hasText: "QuIP#" }).click();
  await reads(instrument, "bits-per-weight", /E8P codebook/);
  await reads(instrument, "frontier", /QuIP#/);
  await page.waitForFunction(() => /marked=quip/.test(location.hash));
  await instrument.locator("path[data-run='gptq-4']").click();
  await reads(instrument, "output-error", /GPTQ 4/);
  await instrument.getByRole("button", { name: "Output error" }).click();
  await instrument.locator("th[aria-sort='descending']", { hasText: "Output error" }).waitFor();
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("kv-cache: keys get a scale by channel, a channel is followed, views are pinned", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "kv-cache");
  const stored = instrument.locator(".cache-stored").first();
  const before = await stored.getAttribute("d");
  await instrument.getByRole("button", { name: "Pin", exact: true }).press("Enter");
  await instrument.locator("[data-control='key-axis']").selectOption("channel");
  await page.waitForFunction(() => location.hash === "#kv-cache?keyAxis=channel");
  assert.notEqual(await stored.getAttribute("d"), before);
  const reading = await instrument.locator("[data-readout='attention-error']").innerText();
  const pinned = await instrument.locator("[data-pinned='attention-error']").innerText();
  assert.ok(
    Number.parseFloat(reading) < Number.parseFloat(pinned.replace("pinned", "")),
    `${reading}, ${pinned}`,
  );

  const ranges = instrument.locator(".drag-surface");
  await ranges.scrollIntoViewIfNeeded();
  const box = await ranges.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + box.width * (10.5 / 64), box.y + box.height / 2);
  await instrument.locator(".picture-title", { hasText: /channel 10/i }).waitFor();
  await instrument.locator("[data-control='keys']").selectOption("fp8_e4m3");
  await reads(instrument, "key-error", /8\.00 bits/);
  assert.ok(await instrument.locator("[data-control='key-axis']").isDisabled());
  await instrument.getByRole("button", { name: "Reset" }).click();
  await reads(instrument, "key-error", /3\.00 bits/);

  await reads(instrument, "token-bytes", /61\.4.kB/);
  await instrument.locator("[data-control='window']").press("End");
  await page.waitForFunction(() => location.hash === "#kv-cache?window=128");
  await reads(instrument, "value-error", /3\.20 bits/);
  await reads(instrument, "token-bytes", /63\.5.kB.*window counted/s);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});
