/**
 * Instrument 7.5 under a reader's hands: files through the real input and by drop, the choice that 7.2 and the landscape
 * follow, the report, the export read back by an independent reader, and files that are broken, large or huge.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Locator, Page } from "playwright-core";
import { chapterPath, distribution, type OpenOptions, type Site, startSite, untroubled } from "./harness.ts";

type Face = typeof import("../../../bindings/compression.ts");

const { createEngine }: Face = await import(pathToFileURL(join(distribution, "engine/compression.js")).href);
const engine = await createEngine();

let site: Site;
let folder: string;
before(async () => {
  site = await startSite();
  folder = await mkdtemp(join(tmpdir(), "weights-"));
});
after(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

function drawn(count: number, seed: number): Float32Array {
  return engine.sampleWeights({ count, sigma: 0.02, outlierFraction: 0.01, outlierScale: 6, seed });
}

/** A small model of the reader's own: matrices, a vector, and a type that no format is made for. */
const ownTensors = [
  { name: "own.up.weight", shape: [64, 512], data: drawn(64 * 512, 1) },
  { name: "own.down.weight", shape: [256, 128], data: drawn(256 * 128, 2), type: "BF16" },
  { name: "own.norm.weight", shape: [512], data: drawn(512, 3) },
];

/** A file on disk. */
async function saved(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function ownFile(): Promise<string> {
  return saved("own.safetensors", engine.writeSafetensors(ownTensors));
}

/** The instrument, alive. */
async function awake(options: OpenOptions = {}) {
  const opened = await site.open(chapterPath, options);
  const instrument = opened.page.locator("[data-instrument='your-weights']");
  await instrument.scrollIntoViewIfNeeded();
  await instrument.locator("instrument-your-weights").waitFor();
  return { ...opened, instrument };
}

/** Chooses files through the input, and waits until their list is there. */
async function choose(instrument: Locator, ...paths: string[]): Promise<void> {
  await instrument.locator("[data-control='file']").setInputFiles(paths);
}

function names(instrument: Locator): Promise<string[]> {
  return instrument
    .locator("[data-tensor]")
    .evaluateAll((buttons) => buttons.map((button) => (button as HTMLElement).dataset.tensor ?? ""));
}

async function listed(instrument: Locator, name: string): Promise<void> {
  await instrument.locator(`[data-tensor="${name}"]`).waitFor();
}

async function ended(instrument: Locator, job: "report" | "export", words: RegExp): Promise<void> {
  await instrument
    .locator(`[data-progress-words='${job}']`)
    .filter({ hasText: words })
    .waitFor({ timeout: 120_000 });
}

/** Leaves one format in the report. */
async function onlyFormat(instrument: Locator, id: string): Promise<void> {
  await instrument.locator(".instrument-more summary").click();
  for (const tick of await instrument.locator("[data-control='report-format']").all()) {
    await tick.setChecked((await tick.getAttribute("value")) === id);
  }
}

/** What a reader that knows nothing of the engine finds in a file. */
function readBack(path: string) {
  const script = resolve(import.meta.dirname, "read_model_file.py");
  const text = execFileSync("/usr/bin/python3", ["-B", script, path], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(text) as {
    kind: string;
    metadata: Record<string, unknown>;
    tensors: Record<string, { shape: number[]; type: string; values: string }>;
  };
}

function hexadecimal(values: Float32Array): string {
  const first = Float32Array.from(values.subarray(0, 256));
  return Buffer.from(first.buffer).toString("hex");
}

/** Downloads in place of the browser's dialogue for a place on disk. */
const withoutPicker = () => {
  Reflect.deleteProperty(window, "showSaveFilePicker");
};

/** A real file that is written piece by piece, in the browser's own file system, in place of one from the dialogue. */
const withPrivateFiles = () => {
  Reflect.set(window, "showSaveFilePicker", async ({ suggestedName }: { suggestedName: string }) =>
    (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }),
  );
};

test("the sample is there at once: its tensors, their histograms, and no request beyond the page's own", async () => {
  const { context, instrument, troubles } = await awake();
  assert.equal(await instrument.locator("[data-readout='tensors']").innerText(), "21");
  await listed(instrument, "model.embed_tokens.weight");
  await instrument.locator(".sparkline").nth(11).waitFor();
  await instrument.getByText("Nothing leaves your machine", { exact: true }).waitFor();
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("a file through the input: its list, and a choice that Instrument 7.2 and the landscape follow", async () => {
  const { page, context, instrument, troubles } = await awake();
  await choose(instrument, await ownFile());
  await listed(instrument, "own.up.weight");
  assert.deepEqual((await names(instrument)).toSorted(), ownTensors.map(({ name }) => name).toSorted());
  await instrument.locator('[data-tensor="own.up.weight"]').click();
  await instrument.locator('[data-tensor="own.up.weight"][aria-pressed="true"]').waitFor();

  const quantizer = page.locator("[data-instrument='quantizer']");
  await quantizer.scrollIntoViewIfNeeded();
  await quantizer.locator("[data-source]", { hasText: "own.up.weight of own.safetensors" }).waitFor();
  const { rmse } = engine.roundTrip(ownTensors[0]?.data ?? [], { format: "int4", cols: 512 });
  assert.equal(await quantizer.locator("[data-readout='rms-error']").innerText(), rmse.toFixed(6));
  const landscape = page.locator("[data-instrument='landscape']");
  await landscape.scrollIntoViewIfNeeded();
  await landscape.locator("[data-source]", { hasText: "own.up.weight of own.safetensors" }).waitFor();

  await quantizer.getByRole("button", { name: "Back to the sample" }).click();
  await instrument.locator('[data-tensor="own.up.weight"][aria-pressed="false"]').waitFor();
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("a file that is dropped", async () => {
  const { context, instrument } = await awake();
  const bytes = Buffer.from(await readFile(await ownFile())).toString("base64");
  const area = instrument.locator("[data-drop]");
  const drag = (type: string) =>
    area.evaluate(
      (element, { type, bytes }) => {
        const data = new DataTransfer();
        const decoded = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
        data.items.add(new File([decoded], "dropped.safetensors"));
        element.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        return "over" in (element as HTMLElement).dataset;
      },
      { type, bytes },
    );
  assert.equal(await drag("dragover"), true, "the area shows that it takes the file");
  assert.equal(await drag("drop"), false);
  await listed(instrument, "own.down.weight");
  assert.match(await instrument.locator(".readout-note").first().innerText(), /dropped\.safetensors/);
  await context.close();
});

test("the report: the engine's own figures, as a table and as CSV", async () => {
  const { context, instrument, page } = await awake();
  await choose(instrument, await ownFile());
  await listed(instrument, "own.up.weight");
  await onlyFormat(instrument, "int4");
  await instrument.locator("[data-action='measure']").click();
  await ended(instrument, "report", /2 of 2 tensors, done/);
  const { sqnrDb } = engine.roundTrip(ownTensors[0]?.data ?? [], { format: "int4", group: 64, cols: 512 });
  const row = instrument.locator("[data-report='tensors'] tr", { hasText: "own.up.weight" });
  assert.equal(await row.locator("td").innerText(), sqnrDb.toFixed(1));
  await instrument.getByText("1 tensor stays in floating point").waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    instrument.locator("[data-action='save-csv']").click(),
  ]);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  assert.equal(lines.length, 3);
  assert.ok(
    lines.some(
      (line) =>
        line.startsWith(`own.up.weight,64x512,F32,32768,32768,int4,`) && line.includes(String(sqnrDb)),
    ),
  );
  await context.close();
});

test("a report is cancelled at once, the list stays, and the next report runs", async () => {
  const { context, instrument } = await awake();
  await instrument.locator("[data-control='extent']").selectOption("whole");
  await instrument.locator(".instrument-more summary").click();
  for (const tick of await instrument.locator("[data-control='report-format']").all()) await tick.check();
  await instrument.locator("[data-action='measure']").click();
  await instrument.locator("[data-action='cancel-report']:not([disabled])").click();
  await ended(instrument, "report", /cancelled/);
  assert.equal(await instrument.locator("[data-readout='tensors']").innerText(), "21");
  for (const tick of await instrument.locator("[data-control='report-format']").all()) {
    await tick.setChecked((await tick.getAttribute("value")) === "int8");
  }
  await instrument.locator("[data-action='measure']").click();
  await ended(instrument, "report", /16 of 16 tensors, done/);
  await context.close();
});

test("with the network gone: a file is opened, measured and exported, and nothing is asked for", async () => {
  const { context, instrument, page, troubles } = await awake({ before: withoutPicker });
  // Long work has a worker of its own, whose script is part of the page; it is started before the network goes.
  await onlyFormat(instrument, "int4");
  await instrument.locator("[data-action='measure']").click();
  await ended(instrument, "report", /done/);
  const asked: string[] = [];
  await context.route(/^http/, (route) => route.abort());
  context.on("request", (request) => {
    if (!request.url().startsWith("blob:")) asked.push(request.url());
  });

  await choose(instrument, await ownFile());
  await listed(instrument, "own.up.weight");
  await instrument.locator('[data-tensor="own.up.weight"]').click();
  await instrument.locator("[data-action='measure']").click();
  await ended(instrument, "report", /done/);
  await instrument.locator("[data-control='container']").selectOption("safetensors");
  await instrument.locator("[data-control='export-format']").selectOption("int4");
  await instrument.locator("[data-control='stored-type']").selectOption("F32");
  await instrument.locator("[data-readout='export-size']").waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    instrument.locator("[data-action='export']:not([disabled])").click(),
  ]);
  assert.equal(download.suggestedFilename(), "own-int4.safetensors");
  const path = join(folder, "own-int4.safetensors");
  await download.saveAs(path);
  assert.deepEqual(asked, []);
  assert.ok(untroubled(troubles), JSON.stringify(troubles));

  const found = readBack(path);
  assert.deepEqual(Object.keys(found.tensors).toSorted(), ownTensors.map(({ name }) => name).toSorted());
  const { dequantized } = engine.roundTrip(ownTensors[0]?.data ?? [], {
    format: "int4",
    group: 64,
    cols: 512,
  });
  const { values, type, shape } = found.tensors["own.up.weight"] ?? {};
  assert.deepEqual([type, shape], ["F32", [64, 512]]);
  assert.equal(values, hexadecimal(dequantized));
  await context.close();
});

test("the sample becomes GGUF, written to disk piece by piece, as an independent reader finds it", async () => {
  const { context, instrument, page } = await awake({ before: withPrivateFiles });
  await instrument.locator("[data-control='mixture']").selectOption("q4_k");
  await instrument.getByText("It is written to disk piece by piece.").waitFor();
  const planned = await instrument.locator("[data-readout='export-size']").innerText();
  await instrument.locator("[data-action='export']:not([disabled])").click();
  await ended(instrument, "export", /is saved/);
  const name = "sample-llama-2-layers-q4_k.gguf";
  const bytes = await page.evaluate(async (name) => {
    const file = await (await (await navigator.storage.getDirectory()).getFileHandle(name)).getFile();
    return btoa(
      Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""),
    );
  }, name);
  const path = await saved(name, Buffer.from(bytes, "base64"));
  const size = (await readFile(path)).length;
  assert.equal(planned.replace("\u00a0", " "), `${(size / 1e6).toFixed(1)} MB`);

  const found = readBack(path);
  assert.equal(found.metadata["general.architecture"], "llama");
  assert.equal(found.metadata["llama.block_count"], 2);
  const down = found.tensors["blk.0.ffn_down.weight"];
  assert.deepEqual([down?.type, down?.shape], ["Q4_K", [256, 768]]);
  const own = await engine.openTensorFile(await readFile(path));
  assert.equal(down?.values, hexadecimal(await own.read("blk.0.ffn_down.weight", { from: 0, count: 1 })));
  assert.equal(found.tensors["output_norm.weight"]?.type, "F32");

  await instrument.locator("[data-action='open-result']").click();
  await listed(instrument, "blk.0.ffn_down.weight");
  await instrument.locator(".readout-note", { hasText: "GGUF, version 3" }).waitFor();
  await context.close();
});

test("files that are broken are named with the rule they break; the one before stays, and the page lives on", async () => {
  const { context, instrument, troubles } = await awake();
  await choose(instrument, await ownFile());
  await listed(instrument, "own.up.weight");
  const whole = await readFile(await ownFile());
  const header = (json: string) => {
    const bytes = Buffer.alloc(8 + json.length);
    bytes.writeBigUInt64LE(BigInt(json.length));
    bytes.write(json, 8);
    return bytes;
  };
  const cases: [string, Uint8Array, RegExp][] = [
    ["cut.safetensors", whole.subarray(0, whole.length - 9), /^cut\.safetensors: /],
    ["short.safetensors", whole.subarray(0, 5), /^short\.safetensors: /],
    ["letter.gguf", Buffer.from("Dear reader, this is no model."), /^letter\.gguf: /],
    [
      "counts.gguf",
      Buffer.concat([Buffer.from("GGUF\x03\0\0\0"), Buffer.alloc(16, 0x7f)]),
      /^counts\.gguf: /,
    ],
    [
      "type.safetensors",
      header('{"w":{"dtype":"Q9","shape":[0],"data_offsets":[0,0]}}'),
      /type\.safetensors: .*Q9/,
    ],
    ["noise.safetensors", randomBytes(4096), /^noise\.safetensors: /],
  ];
  for (const [name, bytes, words] of cases) {
    await choose(instrument, await saved(name, bytes));
    await instrument.locator("[data-file-failure]").filter({ hasText: words }).waitFor();
    await listed(instrument, "own.up.weight");
  }
  await choose(instrument, await ownFile());
  await instrument.locator("[data-file-failure]").waitFor({ state: "hidden" });
  assert.ok(untroubled(troubles), JSON.stringify(troubles));
  await context.close();
});

test("the keyboard alone filters, turns pages, chooses, measures", async () => {
  const { context, instrument, page } = await awake();
  await instrument.locator("[data-control='file']").focus();
  assert.equal(
    await instrument.locator("[data-control='file']:focus").count(),
    1,
    "the input takes the focus",
  );
  const filter = instrument.locator("[data-control='filter']");
  await filter.focus();
  await page.keyboard.type("layers.1");
  await page.waitForFunction(() => !document.querySelector("[data-tensor*='layers.0']"));
  await page.waitForFunction(() => location.hash === "#your-weights?filter=layers.1");
  await instrument.locator("[data-tensor='model.layers.1.mlp.up_proj.weight']").press("Enter");
  await instrument
    .locator("[data-tensor='model.layers.1.mlp.up_proj.weight'][aria-pressed='true']")
    .waitFor();
  await instrument.getByRole("button", { name: "Reset" }).press("Enter");
  await listed(instrument, "model.embed_tokens.weight");
  await instrument.locator("[data-action='next']").press("Enter");
  await instrument.getByText("Page 2 of 2").waitFor();
  await instrument.locator(".instrument-more summary").press("Enter");
  await instrument.locator("[data-control='report-format'][value='int2']").press("Space");
  await instrument.locator("[data-action='measure']").press("Enter");
  await ended(instrument, "report", /done/);
  await instrument.locator("[data-report='totals'] tr", { hasText: "INT2" }).waitFor();
  await context.close();
});

test("a hundred thousand tensors: a list of pages, and a page that answers", async () => {
  const count = 100_000;
  const entries = Array.from({ length: count }, (_, index) => {
    return `"layer.${index}.w":{"dtype":"F32","shape":[1,2],"data_offsets":[${8 * index},${8 * index + 8}]}`;
  });
  const json = Buffer.from(`{${entries.join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = await saved("many.safetensors", Buffer.concat([length, json, Buffer.alloc(8 * count)]));
  const { context, instrument } = await awake();
  await choose(instrument, path);
  await listed(instrument, "layer.0.w");
  assert.equal(await instrument.locator("[data-readout='tensors']").innerText(), "100,000");
  assert.equal(await instrument.locator("[data-tensor]").count(), 12);
  assert.ok((await instrument.locator("*").count()) < 1500, "the page holds what it shows");
  await instrument.locator("[data-control='filter']").fill("layer.99999.");
  await listed(instrument, "layer.99999.w");
  await context.close();
});

/** The most memory that the page's process has had, in bytes. */
async function peakMemory(page: Page): Promise<number> {
  const session = await site.browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const peaks = await Promise.all(
    processInfo
      .filter(({ type }) => type === "renderer")
      .map(async ({ id }) => {
        const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
        return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
      }),
  );
  assert.ok(!page.isClosed());
  return Math.max(...peaks);
}

/** A file of 3 GB: one matrix, nearly all of it a hole on the disk, with some rows drawn. */
async function hugeFile(): Promise<string> {
  const [rows, cols] = [49_152, 32_768];
  const size = rows * cols * 2;
  const json = JSON.stringify({
    "huge.weight": { dtype: "F16", shape: [rows, cols], data_offsets: [0, size] },
  });
  const head = Buffer.alloc(8 + json.length);
  head.writeBigUInt64LE(BigInt(json.length));
  head.write(json, 8);
  const path = join(folder, "huge.safetensors");
  const file = await open(path, "w");
  await file.truncate(head.length + size);
  await file.write(head, 0, head.length, 0);
  const { bytes } = engine.pack(drawn(cols, 7), { format: "fp16" });
  for (let row = 0; row < rows; row += rows / 64)
    await file.write(bytes, 0, bytes.length, head.length + row * cols * 2);
  await file.close();
  return path;
}

test("a file of 3 GB is listed, chosen from and measured within 600 MB of the page's memory", async () => {
  const path = await hugeFile();
  const { context, instrument, page } = await awake();
  await choose(instrument, path);
  await listed(instrument, "huge.weight");
  assert.equal(
    (await instrument.locator("[data-readout='file-size']").innerText()).replace("\u00a0", " "),
    "3.2 GB",
  );
  await instrument.locator(".sparkline-note").waitFor();
  await instrument.locator("[data-tensor='huge.weight']").click();
  await instrument.locator("[data-tensor='huge.weight'][aria-pressed='true']").waitFor();
  await onlyFormat(instrument, "int4");
  await instrument.locator("[data-action='measure']").click();
  await ended(instrument, "report", /1 of 1 tensors, done/);
  // Every weight: a fifth of the file is enough to see that what is read is let go.
  await instrument.locator("[data-control='extent']").selectOption("whole");
  await instrument.locator("[data-action='measure']").click();
  await page.waitForFunction(
    () => {
      const bar = document.querySelector<HTMLProgressElement>("[data-progress='report']");
      return bar !== null && bar.max > 1e9 && bar.value > bar.max / 5;
    },
    undefined,
    { timeout: 120_000 },
  );
  await instrument.locator("[data-action='cancel-report']").click();
  await ended(instrument, "report", /cancelled/);
  const peak = await peakMemory(page);
  console.log(`3 GB file: the page's process peaked at ${(peak / 1e6).toFixed(0)} MB`);
  assert.ok(peak > 50e6 && peak < 600e6, `${peak} bytes`);
  await context.close();
});
