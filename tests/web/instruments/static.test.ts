import assert from "node:assert/strict";
import { test } from "node:test";
import { instruments } from "../../../web/instruments/registry.ts";
import { renderStatic } from "../../../web/instruments/static.ts";
import { engine } from "./engine.ts";

const pages = new Map<string, string>();
for (const { id } of instruments) pages.set(id, await renderStatic(id, engine));

function pageOf(id: string): string {
  return pages.get(id) ?? "";
}

/** The texts of all elements with a class, inside the pictures of one width. */
function textsOf(id: string, className: string, width = 720): string[] {
  const [, pictures = ""] = pageOf(id).split(`data-width="${width}"`);
  const [own = ""] = pictures.split("data-width");
  return [...own.matchAll(new RegExp(`class="${className}"[^>]*>([^<]*)<`, "g"))].map(
    ([, text = ""]) => text,
  );
}

/** The rows of the data table, cell by cell. */
function tableOf(id: string): string[][] {
  const [, body = ""] = pageOf(id).split("<tbody>");
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>([^<]*)</g)].map(([, cell = ""]) => cell),
  );
}

for (const { id } of instruments) {
  test(`${id}: the static page holds pictures, readouts and data, and no trace of the renderer`, () => {
    const page = pageOf(id);
    assert.doesNotMatch(page, /<!--|<\?|lit\$|undefined|NaN|\[object/);
    for (const width of [720, 320]) {
      assert.match(
        page,
        new RegExp(`data-width="${width}"[\\s\\S]*<svg class="chart" viewBox="0 0 ${width} `),
      );
    }
    for (const [, text = ""] of page.matchAll(/<output[^>]*>([^<]*)</g)) assert.match(text, /\d/);
    assert.match(page, /<(?:details class="instrument-data"|div class="instrument-data instrument-table")>/);
    assert.ok(tableOf(id).length > 0);
  });

  test(`${id}: every picture says in words what it shows, every control has a name and a hook`, () => {
    const page = pageOf(id);
    for (const [svg] of page.matchAll(/<svg[^>]*>/g))
      assert.match(svg, /role="img"\s+aria-label="[^"]{20,}"/);
    for (const [control] of page.matchAll(/<(?:input|select)[^>]*>/g))
      assert.match(control, /data-control="/);
    assert.doesNotMatch(page, /<fieldset class="instrument-controls"\s*>/, "controls wait for the page");
    const displayed = page.replaceAll(/<template data-controls>.*?<\/template>/gs, "");
    assert.doesNotMatch(
      displayed,
      /<(?:input|select|fieldset|textarea)/,
      "browsers look at no control of it",
    );
  });

  test(`${id}: nothing but coordinates within the picture`, () => {
    for (const [, width, height, content = ""] of pageOf(id).matchAll(
      /<svg[^>]*width="(\d+)" height="(\d+)"[^>]*>(.*?)<\/svg>/gs,
    )) {
      for (const [, axis, value] of content.matchAll(/ (x1|x2|y1|y2|x|y)="([^"]*)"/g)) {
        const bound = Number(axis?.startsWith("x") ? width : height);
        assert.ok(Number(value) >= 0 && Number(value) <= bound, `${axis} = ${value} of ${bound}`);
      }
    }
  });
}

test("quantizer: the waiting controls show the first state", () => {
  const page = pageOf("quantizer");
  const chosen = [...page.matchAll(/<option\s+value="([^"]*)"\s+selected/g)].map(([, value]) => value);
  assert.deepEqual(chosen, ["int4", "64", "fp16", "8192"]);
  const checked = [...page.matchAll(/<input type="checkbox" data-control="([^"]*)"\s+checked/g)];
  assert.deepEqual(
    checked.map(([, name]) => name),
    ["log"],
  );
  assert.match(page, /data-control="seed"[^>]*\svalue="0"/);
});

test("dark-knowledge: the table says what the bars say", () => {
  const rows = tableOf("dark-knowledge");
  assert.deepEqual(
    textsOf("dark-knowledge", "row-label"),
    rows.map(([name]) => name),
  );
  assert.deepEqual(
    textsOf("dark-knowledge", "row-value"),
    rows.map(([, , soft]) => soft),
  );
});

test("quantizer: the table has a row for every bar, and all weights", () => {
  const rows = tableOf("quantizer");
  const count = (column: number) =>
    rows.reduce((sum, row) => sum + Number((row[column] ?? "").replaceAll(",", "")), 0);
  assert.deepEqual([count(2), count(3)], [8192, 8192]);
  const [, path = ""] = pageOf("quantizer").match(/class="area-survives" d="([^"]*)"/) ?? [];
  assert.equal(path.split("M").length - 1, rows.filter((row) => row[3] !== "0").length);
});

test("speed-of-light: the table says what the ladder says", () => {
  const rows = tableOf("speed-of-light");
  assert.deepEqual(
    textsOf("speed-of-light", "row-value"),
    rows.map(([, , ceiling]) => ceiling),
  );
  assert.deepEqual(
    textsOf("speed-of-light", "row-note").map((text) => text.split(" ")[0]),
    rows.map((row) => row[4]),
  );
});

test("an instrument that does not exist is named", async () => {
  await assert.rejects(renderStatic("crystal-ball", engine), /there is no instrument 'crystal-ball'/);
});

test("landscape: the table printed at build holds every format, measured, the nearest to the bound first", () => {
  const rows = tableOf("landscape");
  assert.deepEqual(
    rows.map(([name]) => name).toSorted(),
    engine
      .formats()
      .map(({ name }) => name)
      .toSorted(),
  );
  const gaps = rows
    .map((row) => Number((row[5] ?? "").replace("−", "-")))
    .filter((gap) => !Number.isNaN(gap));
  assert.ok(gaps.length > rows.length / 2);
  assert.deepEqual(
    gaps,
    gaps.toSorted((one, other) => one - other),
  );
  assert.doesNotMatch(pageOf("landscape"), /…</, "nothing waits to be measured");
});
