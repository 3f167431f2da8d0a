import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pressText } from "./small_volume.ts";

/** KaTeX's own markup, of which only the TeX is compared. */
const katex =
  /<span class="katex(?:-display)?">.*?<annotation encoding="application\/x-tex">(.*?)<\/annotation>.*?(?=<\/div>|<\/p>)/g;

/** Compares the HTML of a text with an expectation; line breaks and indentation do not count. */
async function becomes(text: string, expected: string): Promise<void> {
  const html = (await pressText(text)).replaceAll("\n", "").replace(katex, "[TeX $1]");
  assert.equal(html, expected.replaceAll(/\n\s*/g, ""));
}

describe("directives and roles become the HTML that the page's scripts and styles know", () => {
  it("section", () =>
    becomes(
      "Before.\n\n(why)=\n## Why *bits*\n\nText.\n\n### Below\n\nMore.",
      `<p>Before.</p>
      <section class="section" id="why">
        <h2 id="why:heading"><a class="anchor" href="#why"><span class="number">1.1</span> Why <em>bits</em></a></h2>
        <p>Text.</p>
        <h3 id="below"><a class="anchor" href="#below">Below</a></h3>
        <p>More.</p>
      </section>`,
    ));

  it("engine role", () =>
    becomes(
      "A model of {engine}`weightMemory(parameters=70e9, format='fp16') | bytes 0`.",
      `<p>A model of <data class="figure" value="140000000000" data-expression="weightMemory(parameters=70e9, format=&#x27;fp16&#x27;)" data-format="bytes 0">140\u00a0GB</data>.</p>`,
    ));

  it("equation", () =>
    becomes(
      ":::{equation} A product\n:label: eq-product\n$$ c = ab $$\n\nIts *caption*.\n:::",
      `<figure class="equation" id="eq-product">
        <div class="equation-label">EQ 1.1 — A PRODUCT</div>
        <div class="equation-body" tabindex="0" role="region" aria-label="Equation 1.1, A product">[TeX c = ab]</div>
        <figcaption><p>Its <em>caption</em>.</p></figcaption>
      </figure>`,
    ));

  it("aside", () => becomes(":::{aside}\nA note.\n:::", '<aside class="sidenote"><p>A note.</p></aside>'));

  it("pattern and next", () =>
    becomes(
      ":::{pattern} Halve it\nHalf.\n:::\n\n:::{next}\nOn.\n:::",
      `<aside class="callout pattern"><p class="callout-label">PATTERN</p><h3>Halve it</h3><p>Half.</p></aside>
      <aside class="callout next"><p class="callout-label">NEXT</p><p>On.</p></aside>`,
    ));

  it("table", () =>
    becomes(
      "| a | b |\n| - | -: |\n| 1 | 2 |",
      `<div class="table-box" tabindex="0" role="region" aria-label="Table"><table>
        <thead><tr><th scope="col">a</th><th style="text-align: right" scope="col">b</th></tr></thead>
        <tbody><tr><td>1</td><td style="text-align: right">2</td></tr></tbody>
      </table></div>`,
    ));

  it("list table with caption and label", () =>
    becomes(
      ":::{list-table} The *widths*\n:label: table-widths\n:header-rows: 1\n\n* - Name\n* - fp16\n:::",
      `<figure class="table-figure" id="table-widths">
        <figcaption class="table-label"><span class="number">TABLE 1.1</span> — The <em>widths</em></figcaption>
        <div class="table-box" tabindex="0" role="region" aria-label="Table 1.1, The widths"><table>
          <thead><tr><th scope="col">Name</th></tr></thead><tbody><tr><td>fp16</td></tr></tbody>
        </table></div>
      </figure>`,
    ));

  it("citations", () =>
    becomes(
      "So [@ada1843, p. 7].\n\nAs {cite:t}`ada1843` says.",
      `<p>So (<a class="reference citation" href="#ref-ada1843" data-preview="ref-ada1843">Lovelace, 1843, p. 7</a>).</p>
      <p>As <a class="reference citation" href="#ref-ada1843" data-preview="ref-ada1843">Lovelace (1843)</a> says.</p>`,
    ));

  it("further reading prints the whole reference", () =>
    becomes(
      ":::{further-reading}\n- [@ada1843] Why.\n:::",
      `<section class="section further-reading" id="further-reading">
        <h2 id="further-reading:heading"><a class="anchor" href="#further-reading">Further reading</a></h2>
        <ul><li><p><span class="work">Lovelace, A. (1843). <cite>Notes</cite>.</span> Why.</p></li></ul>
      </section>`,
    ));

  it("references to the volume, to works elsewhere, and to a label", () =>
    becomes(
      "[](volume:chapter-02)\n\n[more](volume:instrument-99)\n\n[site](https://example.org)\n\n[](#low)\n\n(low)=\n## Low",
      `<p><a href="../index.html#chapter-02" class="reference" data-preview="chapter-02">Chapter 02</a></p>
      <p><a href="../index.html#instrument-99" class="reference" data-preview="instrument-99">more</a></p>
      <p><a href="https://example.org" rel="external">site</a></p>
      <p><a href="#low" class="reference" data-preview="low">§1.1</a></p>
      <section class="section" id="low">
        <h2 id="low:heading"><a class="anchor" href="#low"><span class="number">1.1</span> Low</a></h2>
      </section>`,
    ));

  it("keeps Greek symbols out of an instrument's capitals", async () => {
    const html = await pressText(":::{instrument} dark-knowledge\nThe text.\n:::");
    assert.match(html, /<p class="instrument-subtitle">TEACHER SOFTMAX AT TEMPERATURE τ<\/p>/);
  });

  it("instrument", async () => {
    const html = await pressText(":::{instrument} quantizer\nThe text.\n:::");
    assert.ok(
      html.startsWith(
        '<section class="instrument" id="quantizer" data-instrument="quantizer" aria-labelledby="quantizer-title"><header>' +
          '<p class="instrument-label" id="quantizer-title">INSTRUMENT 7.2 — QUANTIZE A WEIGHT TENSOR</p>' +
          '<p class="instrument-subtitle">8,192 WEIGHTS · GAUSSIAN + OUTLIERS</p></header><div data-instrument-body="">',
      ),
      html.slice(0, 400),
    );
    assert.ok(html.endsWith('</div><div class="instrument-text"><p>The text.</p></div></section>'));
    assert.match(html, /<svg[^>]*\srole="img"[^>]*\saria-label="[^"]+"/);
    assert.match(html, /<output[^>]* data-readout="rms-error"/);
  });

  it("code cell, run at build time", async () => {
    const html = await pressText('```{code-cell} python\n:label: cell-less\nprint(1 < 2, "</script>")\n```');
    assert.ok(
      html.startsWith(
        '<figure class="cell" id="cell-less" data-cell="1"><figcaption class="cell-label">PYTHON · RUNNABLE IN-BROWSER</figcaption>' +
          '<div data-editor=""><pre tabindex="0" role="region" aria-label="Source of cell 1"><code>',
      ),
      html.slice(0, 400),
    );
    assert.match(html, /<div data-cell-controls=""><\/div><div data-output=""><pre[^>]*>True &lt;\/script/);
    const data = /<script type="application\/json" data-source="">(.*?)<\/script>/.exec(html)?.[1] ?? "";
    assert.equal(JSON.parse(data), 'print(1 < 2, "</script>")');
    assert.match(html, /<p class="cell-invitation">Edit the cell/);
  });
});

describe("an exercise", () => {
  const text = `::::{exercise} Double *it*
---
label: double
answer: product(a=factor, b=21)
format: integer
unit: bytes
tolerance: 1%
given:
  - - { factor: 2, name: two }
    - { factor: 3, name: three }
---
What is {given}\`factor\` times 21?

:::{slip} factor
:only: factor=2
That is {given}\`name\`.
:::

:::{hint}
Add.
:::
::::

:::{solution} double
{engine}\`product(a=factor, b=21) | integer\`.
:::`;

  it("holds problem, hint, solution, slips and its specification", () =>
    becomes(
      text,
      `<section class="exercise" id="exercise-double" data-exercise="double" aria-labelledby="exercise-double-title">
        <header><p class="exercise-label">EXERCISE 1.1</p><h3 id="exercise-double-title">Double <em>it</em></h3></header>
        <div data-problem=""><p>What is <data class="figure" value="2" data-expression="factor" data-format="text">2</data> times 21?</p></div>
        <div data-answer=""></div>
        <details data-hint=""><summary>Hint</summary><p>Add.</p></details>
        <details data-solution=""><summary>Worked solution</summary>
          <p><data class="figure" value="42" data-expression="product(a=factor, b=21)" data-format="integer">42</data>.</p>
        </details>
        <template data-slips=""><div data-slip="" data-expression="factor" data-only="factor=2">
          <p>That is <data class="figure" value="two" data-expression="name" data-format="text">two</data>.</p>
        </div></template>
        <script type="application/json" data-specification="">
          {"label":"double","answer":"product(a=factor, b=21)","format":"integer","unit":"bytes","tolerance":"1%","given":[[{"factor":2,"name":"two"},{"factor":3,"name":"three"}]]}
        </script>
      </section>`,
    ));
});
