/** Instrument 7.8 under a reader's hands: codebooks, turning, a pointer over the plane, the keyboard alone, a shared link. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { awake, chapterPath, reading, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

/** Waits until a readout matches, and reads it. */
async function reads(instrument: Locator, name: string, pattern: RegExp): Promise<string> {
  await instrument.locator(`output[data-readout='${name}']`).filter({ hasText: pattern }).waitFor();
  return reading(instrument, name);
}

const number = (text: string) => Number.parseFloat(text);

test("turning is switched off and on, outliers are added, AQLM learns", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "two-bits");
  assert.equal(await reading(instrument, "distortion"), "9.1%");
  assert.equal(await reading(instrument, "kurtosis"), "3.0");
  await instrument.locator("[data-control='turned']").click();
  await page.waitForFunction(() => location.hash === "#two-bits?turned=off");
  const given = number(await reading(instrument, "distortion"));
  assert.ok(given > 20, `${given}% are lost with the outliers in place`);
  await instrument.locator("[data-control='outliers']").fill("0");
  await reads(instrument, "kurtosis", /^3\.0$/);
  assert.ok(number(await reading(instrument, "distortion")) < 9.5);
  await instrument.getByRole("button", { name: "Reset", exact: true }).click();
  await reads(instrument, "distortion", /^9\.1%$/);
  await instrument.locator("[data-lane='aqlm']").click();
  await instrument.locator(".picture-title", { hasText: /AQLM/i }).waitFor();
  await reads(instrument, "bits-per-weight", /^3\.06$/);
  assert.ok((await instrument.locator(".places").count()) > 3);
  assert.equal(await instrument.locator(".sum-path").count(), 1);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("a vector that is pointed at is followed, one that is pressed stays, the plane turns to other weights", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "two-bits");
  const explanation = instrument.locator("[data-explanation]");
  await explanation.filter({ hasText: "Row 1, vector 3" }).waitFor();
  const plane = instrument.locator(".cell-surface");
  await plane.scrollIntoViewIfNeeded();
  const box = await plane.boundingBox();
  assert.ok(box);
  const corner = [box.x + box.width - 4, box.y + 4] as const;
  await page.mouse.move(...corner);
  await explanation.filter({ hasNotText: "vector 3," }).waitFor();
  const followed = await explanation.innerText();
  assert.equal(await page.evaluate(() => location.hash), "");
  await page.mouse.move(box.x, box.y - 60);
  await explanation.filter({ hasText: "Row 1, vector 3" }).waitFor();
  await page.mouse.click(...corner);
  const [, vector] = /vector (\d+)/.exec(followed) ?? [];
  await page.waitForFunction((hash) => location.hash === hash, `#two-bits?vector=${vector}`);
  const slice = await instrument.locator(".slice").getAttribute("d");
  await instrument.locator("[data-control='across']").selectOption("2");
  await instrument.locator(".axis-title", { hasText: "weight 2 →" }).first().waitFor();
  assert.equal(await instrument.locator("[data-control='up']").inputValue(), "1", "the two change places");
  assert.notEqual(await instrument.locator(".slice").getAttribute("d"), slice);
  await instrument.getByText("Data as a table").click();
  assert.equal(await instrument.locator("tbody tr").count(), 4);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("the keyboard alone chooses the codebook, turns the weights and follows a vector", async () => {
  const { page, context } = await site.open(`${chapterPath}#two-bits`);
  const instrument = await awake(page, "two-bits");
  await instrument.locator("[data-control='codebook']").focus();
  await page.keyboard.press("ArrowUp");
  await reads(instrument, "distortion", /^11\.7%$/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await reads(instrument, "distortion", /^(?!11\.7)/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await instrument.locator("[data-explanation]", { hasText: "vector 4" }).waitFor();
  await page.waitForFunction(() => location.hash === "#two-bits?codebook=scalar&turned=off&vector=4");
  await context.close();
});

test("a shared link opens its plane, and nothing scrolls sideways on a phone", async () => {
  const { page, context } = await site.open(`${chapterPath}#two-bits?codebook=scalar&across=5&up=8&row=9`, {
    viewport: { width: 320, height: 700 },
  });
  const instrument = await awake(page, "two-bits");
  await instrument.locator(".axis-title", { hasText: "weight 8 →" }).waitFor();
  await instrument.locator("[data-explanation]", { hasText: "Row 9, vector 3" }).waitFor();
  const box = await instrument.locator(".cell-surface").boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 320 && box.width > 220);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
