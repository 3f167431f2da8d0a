import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { deadLinks } from "../../../web/press/links.ts";
import { builtEngine } from "./small_volume.ts";

const site = fileURLToPath(new URL("../../../dist", import.meta.url));

/** What the exercise says of a block. */
interface BlockOfExercise {
  format: string;
  heads: number;
  scales: number;
  scaleBits: number;
  codeBits: number;
}

const engine = await builtEngine();

/** Folders of the site that hold scripts and data, no pages. */
const noPages = /^(assets|engine|pagefind|python)\//;

const paths = readdirSync(site, { recursive: true, encoding: "utf8" });
const pages = new Map(
  paths
    .filter((path) => path.endsWith(".html") && !noPages.test(path))
    .map((path) => [path, readFileSync(join(site, path), "utf8")] as const),
);

describe("the built site", () => {
  it("holds the index, the written chapter and the page for unknown addresses", () => {
    assert.deepEqual([...pages.keys()].sort(), ["404.html", "compression/index.html", "index.html"]);
  });

  it("has no dead link, no dead anchor and no id twice", () => assert.deepEqual(deadLinks(site, pages), []));

  it("loads its script, its styles and its fonts from its own files", () => {
    const html = pages.get("compression/index.html") ?? "";
    assert.match(html, /<script type="module" src="\.\.\/assets\/[^"]+\.js">/);
    assert.match(html, /<link rel="stylesheet" href="\.\.\/assets\/[^"]+\.css">/);
    assert.match(
      html,
      /<link rel="preload" as="font" type="font\/woff2" crossorigin="" href="\.\.\/assets\/[^"]+\.woff2">/,
    );
    assert.doesNotMatch(html, /(?:src|<link [^>]*href)="https?:/);
  });

  it("prints the chapter's figures as the engine gives them", () => {
    const text = (pages.get("compression/index.html") ?? "").replaceAll(/<[^>]+>/g, "");
    for (const figure of ["95.7", "0.0857", "140\u00a0GB", "3.5"]) assert.ok(text.includes(figure), figure);
    for (const label of [
      "EQ 7.6 — STRAIGHT-THROUGH ESTIMATOR",
      "EXERCISE 7.10",
      "INSTRUMENT 7.2 — QUANTIZE A WEIGHT TENSOR",
      "INSTRUMENT 7.4 — NUMBER LINE",
      "INSTRUMENT 7.6 — GPTQ, COLUMN BY COLUMN",
      "INSTRUMENT 7.7 — OUTLIER MIGRATION",
      "INSTRUMENT 7.9 — PRUNE",
      "INSTRUMENT 7.10 — KV CACHE",
      "INSTRUMENT 7.11 — BAKE-OFF",
      "LIVE TABLE — EVERY FORMAT, MEASURED",
    ]) {
      assert.ok(text.includes(label), label);
    }
  });

  it("counts the blocks of its exercise as the engine stores them", () => {
    const html = pages.get("compression/index.html") ?? "";
    const [, specification = "{}"] =
      html.match(/data-specification="">(\{"label":"block-bits".*?)<\/script>/) ?? [];
    const { given } = JSON.parse(specification) as { given: [BlockOfExercise[]] };
    for (const { format, heads, scales, scaleBits, codeBits } of given[0]) {
      const { fields, blockSize, bytes } = engine.blockFields({ format });
      assert.equal(blockSize, 256);
      assert.equal(blockSize * codeBits + scales * scaleBits + heads * 16, bytes * 8, format);
      assert.equal(fields.filter(({ count, bits }) => count === 1 && bits === 16).length, heads, format);
    }
  });
});
