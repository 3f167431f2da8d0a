import assert from "node:assert/strict";
import { test } from "node:test";
import { outputLimits } from "../../../web/python/bounded_output.ts";
import { runCells } from "../../../web/python/build_time.ts";
import { engine, programs, run } from "./python.ts";

function program(name: string): string {
  const found = programs.find((candidate) => candidate.name === name);
  assert.ok(found, `programs.json has "${name}"`);
  return found.source;
}

test("the chapter's first cell prints NumPy's entropies", () => {
  const { text, finished } = run(program("cell of the chapter: temperature"));
  assert.ok(finished);
  assert.deepEqual(
    [...text.matchAll(/H=([\d.]+)/g)].map((match) => match[1]),
    ["0.458", "1.294", "2.217", "2.476"],
  );
});

test("the chapter's second cell prints NumPy's table", () => {
  const rows = run(program("cell of the chapter: groups")).text.trim().split("\n").slice(1);
  const figures = rows.map((row) => row.trim().split(/\s+/));
  assert.deepEqual(figures, [
    ["8", "0.000711", "0.000178"],
    ["4", "0.012749", "0.003323"],
    ["3", "0.019724", "0.007157"],
    ["2", "0.020689", "0.015271"],
  ]);
});

test("every run has a namespace of its own", () => {
  run("leftover = 1");
  assert.match(run("print(leftover)").text, /NameError: name 'leftover' is not defined/);
});

test("every run prints with NumPy's own options", () => {
  run("import numpy as np\nnp.set_printoptions(precision=3)");
  assert.equal(run("import numpy as np\nprint(np.array([1 / 3]))").text, "[0.33333333]\n");
});

test("a traceback names the reader's lines and nothing beneath them", () => {
  const { text, finished } = run(
    "import numpy as np\n\ndef add(a):\n    return a + np.ones(4)\n\nadd(np.ones(3))\n",
  );
  assert.equal(finished, false);
  assert.match(
    text,
    /^Traceback \(most recent call last\):\n {2}File "<cell 1>", line 6, in <module>\n {4}add\(np\.ones\(3\)\)/,
  );
  assert.match(text, /File "<cell 1>", line 4, in add/);
  assert.match(text, /ValueError: operands could not be broadcast together with shapes \(3,\) \(4,\)/);
  assert.doesNotMatch(text, /encyclopedia|pyodide|_ufuncs|cells\.py/);
  assert.equal(text.match(/File /g)?.length, 2);
});

test("a syntax error shows its line", () => {
  assert.match(
    run("x = 1\nif x\n    print(x)\n").text,
    /File "<cell 1>", line 2\n {4}if x\n.*\nSyntaxError: expected ':'/,
  );
});

test("chained errors keep to the reader's lines too", () => {
  const { text } = run(
    "import numpy as np\ntry:\n    np.arange(3)[9]\nexcept IndexError as e:\n    raise KeyError('k') from e\n",
  );
  assert.match(text, /index 9 is out of bounds/);
  assert.match(text, /direct cause/);
  assert.doesNotMatch(text, /_indexing/);
});

test("input explains itself, a missing package says what is there", () => {
  assert.match(run("input('name?')").text, /input\(\) cannot ask here/);
  assert.match(
    run("import pandas").text,
    /No module named 'pandas'\nThis page has Python's standard library, numpy and compression/,
  );
});

test("a name that the face lacks says so", () => {
  assert.match(
    run("import numpy as np\nnp.busday_count").text,
    /AttributeError: numpy\.busday_count is not in this page's NumPy/,
  );
});

test("deep recursion and too much memory end in errors, and Python goes on", () => {
  assert.match(run("def f(): return f()\nf()").text, /RecursionError/);
  assert.match(run("import numpy as np\nnp.zeros(10**11)").text, /MemoryError: Unable to allocate 745 GiB/);
  assert.equal(run("print(1 + 1)").text, "2\n");
});

test("output is bounded in lines and in characters, with a note", () => {
  const lines = run("for i in range(100_000): print(i)").text.trimEnd().split("\n");
  assert.equal(lines.length, outputLimits.lines + 1);
  assert.match(lines.at(-1) ?? "", /Output ends here/);
  const long = run("print('x' * 10**6)").text;
  assert.ok(long.length < outputLimits.characters + 200);
  assert.match(long, /Output ends here/);
});

test("output within the bounds is untouched", () => {
  assert.equal(
    run("import sys\nprint('a', end='')\nprint('b', file=sys.stderr)\nprint('<&>')").text,
    "ab\n<&>\n",
  );
});

test("sys.exit ends a cell without an error", () => {
  assert.equal(run("import sys\nprint(1)\nsys.exit()\nprint(2)").finished, true);
});

test("plot_xy draws an image with a description and a table", () => {
  const { outputHtml } = run("plot_xy([1, 2, 5], [0.5, float('nan'), 2], xlabel='τ <b>', title='Curve')");
  assert.match(
    outputHtml,
    /<svg [^>]*role="img" aria-labelledby="cell-1-chart-1-title cell-1-chart-1-description"/,
  );
  assert.match(outputHtml, /<title id="cell-1-chart-1-title">Curve<\/title>/);
  assert.match(outputHtml, /A line through 2 points: τ &lt;b&gt; from 1 to 5/);
  assert.match(outputHtml, /<td>2<\/td><td>not finite<\/td>/);
  assert.doesNotMatch(outputHtml, /<b>|NaN/);
});

test("plot_xy can be imported and refuses what it cannot draw", () => {
  assert.ok(run("from plotting import plot_xy\nplot_xy(range(3), range(3))").finished);
  assert.match(run("plot_xy([1, 2], [1])").text, /ValueError: plot_xy needs as many x as y: got 2 and 1/);
  assert.match(run("plot_xy([], [])").text, /ValueError: plot_xy needs at least one point/);
});

test("runCells gives each cell its printed text and its chart as HTML", async () => {
  const [first, second] = await runCells(["print('1 < 2')", "plot_xy([1, 2], [3, 4])"], engine);
  assert.equal(
    first.outputHtml,
    '<pre tabindex="0" role="region" aria-label="Output of cell 1">1 &lt; 2\n</pre>',
  );
  assert.match(second.outputHtml, /^<div data-plot><figure class="cell-chart"><svg /);
});
