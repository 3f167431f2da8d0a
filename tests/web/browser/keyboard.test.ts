/** Each instrument under the keyboard alone: every control is reached by Tab, arrows change the reading, Reset brings it back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chapterPath, type Site, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

const ids = [
  "dark-knowledge",
  "quantizer",
  "speed-of-light",
  "number-line",
  "landscape",
  "gptq-steps",
  "outlier-migration",
  "two-bits",
  "prune",
  "bake-off",
  "kv-cache",
];

for (const id of ids) {
  test(`${id} is usable by keyboard alone`, async () => {
    const { page, context, troubles } = await site.open(`${chapterPath}#${id}`);
    await page.locator(`instrument-${id}`).waitFor();
    const instrument = page.locator(`[data-instrument="${id}"]`);
    const readouts = instrument.locator(".instrument-readouts");
    // Long work is done step by step: the first reading is the one after the last of them.
    await page.waitForFunction((root) => {
      const text = document.querySelector(`#${root} [data-readout="measured"]`)?.textContent ?? "1 of 1";
      const [done, all] = text.split(" of ");
      const readings = document.querySelector(`#${root} .instrument-readouts`)?.textContent ?? "…";
      return done === all && !readings.includes("…");
    }, id);
    const first = await readouts.innerText();
    const controls = instrument.locator("fieldset :is(select, input):enabled:visible");
    const names = await controls.evaluateAll((all) =>
      all.map((control) => (control as HTMLElement).dataset.control),
    );

    await controls.first().focus();
    const reached = new Set<string | undefined>();
    const isInside = () =>
      page.evaluate((root) => document.activeElement?.closest(`[data-instrument="${root}"]`) !== null, id);
    for (let step = 0; step < 60 && (await isInside()); step++) {
      reached.add(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.control));
      await page.keyboard.press("Tab");
    }
    assert.ok(!(await isInside()), "Tab leaves the instrument");
    for (const name of names) assert.ok(reached.has(name), `${name} is reached by Tab`);

    const changed = (before: string) =>
      page.waitForFunction(
        ([root, old]) =>
          (document.querySelector(`[data-instrument="${root}"] .instrument-readouts`) as HTMLElement)
            .innerText !== old,
        [id, before] as const,
      );
    await controls.first().focus();
    await page.keyboard.press("ArrowUp");
    await changed(first);
    await page.waitForFunction((root) => location.hash.startsWith(`#${root}?`), id);
    const second = await readouts.innerText();
    await instrument.getByRole("button", { name: "Reset", exact: true }).focus();
    await page.keyboard.press("Enter");
    await changed(second);
    assert.equal(await readouts.innerText(), first);
    assert.ok(untroubled(troubles), JSON.stringify(troubles));
    await context.close();
  });
}
