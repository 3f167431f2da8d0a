import assert from "node:assert/strict";
import { test } from "node:test";
import { highlightPython } from "../../../web/python/highlight.ts";

test("keywords, numbers, strings, calls and comments have their classes", () => {
  const html = highlightPython('for i in range(3):  # thrice\n    print("a<b", i)\n');
  for (const span of [
    '<span class="code-keyword">for</span>',
    '<span class="code-call">range</span>',
    '<span class="code-number">3</span>',
    '<span class="code-comment"># thrice</span>',
    '<span class="code-string">&quot;a&lt;b&quot;</span>',
  ]) {
    assert.ok(html.includes(span), `${span} in ${html}`);
  }
});

test("the text is the source, whatever it holds", () => {
  for (const source of ["", "x = 1", "def f(:\n\n\tbroken ' & <b>\n", "é = 'ü'  # ☕\n"]) {
    const text = highlightPython(source)
      .replace(/<\/?span[^>]*>/g, "")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");
    assert.equal(text, source);
  }
});
