/** The instruments under a reader's hands: by mouse, by keyboard alone, through a shared link, and when the engine fails. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator } from "playwright-core";
import { awake, chapterPath, type Site, startSite, untroubled } from "./harness.ts";

/** What the page under test counts: messages to workers, and pictures drawn from an answer. */
interface Counted {
  counts: { calls: number; pictures: number };
}

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

function control(instrument: Locator, name: string): Locator {
  return instrument.locator(`[data-control="${name}"]`);
}

/** Waits until a readout says `text`. */
async function reads(instrument: Locator, name: string, text: string): Promise<void> {
  const readout = instrument.locator(`[data-readout="${name}"]`);
  await instrument
    .page()
    .waitForFunction(([output, expected]) => output?.textContent?.replaceAll("\u00a0", " ") === expected, [
      await readout.elementHandle(),
      text,
    ] as const);
}

test("dark-knowledge: a slider, a typed number and a drag along the curve set the temperature", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "dark-knowledge");
  await control(instrument, "tau").fill("5");
  await reads(instrument, "entropy", "2.217");
  await control(instrument, "tau-slider").press("Home");
  await reads(instrument, "tau-squared", "0.0625");
  assert.equal(await control(instrument, "tau").inputValue(), "0.25");
  const curve = await instrument.locator(".drag-surface").boundingBox();
  assert.ok(curve);
  await page.mouse.move(curve.x + 5, curve.y + 20);
  await page.mouse.down();
  await page.mouse.move(curve.x + curve.width, curve.y + 20, { steps: 4 });
  await page.mouse.up();
  await reads(instrument, "tau-squared", "400");
  await instrument.getByRole("button", { name: "Reset" }).click();
  await reads(instrument, "entropy", "1.294");
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("dark-knowledge: a number out of bounds is brought within them when it is left", async () => {
  const { page, context } = await site.open(chapterPath);
  const instrument = await awake(page, "dark-knowledge");
  await control(instrument, "tau").fill("500");
  await control(instrument, "tau").press("Tab");
  await reads(instrument, "tau-squared", "400");
  assert.equal(await control(instrument, "tau").inputValue(), "20");
  await control(instrument, "logit-kitten").fill("");
  await control(instrument, "logit-kitten").press("Tab");
  assert.equal(await control(instrument, "logit-kitten").inputValue(), "6.5");
  await context.close();
});

test("quantizer: the keyboard alone chooses a format, groups, pins, and resets", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "quantizer");
  await control(instrument, "count").selectOption("10000");
  await control(instrument, "format").focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await control(instrument, "format").inputValue(), "int3");
  await reads(instrument, "rms-error", "0.019724");
  await instrument.getByRole("button", { name: "Pin", exact: true }).press("Enter");
  await instrument.locator("[data-pinned='rms-error']").waitFor();
  await control(instrument, "group-wise").press("Space");
  await reads(instrument, "rms-error", "0.007157");
  assert.match(await instrument.locator("[data-pinned='rms-error']").innerText(), /0\.019724/);
  assert.equal(await instrument.locator(".outline-pinned").count(), 1);
  await instrument.getByText("Data as a table").press("Enter");
  await instrument.getByRole("columnheader", { name: /pinned/i }).waitFor();
  await instrument.getByRole("button", { name: "Reset" }).press("Enter");
  await reads(instrument, "levels", "16");
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("quantizer: a shared link opens at the instrument, in its state", async () => {
  const { page, context } = await site.open(`${chapterPath}#quantizer?format=int3&group=32&count=10000`);
  const instrument = page.locator("[data-instrument='quantizer']");
  await instrument.locator("instrument-quantizer").waitFor();
  assert.equal(await control(instrument, "format").inputValue(), "int3");
  assert.equal(await control(instrument, "group").inputValue(), "32");
  await control(instrument, "format").selectOption("int2");
  await page.waitForFunction(() => location.hash === "#quantizer?format=int2&group=32&count=10000");
  await context.close();
});

test("number-line: a number lands, bits are turned, the scale follows the block, the line is doubled", async () => {
  const { page, context, troubles } = await site.open(chapterPath);
  const instrument = await awake(page, "number-line");
  await reads(instrument, "value", "−0.1875");
  await control(instrument, "number").fill("0.9");
  await reads(instrument, "value", "0.75");
  assert.match(await instrument.locator("[data-landing]").innerText(), /beyond the last value/);
  await control(instrument, "absmax").fill("1");
  await reads(instrument, "scale", "0.25");
  await reads(instrument, "value", "1");
  await control(instrument, "bit-3").locator("..").click();
  await reads(instrument, "value", "−1");
  assert.match(await instrument.locator("[data-spelling]").innerText(), /= −4$/);
  assert.equal(await control(instrument, "number").inputValue(), "-1");
  await instrument.getByRole("button", { name: "Nearer to the number" }).click();
  await instrument.getByText("× 2", { exact: true }).waitFor();
  const overview = await instrument.locator(".drag-surface").boundingBox();
  assert.ok(overview);
  await page.mouse.click(overview.x + overview.width * 0.9, overview.y + 4);
  await page.waitForFunction(() => /center=0\.[78]/.test(location.hash));
  await instrument.getByRole("button", { name: "Reset" }).click();
  await reads(instrument, "value", "−0.1875");
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("number-line: the keyboard alone turns bits and doubles the line", async () => {
  const { page, context } = await site.open(`${chapterPath}#number-line?format=fp8_e4m3&number=300`);
  const instrument = page.locator("[data-instrument='number-line']");
  await instrument.locator("instrument-number-line").waitFor();
  await reads(instrument, "value", "288");
  await control(instrument, "bit-7").focus();
  await page.keyboard.press("Space");
  await reads(instrument, "value", "−288");
  for (let bit = 6; bit >= 0; bit--) await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await reads(instrument, "code", "11111000");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => /given=code.*zoom=1/.test(location.hash));
  await context.close();
});

test("number-line: a code that is no number is said to be none", async () => {
  const { page, context } = await site.open(`${chapterPath}#number-line?format=fp8_e4m3&given=code&code=127`);
  const instrument = page.locator("[data-instrument='number-line']");
  await instrument.locator("instrument-number-line").waitFor();
  assert.match(await instrument.locator("[data-landing]").innerText(), /no number/);
  assert.match(await instrument.locator("[data-spelling]").innerText(), /kept for/);
  await context.close();
});

test("quantizer: formats stand by kind, and each has the options that mean something to it", async () => {
  const { page, context } = await site.open(chapterPath);
  const instrument = await awake(page, "quantizer");
  const kinds = await control(instrument, "format")
    .locator("optgroup")
    .evaluateAll((all) => all.map((group) => (group as HTMLOptGroupElement).label));
  assert.ok(kinds.includes("Integer grids") && kinds.includes("Microscaling"), `${kinds}`);
  assert.equal(await control(instrument, "scale-rule").count(), 0);
  await control(instrument, "format").selectOption("mxfp4");
  await control(instrument, "scale-rule").selectOption("ceil");
  await page.waitForFunction(() => location.hash === "#quantizer?format=mxfp4&rule=ceil");
  assert.ok(await control(instrument, "group-wise").isDisabled());
  await control(instrument, "format").selectOption("fp8_e4m3");
  await control(instrument, "overflow").waitFor();
  assert.ok((await instrument.locator(".grid-mark, .grid-band").count()) > 10, "its grid is drawn");
  await control(instrument, "format").selectOption("bf16");
  await reads(instrument, "bits-per-weight", "16.000");
  assert.equal(await instrument.locator(".grid-mark, .grid-band").count(), 0);
  await context.close();
});

test("speed-of-light: presets and the reader's own numbers", async () => {
  const { page, context } = await site.open(chapterPath);
  const instrument = await awake(page, "speed-of-light");
  await reads(instrument, "ceiling", "95.7");
  await control(instrument, "format").selectOption("fp16");
  await reads(instrument, "cards", "2");
  await control(instrument, "accelerator").selectOption("h200");
  await reads(instrument, "cards", "1");
  await instrument.getByText("Numbers behind the presets").click();
  await control(instrument, "bandwidth").fill("9600");
  await reads(instrument, "ceiling", "68.6");
  await context.close();
});

test("one sentence speaks when the hand rests, and readouts are silent by themselves", async () => {
  const { page, context } = await site.open(chapterPath);
  const instrument = await awake(page, "quantizer");
  assert.equal(await instrument.locator("output:not([aria-live='off'])").count(), 0);
  await control(instrument, "format").selectOption("int2");
  await page.waitForFunction(() =>
    /^INT2, one scale: RMS error/.test(
      document.querySelector("#quantizer [data-announcement]")?.textContent ?? "",
    ),
  );
  await context.close();
});

/*
 * How long an answer takes is a matter of the machine as much as of the page; `npm run bench` and the printed times are for
 * that. What keeps an instrument within a frame is the same everywhere: a change asks the engine once, in at most a
 * handful of coarse calls, and draws once.
 */
test("a change asks the engine in one short round and draws once", async () => {
  const { page, context } = await site.open(chapterPath, {
    before: () => {
      const counts = { calls: 0, pictures: 0 };
      Object.assign(window, { counts });
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<typeof post>) {
        counts.calls++;
        post.apply(this, args);
      } as typeof post;
      new PerformanceObserver((list) => {
        counts.pictures += list.getEntries().filter(({ name }) => name.startsWith("instrument ")).length;
      }).observe({ type: "measure" });
    },
  });
  for (const [id, name, values] of [
    ["dark-knowledge", "tau", ["0.5", "1", "2", "4", "8"]],
    ["quantizer", "format", ["int2", "int3", "int4", "int5", "int6"]],
    ["speed-of-light", "context", ["1024", "2048", "4096", "16384", "32768"]],
  ] as const) {
    const instrument = await awake(page, id);
    const times: number[] = [];
    for (const value of values) {
      const before = await page.evaluate(() => ({ ...(window as unknown as Counted).counts }));
      await control(instrument, name).evaluate((input: HTMLInputElement | HTMLSelectElement, value) => {
        performance.clearMeasures();
        input.value = value;
        input.dispatchEvent(
          new Event(input instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }),
        );
      }, value);
      await page.waitForFunction((id) => performance.getEntriesByName(`instrument ${id}`).length > 0, id);
      times.push(
        await page.evaluate((id) => performance.getEntriesByName(`instrument ${id}`)[0]?.duration ?? 0, id),
      );
      // Past the moment of rest, in which the URL and the announcement follow: neither may ask or draw anew.
      await page.waitForTimeout(600);
      const after = await page.evaluate(() => ({ ...(window as unknown as Counted).counts }));
      assert.equal(after.pictures - before.pictures, 1, `pictures of ${id} after ${name} = ${value}`);
      const calls = after.calls - before.calls;
      assert.ok(calls >= 1 && calls <= 8, `${calls} calls of ${id} after ${name} = ${value}`);
    }
    const quickest = Math.min(...times);
    console.log(`${id}: a picture after ${quickest.toFixed(1)} ms, the quickest of ${times.length}`);
  }
  await context.close();
});

test("where the engine cannot start the picture stays, and a sentence says why", async () => {
  const { page, context } = await site.open(chapterPath, {
    before: () => {
      window.Worker = class {
        constructor() {
          throw new Error("no workers here");
        }
      } as unknown as typeof Worker;
    },
  });
  const instrument = page.locator("[data-instrument='quantizer']");
  await instrument.scrollIntoViewIfNeeded();
  await instrument.getByRole("alert").filter({ hasText: "no workers here" }).waitFor();
  assert.ok(await instrument.locator("svg").first().isVisible());
  await context.close();
});
