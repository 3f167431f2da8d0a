/** The chapter as a reader without JavaScript, without a network beyond the page, or below a sub-path meets it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chapterPath, type Site, startSite, untroubled } from "./harness.ts";

const sections = [
  ["7.1", "Why bits are speed"],
  ["7.2", "Distillation: small model, big teacher"],
  ["7.3", "Quantization fundamentals"],
  ["7.4", "Post-training quantization: the methods that matter"],
  ["7.5", "Quantization-aware training"],
  ["7.6", "Pruning & structured sparsity"],
];

const equations = [
  "EQ 7.1 — THE DECODE SPEED-OF-LIGHT",
  "EQ 7.2 — DISTILLATION LOSS (HINTON 2015)",
  "EQ 7.3 — SYMMETRIC UNIFORM QUANTIZATION",
  "EQ 7.4 — LAYER-WISE OBJECTIVE",
  "EQ 7.5 — ACTIVATION-AWARE SCALING",
  "EQ 7.6 — STRAIGHT-THROUGH ESTIMATOR",
];

let site: Site;
before(async () => {
  site = await startSite({ basePath: "/library/volume-two/" });
});
after(() => site.close());

test("every section, equation, exercise, instrument and cell reads with JavaScript off", async () => {
  const { page, troubles } = await site.open(chapterPath, { javaScriptEnabled: false });
  assert.equal(await page.locator("h1").innerText(), "Compression");
  for (const [number, title] of sections) {
    const heading = page.locator("h2", { hasText: title });
    assert.match(await heading.innerText(), new RegExp(`^${number}`), title);
  }
  const labels = await page.locator(".equation-label").allInnerTexts();
  for (const equation of equations) {
    assert.ok(
      labels.some((label) => label.replace(/\s+/g, " ").toUpperCase().includes(equation)),
      `${equation} among ${labels.join(" | ")}`,
    );
  }
  assert.equal((await page.locator(".equation .katex").count()) >= equations.length, true);
  assert.equal(await page.locator("[data-exercise]").count(), 10);
  for (const id of [
    "dark-knowledge",
    "quantizer",
    "speed-of-light",
    "number-line",
    "landscape",
    "gptq-steps",
    "prune",
    "outlier-migration",
    "two-bits",
    "bake-off",
    "kv-cache",
  ]) {
    const instrument = page.locator(`[data-instrument="${id}"]`);
    assert.ok(await instrument.locator("svg").first().isVisible(), `${id} has a static picture`);
    assert.ok((await instrument.locator("[data-readout]").count()) > 0, `${id} prints its readouts`);
  }
  const output = await page.locator("[data-cell='1'] [data-output]").innerText();
  for (const entropy of ["0.458", "1.294", "2.217", "2.476"]) assert.ok(output.includes(entropy), entropy);
  assert.ok(
    await page.locator("[data-cell='1'] [data-output] svg").isVisible(),
    "the curve of cell 1 is drawn",
  );
  assert.match(await page.locator("[data-cell='2'] [data-output]").innerText(), /0\.012749.*0\.003323/s);
  assert.match(await page.locator("noscript").first().innerText(), /JavaScript/);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
});

test("a worked solution unfolds without JavaScript and carries the engine's figure", async () => {
  const { page } = await site.open(chapterPath, { javaScriptEnabled: false });
  const solution = page.locator("[data-exercise='decode-ceiling'] [data-solution]");
  await solution.locator("summary").click();
  assert.match(await solution.innerText(), /95\.7/);
});

test("every link of every page leads somewhere, anchors included", async () => {
  const { page } = await site.open("");
  const seen = new Map<string, Set<string>>();
  const pending = [site.address];
  const wanted: [from: string, href: string][] = [];
  while (pending.length > 0) {
    const address = pending.pop() as string;
    if (seen.has(address)) continue;
    const response = await page.goto(address);
    assert.equal(response?.status(), 200, address);
    seen.set(
      address,
      new Set(await page.$$eval("[id]", (elements) => elements.map((element) => element.id))),
    );
    for (const href of await page.$$eval("a[href]", (links) =>
      links.map((link) => (link as HTMLAnchorElement).href),
    )) {
      const url = new URL(href);
      if (url.origin !== new URL(site.address).origin) continue;
      wanted.push([address, href]);
      if (!seen.has(url.origin + url.pathname)) pending.push(url.origin + url.pathname);
    }
  }
  for (const [from, href] of wanted) {
    const url = new URL(href);
    const anchor = decodeURIComponent(url.hash.slice(1).split("?")[0]);
    const anchors = seen.get(url.origin + url.pathname);
    assert.ok(anchors, `${href} from ${from}`);
    assert.ok(anchor === "" || anchors.has(anchor), `${href} from ${from}`);
  }
  assert.ok(seen.size >= 2, "the index and the chapter");
});

test("the index lists ten chapters and says which are forthcoming", async () => {
  const { page } = await site.open("");
  const chapters = page.locator("[id^='chapter-']");
  assert.equal(await chapters.count(), 10);
  assert.match(await page.locator("#chapter-08").innerText(), /forthcoming/i);
  assert.doesNotMatch(await page.locator("#chapter-07").innerText(), /forthcoming/i);
});

test("an unknown address shows a page from which the index can be reached", async () => {
  const { page } = await site.open("no/such");
  const links = await page
    .locator("main a")
    .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
  const reached = await Promise.all(links.map(async (link) => [(await fetch(link)).status, link] as const));
  assert.ok(
    reached.some(([status, link]) => status === 200 && link === `${site.address}index.html`),
    JSON.stringify(reached),
  );
});

test("nothing scrolls sideways from 320 px (1280 px at 400 %) to 4K, and back", async () => {
  const { page, context } = await site.open(chapterPath, { viewport: { width: 320, height: 800 } });
  for (const island of await page.locator("[data-instrument], [data-cell]").all()) {
    await island.scrollIntoViewIfNeeded();
  }
  await page.locator("[data-instrument] fieldset:enabled").last().waitFor();
  for (const width of [320, 360, 390, 768, 1440, 3840, 390]) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = await page.evaluate(async () => {
      // Pictures are drawn anew in the frame after they learn of their width.
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      return document.documentElement.scrollWidth - document.documentElement.clientWidth;
    });
    assert.equal(overflow, 0, `${width} px`);
  }
  await context.close();
});

test("labels in capitals leave Greek letters as they are: τ in capitals would read as a T", async () => {
  const { page, context } = await site.open(chapterPath);
  const { symbols, raised } = await page.evaluate(() => {
    const words = document.evaluate("//main//text()", document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
    const symbols = Array.from(
      { length: words.snapshotLength },
      (_, index) => words.snapshotItem(index) as Text,
    )
      .filter((text) => /\p{Script=Greek}/u.test(text.data) && text.parentElement?.closest("script") === null)
      .map((text) => text.parentElement as HTMLElement);
    const raised = symbols.filter((element) => getComputedStyle(element).textTransform === "uppercase");
    return { symbols: symbols.length, raised: raised.map((element) => element.textContent) };
  });
  assert.ok(symbols > 50, `${symbols} texts with Greek letters`);
  assert.deepEqual(raised, []);
  await context.close();
});

test("printing shows solutions and cells", async () => {
  const { page } = await site.open(chapterPath);
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator("[data-exercise='decode-ceiling'] [data-solution] p").first().isVisible());
  assert.ok(await page.locator("[data-cell='2'] [data-output]").isVisible());
  assert.ok(!(await page.locator(".running-head nav").isVisible()));
});
