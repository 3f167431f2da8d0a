/** Instrument 7.9 under a reader's hands: sparsity, patterns, a pointer over the masks, and a shared link. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { awake, chapterPath, reading, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

const percent = async (instrument: Locator, method: string) =>
  Number((await reading(instrument, `${method}-error`)).replace("%", ""));

const errors = (instrument: Locator) =>
  Promise.all(["sparsegpt", "wanda", "magnitude"].map((method) => percent(instrument, method)));

test("sparsity by slider and by the curve, 2:4 by the list: the order of the methods holds, the speed follows", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "prune");
  const speed = instrument.locator("output[data-readout='speed']");
  const half = await errors(instrument);
  assert.deepEqual(
    half,
    half.toSorted((one, other) => one - other),
  );
  await instrument.locator("[data-control='sparsity']").press("ArrowUp");
  await instrument.getByText("55%", { exact: true }).waitFor();
  assert.ok((await percent(instrument, "wanda")) > (half[1] ?? 100));
  await instrument.locator("[data-control='pattern']").selectOption("2:4");
  await speed.filter({ hasText: "≤ 2" }).waitFor();
  assert.equal(await instrument.locator("[data-control='sparsity']").inputValue(), "0.5");
  const structured = await errors(instrument);
  for (const [index, error] of structured.entries()) assert.ok(error > (half[index] ?? 100), `${structured}`);
  const curve = instrument.locator(".drag-surface");
  await curve.scrollIntoViewIfNeeded();
  const box = await curve.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + 1, box.y + 40);
  await instrument.getByText("0%", { exact: true }).first().waitFor();
  await speed.filter({ hasText: /^1$/ }).waitFor();
  assert.ok((await percent(instrument, "magnitude")) < 0.1);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("a weight that is pointed at says who keeps it, in whichever mask; one that is pressed stays", async () => {
  const { page, context } = await site.open(chapterPath);
  const instrument = await awake(page, "prune");
  const explanation = instrument.locator("[data-explanation]");
  const first = await explanation.innerText();
  const wanda = instrument.locator(".cell-surface").nth(1);
  await wanda.scrollIntoViewIfNeeded();
  const box = await wanda.boundingBox();
  assert.ok(box);
  const at = [box.x + (20.5 / 32) * box.width, box.y + (9.5 / 16) * box.height] as const;
  await page.mouse.move(...at);
  await explanation.filter({ hasText: "Row 10, input 21" }).waitFor();
  assert.equal(await page.evaluate(() => location.hash), "");
  await page.mouse.move(box.x, box.y - 100);
  await explanation.filter({ hasText: first.slice(0, 16) }).waitFor();
  await page.mouse.click(...at);
  await page.waitForFunction(() => location.hash === "#prune?output=10&input=21");
  await context.close();
});

test("a shared link opens the masks at its pattern, and nothing scrolls sideways on a phone", async () => {
  const { page, context } = await site.open(`${chapterPath}#prune?pattern=4%3A8&seed=3`, {
    viewport: { width: 320, height: 700 },
  });
  const instrument = await awake(page, "prune");
  assert.equal(await instrument.locator("[data-control='pattern']").inputValue(), "4:8");
  const masks = instrument.locator(".cell-surface");
  assert.equal(await masks.count(), 3);
  for (const mask of await masks.all()) {
    const box = await mask.boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 320 && box.width > 240);
  }
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await context.close();
});
