/** What the chapter says in several places it says once: instruments, cells and exercises show the same figures. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chapterPath, type Site, startSite } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

async function readoutAt(instrument: string, query: string, readout: string): Promise<string> {
  const { page, context } = await site.open(`${chapterPath}#${instrument}?${query}`);
  await page.locator(`instrument-${instrument}`).waitFor();
  const text = await page
    .locator(`[data-instrument="${instrument}"] output[data-readout="${readout}"]`)
    .innerText();
  await context.close();
  return text.trim();
}

test("Instrument 7.2 with the settings of Cell 2 shows every figure of Cell 2", async () => {
  const { page } = await site.open(chapterPath);
  const output = await page.locator("[data-cell='2'] [data-output]").innerText();
  const rows = [...output.matchAll(/^\s*(\d)\s+(0\.\d{6})\s+(0\.\d{6})\s*$/gm)];
  assert.deepEqual(
    rows.map(([, bits]) => bits),
    ["8", "4", "3", "2"],
  );
  for (const [, bits, global, grouped] of rows) {
    // The cell keeps its scales in float64: fp32 is the nearest that a format stores.
    const settings = `format=int${bits}&count=10000&seed=0&outliers=0.004&outlierScale=6&scales=fp32`;
    assert.equal(await readoutAt("quantizer", `${settings}&group=tensor`, "rms-error"), global, `int${bits}`);
    assert.equal(
      await readoutAt("quantizer", `${settings}&group=64`, "rms-error"),
      grouped,
      `int${bits}, g=64`,
    );
  }
});

test("Instrument 7.1 shows the entropies of Cell 1", async () => {
  const { page } = await site.open(chapterPath);
  const output = await page.locator("[data-cell='1'] [data-output]").innerText();
  const rows = [...output.matchAll(/^\s*tau\s+(\d+)\s+(\d\.\d{3}) bits/gm)];
  assert.equal(rows.length, 4);
  for (const [, tau, entropy] of rows) {
    assert.equal(await readoutAt("dark-knowledge", `tau=${tau}`, "entropy"), entropy, `tau ${tau}`);
  }
});

test("Instrument 7.3 shows the ceiling that the exercise asks for", async () => {
  const { page } = await site.open(chapterPath);
  const solution = page.locator("[data-exercise='decode-ceiling'] [data-solution]");
  await solution.locator("summary").click();
  const answer = await solution.locator("strong").first().innerText();
  assert.match(answer, /95\.7/);
  const ceiling = await readoutAt(
    "speed-of-light",
    "accelerator=h100&model=dense-70b&format=int4",
    "ceiling",
  );
  assert.ok(answer.includes(ceiling), `${ceiling} in ${answer}`);
});
