import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { deadLinks } from "../../../web/press/links.ts";
import { pressVolume } from "../../../web/press/press.ts";
import { indexForSearch } from "../../../web/press/search.ts";
import { realApparatus } from "./small_volume.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const pages = await pressVolume(path("../../fixtures/volume"), await realApparatus(), {
  styles: [],
  fonts: [],
});
const page = (name: string) => pages.get(name) ?? assert.fail(`no page ${name}`);
const measures = page("measures/index.html");

const site = mkdtempSync(join(tmpdir(), "site-"));
cpSync(path("../../../web/press/assets"), site, { recursive: true });
after(() => rmSync(site, { recursive: true }));

/** The text of every element that a pattern finds, without its tags. */
function texts(html: string, pattern: RegExp): string[] {
  return [...html.matchAll(pattern)].map((match) => (match[1] ?? "").replaceAll(/<[^>]+>/g, ""));
}

describe("a small volume", () => {
  it("becomes a page for each written chapter, an index and a page for unknown addresses", () => {
    assert.deepEqual(
      [...pages.keys()],
      ["index.html", "measures/index.html", "grids/index.html", "404.html"],
    );
  });

  it("has no dead link, no dead anchor and no id twice", () => assert.deepEqual(deadLinks(site, pages), []));

  it("numbers what can be referred to, and references by those numbers", () => {
    const references = texts(measures, /<a [^>]*class="reference"[^>]*>(.*?)<\/a>/g);
    assert.deepEqual(references, [
      "EQ 1.1",
      "A grid of four",
      "the table",
      "Cell 1",
      "Exercise 1.1",
      "Instrument 7.2",
      "§2.1",
      "Chapter 03",
      "Instrument 99",
      "EQ 1.1",
      "the grid",
      "Chapter 02",
    ]);
    assert.match(measures, /<a href="#table-widths" [^>]*>the table<\/a>/);
    assert.match(measures, /<span class="number">TABLE 1\.1<\/span> — Widths/);
    assert.match(
      page("grids/index.html"),
      /<a href="\.\.\/measures\/index\.html#grid-of-four" [^>]*>A grid of four<\/a>/,
    );
  });

  it("asks the engine for its figures, in the standfirst too", () => {
    assert.deepEqual(texts(measures, /<data class="figure"[^>]*>(.*?)<\/data>/g), [
      "16",
      "4\u00a0B",
      "2",
      "2",
      "a dozen and nine",
      "2",
      "21",
      "42",
    ]);
    assert.match(measures, /<p class="standfirst">A <em>byte<\/em> is eight bits, and <data/);
    assert.match(measures, /<meta name="description" content="A byte is eight bits, and 16 bits are two\.">/);
  });

  it("lists cited works once, and tells works of one name and year apart", () => {
    const works = texts(measures, /<li id="ref-[^"]*">(.*?)<\/li>/g);
    assert.deepEqual(works, [
      "Lovelace, A. &#x26; Menabrea, L. F. (1843). Notes on the Analytical Engine. Small Press Quarterly, 1–60.",
      "Society for Small Numbers (2001a). A Yearbook of Gödel Numbers &#x26; Others.",
      "Society for Small Numbers (2001b). Another Yearbook.",
    ]);
    assert.match(
      measures,
      />Society for Small Numbers, 2001a<\/a>; <a [^>]*>Society for Small Numbers, 2001b<\/a>\)/,
    );
  });

  it("runs the cells and draws the instruments", () => {
    assert.match(measures, /<p class="cell-caption">Cell 1\. A sum &#x26; its parts<\/p>/);
    assert.match(measures, /<div data-output="">.*1 &lt; 2 3/s);
    assert.match(measures, /<section class="instrument" id="quantizer".*<svg/s);
  });

  it("frames a chapter with its place in the volume", () => {
    assert.match(measures, /<p class="running-title">AI \/\/ ENCYCLOPEDIA \/ VOL IX \/ 01 \/ MEASURES<\/p>/);
    assert.match(measures, /<a href="\.\.\/grids\/index\.html" rel="next">NEXT: GRIDS →<\/a>/);
    assert.match(measures, /<p class="kicker">CHAPTER 01 \/ 3<\/p><h1>Measures<\/h1>/);
    assert.match(measures, /<dt>INSTRUMENTS<\/dt><dd><a href="#quantizer">QUANTIZER<\/a><\/dd>/);
    assert.deepEqual(texts(measures, /<li><a href="#[^"]*">(.*?)<\/a><\/li>/g), [
      "1.1 Bytes &#x26; bits",
      "1.2 What is left",
      "Further reading",
      "References",
    ]);
    assert.match(
      page("grids/index.html"),
      /<dt>BUILDS ON<\/dt><dd>CH <a href="\.\.\/measures\/index\.html"[^>]*>01<\/a><\/dd>/,
    );
    const links = texts(page("grids/index.html"), /<a [^>]*rel="(?:prev|next)"[^>]*>(.*?)<\/a>/g);
    assert.deepEqual(links, ["NEXT: OUTLOOK →", "← PREVIOUS 01 Measures", "NEXT → · FORTHCOMING 03 Outlook"]);
  });

  it("says without scripts what is missing", () => {
    assert.match(measures, /<noscript><p class="notice">JavaScript is off\./);
  });

  it("lists written and forthcoming chapters, and what else is announced, in the index", () => {
    const index = page("index.html");
    assert.match(
      index,
      /<li id="chapter-01" class="entry">.*?<a href="measures\/index\.html">Measures<\/a>.*?READ/,
    );
    assert.match(
      index,
      /<li id="chapter-03" class="entry forthcoming">.*?<h3>Outlook<\/h3><p>What comes after; the reader’s choice\.<\/p>.*?FORTHCOMING/,
    );
    assert.match(
      index,
      /<li id="instrument-99" class="entry forthcoming">.*?Instrument 99: Sundial.*?Comes with Chapter 03, Outlook\./,
    );
  });

  it("names one edition on every page, which changes with the content and the scripts", async () => {
    const editions = [...pages.values()].map(
      (html) => /<meta name="edition" content="([0-9a-f]{12})">/.exec(html)?.[1],
    );
    assert.equal(new Set(editions).size, 1);
    assert.ok(editions[0]);
    const assets = { script: "assets/main-1.js", styles: ["assets/main-1.css"], fonts: ["assets/a.woff2"] };
    const other = await pressVolume(path("../../fixtures/volume"), await realApparatus(), assets);
    assert.doesNotMatch(other.get("index.html") ?? "", new RegExp(editions[0]));
    assert.match(
      other.get("grids/index.html") ?? "",
      /<link rel="preload" as="font" type="font\/woff2" crossorigin="" href="\.\.\/assets\/a\.woff2"><link rel="stylesheet" href="\.\.\/assets\/main-1\.css">.*<script type="module" src="\.\.\/assets\/main-1\.js"><\/script><\/head>/,
    );
  });

  it("can be searched by section", async () => {
    assert.equal(await indexForSearch(site, pages), 2);
    const folder = join(site, "pagefind/fragment");
    const fragments = readdirSync(folder).map((file) => {
      const text = gunzipSync(readFileSync(join(folder, file))).toString();
      return JSON.parse(text.slice(text.indexOf("{")));
    });
    const found = fragments.find(({ url }) => url === "/measures/");
    const headings = found.anchors.filter(({ element }: { element: string }) => /^h\d$/.test(element));
    assert.deepEqual(
      headings.map(({ id }: { id: string }) => id),
      [
        "bytes:heading",
        "a-smaller-heading",
        "what-is-left:heading",
        "exercise-double-title",
        "grid-of-four",
        "further-reading:heading",
        "references:heading",
      ],
    );
    assert.doesNotMatch(found.content, /That is the number itself|JavaScript is off|annotation|\\cdot/);
  });
});

describe("the page for unknown addresses", () => {
  it("works at any depth: it loads nothing, and the index is one of the places it offers", () => {
    const html = page("404.html");
    assert.doesNotMatch(html, /<script|rel="stylesheet"/);
    const links = [...html.matchAll(/<li><a href="([^"]*)">/g)].map((match) => match[1] ?? "");
    for (const missing of ["typo.html", "compresion/", "measures/extra/page.html"]) {
      const places = links.map(
        (link) => new URL(link, `https://host.example/any/sub/path/${missing}`).pathname,
      );
      assert.ok(places.includes("/any/sub/path/index.html"), `${missing}: ${places.join(", ")}`);
    }
  });
});

describe("the link checker", () => {
  it("finds files and anchors that are missing, and ids that stand twice", () => {
    const broken = new Map([
      [
        "index.html",
        '<p id="a"></p><a href="one/index.html#b">1</a><a href="two.html">2</a><img src="no.png">',
      ],
      ["one/index.html", '<i id="c"></i><i id="c"></i><a href="../index.html#a">ok</a><a href="#d">3</a>'],
      ["404.html", '<a href="../../index.html">somewhere</a>'],
    ]);
    assert.deepEqual(deadLinks(site, broken), [
      "index.html: the link 'one/index.html#b' leads to no anchor",
      "index.html: the link 'two.html' leads to no file",
      "index.html: the link 'no.png' leads to no file",
      "one/index.html: the id 'c' stands twice",
      "one/index.html: the link '#d' leads to no anchor",
    ]);
  });
});
