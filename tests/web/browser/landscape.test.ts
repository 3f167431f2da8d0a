/** The landscape under a reader's hands, and with the reader's own tensor in place of the sample. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { chapterPath, reading, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

/** The landscape, once every format has an answer. */
async function measured(page: Page): Promise<Locator> {
  const landscape = page.locator("[data-instrument='landscape']");
  await landscape.scrollIntoViewIfNeeded();
  await landscape.locator("instrument-landscape").waitFor();
  await page.waitForFunction(() => {
    const text = document.querySelector("[data-readout='measured']")?.textContent ?? "";
    const [, done, all] = /(\d+) of (\d+)/.exec(text) ?? [];
    return done !== undefined && done === all;
  });
  return landscape;
}

function rows(landscape: Locator): Promise<string[][]> {
  return landscape
    .locator("tbody tr")
    .evaluateAll((all) =>
      all.map((row) => [...(row as HTMLTableRowElement).cells].map((cell) => cell.textContent?.trim() ?? "")),
    );
}

/** The numbers of a column, as far as there are any. */
async function column(landscape: Locator, index: number): Promise<number[]> {
  const cells = (await rows(landscape)).map((row) => row[index]?.replace("−", "-") ?? "");
  return cells.filter((cell) => /^-?\d+(\.\d+)?$/.test(cell)).map(Number);
}

const ascending = (values: number[]) => values.toSorted((one, other) => one - other);

test("every format is measured, the heads order the table, a row marks its format", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const landscape = await measured(page);
  const gaps = await column(landscape, 5);
  assert.ok(gaps.length > 9);
  assert.deepEqual(gaps, ascending(gaps));
  await landscape.getByRole("button", { name: "Bits per weight" }).click();
  await landscape.locator("th[aria-sort='ascending']", { hasText: "Bits per weight" }).waitFor();
  const bits = await column(landscape, 2);
  assert.deepEqual(bits, ascending(bits));
  await landscape.getByRole("button", { name: "Bits per weight" }).click();
  await landscape.locator("th[aria-sort='descending']", { hasText: "Bits per weight" }).waitFor();
  assert.deepEqual(await column(landscape, 2), bits.toReversed());
  await landscape.locator("tbody tr", { hasText: "INT3 symmetric" }).click();
  await landscape.locator("tr[aria-current='true']", { hasText: "INT3 symmetric" }).waitFor();
  assert.equal(await landscape.locator("[data-control='format']").inputValue(), "int3");
  await page.waitForFunction(() => location.hash === "#landscape?format=int3&sort=bits&descending=on");
  await landscape.locator("path[data-format='int8']").click();
  await landscape.locator("tr[aria-current='true']", { hasText: "INT8 symmetric" }).waitFor();
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("the keyboard alone filters, orders, and resets", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const landscape = await measured(page);
  const all = (await rows(landscape)).length;
  await landscape.locator("[data-control='kind']").focus();
  await page.keyboard.type("Integer");
  await page.waitForFunction(
    (before) => document.querySelectorAll("#landscape tbody tr").length < before,
    all,
  );
  assert.ok((await rows(landscape)).every(([, kind]) => kind === "Integer grids"));
  await page.keyboard.press("Tab");
  await page.keyboard.type("int4 7.3");
  await page.waitForFunction(() => document.querySelectorAll("#landscape tbody tr").length === 1);
  assert.match(await page.evaluate(() => document.activeElement?.getAttribute("data-control") ?? ""), /text/);
  await landscape.getByRole("button", { name: "RMS error" }).press("Enter");
  await landscape.locator("th[aria-sort='ascending']", { hasText: "RMS error" }).waitFor();
  await page.waitForFunction(() =>
    location.hash.startsWith("#landscape?kind=integer&text=int4+7.3&sort=error"),
  );
  await landscape.getByRole("button", { name: "Reset" }).press("Enter");
  await page.waitForFunction(
    (count) => document.querySelectorAll("#landscape tbody tr").length === count,
    all,
  );
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("the row of INT4 is what Instrument 7.2 reads with the same scales", async () => {
  const { page, context } = await site.open(chapterPath);
  const landscape = await measured(page);
  const [row] = (await rows(landscape)).filter(([name]) => name === "INT4 symmetric");
  await page.goto(`${site.address}${chapterPath}#quantizer?format=int4&group=64`);
  await page.reload();
  const quantizer = page.locator("[data-instrument='quantizer']");
  await quantizer.locator("instrument-quantizer").waitFor();
  assert.deepEqual(row?.slice(2, 5), [
    await reading(quantizer, "bits-per-weight"),
    await reading(quantizer, "rms-error"),
    await reading(quantizer, "sqnr"),
  ]);
  await context.close();
});

test("a shared link opens the table in its state, and none is opened by itself", async () => {
  const { page, context } = await site.open(`${chapterPath}#landscape?kind=integer&sort=bits&descending=on`);
  const landscape = await measured(page);
  const bits = await column(landscape, 2);
  assert.deepEqual(bits, ascending(bits).toReversed());
  await context.close();
  const plain = await site.open(chapterPath);
  await measured(plain.page);
  await plain.page.waitForTimeout(600);
  assert.equal(await plain.page.evaluate(() => location.hash), "", "measuring is no change of the reader's");
  await plain.context.close();
});

test("measuring leaves the page's own engine to the other instruments", async () => {
  const { page, context } = await site.open(chapterPath, {
    before: () => {
      const workers: Worker[] = [];
      const asked: string[][] = [];
      Object.assign(window, { asked });
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<typeof post>) {
        if (!workers.includes(this)) workers.push(this);
        asked[workers.indexOf(this)] ??= [];
        asked[workers.indexOf(this)]?.push(JSON.stringify(args[0]));
        post.apply(this, args);
      } as typeof post;
    },
  });
  await measured(page);
  const roundTrips = await page.evaluate(() =>
    (window as unknown as { asked: string[][] }).asked.map(
      (asked) => asked.filter((message) => message.includes('"roundTrip"')).length,
    ),
  );
  const formats = (await rows(page.locator("#landscape"))).length;
  assert.ok(
    roundTrips.some((count) => count >= formats),
    `${roundTrips}`,
  );
  assert.ok(
    roundTrips.some((count) => count < formats),
    `an engine of its own: ${roundTrips}`,
  );
  await context.close();
});

test("without scripts the table is there, measured", async () => {
  const { page, context } = await site.open(chapterPath, { javaScriptEnabled: false });
  const landscape = page.locator("[data-instrument='landscape']");
  const cells = await landscape
    .locator("tbody tr", { hasText: "INT4 symmetric" })
    .locator("td")
    .allInnerTexts();
  assert.deepEqual(cells.slice(1), ["4.250", "0.003350", "16.2", "9.3"]);
  assert.equal(await landscape.locator("button:enabled").count(), 0);
  await context.close();
});
