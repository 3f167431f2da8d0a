/** axe-core over every page, in both themes, in a wide and in a narrow window. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chapterPath, type Site, startSite } from "./harness.ts";

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
}

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

for (const path of ["", chapterPath, "404.html"]) {
  for (const width of [1440, 390]) {
    test(`axe finds nothing on /${path} at ${width} px, in either theme`, async () => {
      const { page, context } = await site.open(path, { viewport: { width, height: 900 } });
      await wakeEverything(page);
      await page.evaluate(axeSource);
      const grounds = new Set<string>();
      for (const theme of ["dark", "light"] as const) {
        await page.emulateMedia({ colorScheme: theme });
        grounds.add(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));
        const result = (await page.evaluate(
          "axe.run(document, { resultTypes: ['violations'] })",
        )) as AxeResult;
        const found = result.violations.map(
          ({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`,
        );
        assert.deepEqual(found, [], theme);
      }
      assert.equal(grounds.size, 2, "the themes differ");
      await context.close();
    });
  }
}

/** Scrolls through the page so that instruments and cells, which wake near the viewport, are judged awake. */
async function wakeEverything(page: import("playwright-core").Page): Promise<void> {
  for (const target of await page.locator("[data-instrument], [data-cell]").all()) {
    await target.scrollIntoViewIfNeeded();
    await page.waitForTimeout(150);
  }
  await page.waitForTimeout(500);
}
