/** Both Python cells are run, edited, broken, stopped and reset, as a person would. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { chapterPath, type Site, startSite, untroubled } from "./harness.ts";

const patience = { timeout: 90_000 };

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

async function openCell(
  number: number,
): Promise<{ page: Page; cell: Locator; troubles: Awaited<ReturnType<Site["open"]>>["troubles"] }> {
  const { page, troubles } = await site.open(chapterPath);
  const cell = page.locator(`[data-cell="${number}"]`);
  await cell.scrollIntoViewIfNeeded();
  await cell.locator(".cm-content").waitFor();
  return { page, cell, troubles };
}

const button = (cell: Locator, name: string) => cell.getByRole("button", { name, exact: true });

/** Replaces the cell's program by typing it, as a reader does. */
async function write(page: Page, cell: Locator, program: string): Promise<void> {
  await cell.locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(program);
}

/** Waits until the output holds the text. */
async function shows(page: Page, number: number, text: string): Promise<void> {
  await page.waitForFunction(
    ([selector, wanted]) =>
      (document.querySelector(selector) as HTMLElement | null)?.innerText.includes(wanted),
    [`[data-cell="${number}"] [data-output]`, text] as const,
    patience,
  );
}

test("cell 1 runs with Shift-Enter, is edited, broken, and reset", patience, async () => {
  const { page, cell, troubles } = await openCell(1);
  await cell.locator(".cm-content").click();
  await page.keyboard.press("Shift+Enter");
  await button(cell, "Run").and(page.locator(":enabled")).waitFor(patience);
  for (const entropy of ["0.458", "1.294", "2.217", "2.476"]) await shows(page, 1, entropy);
  assert.ok(await cell.locator("[data-output] svg").isVisible(), "the curve is drawn");

  await write(
    page,
    cell,
    "import numpy as np\nprint('mean', np.arange(10).mean())\nplot_xy([1, 2, 3], [1, 4, 9])",
  );
  await button(cell, "Run").click();
  await shows(page, 1, "mean 4.5");

  await write(page, cell, "x = 1\nprint(undefined_name)");
  await button(cell, "Run").click();
  await shows(page, 1, "NameError");
  const trace = await cell.locator("[data-output]").innerText();
  assert.match(trace, /line 2/);
  assert.doesNotMatch(trace, /pyodide|_pyodide|eval_code/);

  await button(cell, "Reset").click();
  await page.waitForFunction(() =>
    (document.querySelector("[data-cell='1'] .cm-content") as HTMLElement).innerText.includes("entrop"),
  );
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
});

test("cell 2 prints the chapter's table, and the engine answers inside a cell", patience, async () => {
  const { page, cell, troubles } = await openCell(2);
  await button(cell, "Run").click();
  for (const figure of [
    "0.000711",
    "0.000178",
    "0.012749",
    "0.003323",
    "0.019724",
    "0.007157",
    "0.020689",
    "0.015271",
  ]) {
    await shows(page, 2, figure);
  }
  await write(
    page,
    cell,
    "import numpy as np, compression\nw = np.random.default_rng(0).normal(0, 0.02, 4096)\nr = compression.round_trip(w, 'int4', group=64)\nprint(r.bits_per_weight, len(r.dequantized))",
  );
  await button(cell, "Run").click();
  await shows(page, 2, "4.25 4096");
  await write(page, cell, "import compression\ncompression.round_trip([1.0, 2.0], 'int99')");
  await button(cell, "Run").click();
  await shows(page, 2, "int99");
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
});

test("Stop ends an endless loop and the cell runs again", patience, async () => {
  const { page, cell } = await openCell(1);
  await write(page, cell, "print('begun')\nwhile True:\n    pass");
  await button(cell, "Run").click();
  await shows(page, 1, "begun");
  await button(cell, "Stop").click();
  await button(cell, "Run").and(page.locator(":enabled")).waitFor(patience);
  await write(page, cell, "print(6 * 7)");
  await button(cell, "Run").click();
  await shows(page, 1, "42");
});

test("a flood of output is bounded and leaves the page alive", patience, async () => {
  const { page, cell } = await openCell(1);
  await write(page, cell, "while True:\n    print('flood' * 20)");
  await button(cell, "Run").click();
  await shows(page, 1, "flood");
  await page.waitForTimeout(2000);
  assert.ok((await cell.locator("[data-output]").innerText()).length < 300_000);
  const stop = button(cell, "Stop");
  if (await stop.isEnabled()) await stop.click();
  await button(cell, "Run").and(page.locator(":enabled")).waitFor(patience);
});

test("the editor lets keyboard users leave", patience, async () => {
  const { page, cell } = await openCell(1);
  await cell.locator(".cm-content").focus();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.closest(".cm-content") === null), true);
});
