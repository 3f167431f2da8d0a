/** Instrument 7.6 under a reader's hands: stepping, playing, scrubbing, pointing, and the options of the sweep. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { awake, chapterPath, reading, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

/** Waits until so many columns are done. */
async function done(instrument: Locator, step: number): Promise<void> {
  await instrument.locator("output[data-readout='step']", { hasText: new RegExp(`^${step}$`) }).waitFor();
}

test("the buttons step, the curve scrubs, and a step marks what it moves", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "gptq-steps");
  await done(instrument, 3);
  assert.equal(await instrument.locator(".ribbon").count(), 9);
  await instrument.getByRole("button", { name: "Step →" }).click();
  await done(instrument, 4);
  assert.equal(await instrument.locator(".ribbon").count(), 8);
  await instrument.getByRole("button", { name: "← Back" }).press("Enter");
  await done(instrument, 3);
  await instrument.locator(".drag-surface").scrollIntoViewIfNeeded();
  const curve = await instrument.locator(".drag-surface").boundingBox();
  assert.ok(curve);
  await page.mouse.click(curve.x + curve.width - 2, curve.y + 30);
  await done(instrument, 12);
  assert.equal(await instrument.locator(".ribbon").count(), 0);
  assert.ok(await instrument.getByRole("button", { name: "Step →" }).isDisabled());
  const percent = (text: string) => Number(text.replace("%", ""));
  assert.ok(
    percent(await reading(instrument, "gptq-error")) <
      percent(await reading(instrument, "nearest-error")) / 2,
  );
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("Play goes on by itself, Pause holds it, and Reset stops it", async () => {
  const { page, context } = await site.open(chapterPath);
  const instrument = await awake(page, "gptq-steps");
  const play = instrument.locator("[data-action='play']");
  await play.click();
  await instrument.getByRole("button", { name: "Pause" }).waitFor();
  await done(instrument, 5);
  await play.click();
  await instrument.getByRole("button", { name: "Play" }).waitFor();
  const held = await reading(instrument, "step");
  await page.waitForTimeout(1200);
  assert.equal(await reading(instrument, "step"), held);
  await play.click();
  await instrument.getByRole("button", { name: "Reset" }).click();
  await done(instrument, 3);
  await instrument.getByRole("button", { name: "Play" }).waitFor();
  await context.close();
});

test("a weight that is pointed at is explained; one that is pressed stays, in the URL too", async () => {
  const { page, context } = await site.open(chapterPath);
  const instrument = await awake(page, "gptq-steps");
  const explanation = instrument.locator("[data-explanation]");
  assert.match(await explanation.innerText(), /^Row 2, input 4 moves from/);
  const matrix = instrument.locator(".cell-surface");
  await matrix.scrollIntoViewIfNeeded();
  const box = await matrix.boundingBox();
  assert.ok(box);
  const middle = (row: number, column: number) =>
    [box.x + ((column - 0.5) / 12) * box.width, box.y + ((row - 0.5) / 6) * box.height] as const;
  await page.mouse.move(...middle(5, 3));
  await explanation.filter({ hasText: "Row 5, input 3" }).waitFor();
  assert.match(await explanation.innerText(), /rounded to the grid’s/);
  assert.equal(await page.evaluate(() => location.hash), "", "pointing is no choice");
  await page.mouse.move(box.x + 20, box.y - 120);
  await explanation.filter({ hasText: "Row 2, input 4" }).waitFor();
  await page.mouse.click(...middle(6, 9));
  await page.waitForFunction(() => location.hash === "#gptq-steps?output=6&input=9");
  await page.mouse.move(box.x + 20, box.y - 120);
  assert.match(await explanation.innerText(), /^Row 6, input 9 moves from .*H⁻¹|^Row 6, input 9/);
  await context.close();
});

test("a shared link opens the sweep in its order and grid; without correlation nothing flows", async () => {
  const query = "step=1&format=int2&activationOrder=on";
  const { page, context } = await site.open(`${chapterPath}#gptq-steps?${query}`);
  const instrument = await awake(page, "gptq-steps");
  await done(instrument, 1);
  const names = await instrument.locator(".column-name").allTextContents();
  assert.notDeepEqual(
    names,
    names.map((_, place) => String(place + 1)),
  );
  assert.deepEqual(
    names.map(Number).toSorted((one, other) => one - other),
    names.map((_, place) => place + 1),
  );
  const widest = () =>
    instrument
      .locator(".ribbon")
      .evaluateAll((all) => Math.max(...all.map((path) => Number(path.getAttribute("stroke-width")))));
  await instrument.locator("[data-control='activation-order']").uncheck();
  await instrument.locator(".column-name", { hasText: "1" }).first().waitFor();
  const correlated = await widest();
  await instrument.locator("[data-control='correlation']").press("Home");
  await instrument.getByText("0.00", { exact: true }).waitFor();
  assert.ok((await widest()) < correlated / 2, `${await widest()} of ${correlated}`);
  await context.close();
});

test("the matrix is legible on a phone, and nothing scrolls sideways", async () => {
  const { page, context } = await site.open(chapterPath, { viewport: { width: 320, height: 700 } });
  const instrument = await awake(page, "gptq-steps");
  const matrix = await instrument.locator("instrument-gptq-steps .cell-surface").boundingBox();
  assert.ok(matrix && matrix.width / 12 >= 18 && matrix.x + matrix.width <= 320);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
