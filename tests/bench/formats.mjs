/**
 * `formats.mjs [ID …]`: times every number format, or those named, natively and in WebAssembly under node and in Chromium. The
 * contenders take turns in each round; the median of the rounds counts.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../tools/serve.mjs";
import { root } from "../../tools/setup/paths.mjs";
import { output } from "../../tools/setup/process.mjs";

const rounds = 3;
const wanted = process.argv.slice(2);
const module = "tests/bench/format_bench.mjs";

/**
 * @typedef {{ id: string, bytes: string, weights: string, same: boolean, bits: number, pack: number, fake: number, unpack: number }} Row
 * @typedef {{ architecture: string, formats: Row[], read: number, copy: number }} Report speeds in M weights per second
 * @typedef {{ name: string, run: () => Promise<string> | string }} Contender
 */

/**
 * @param {string} program
 * @param {string[]} args
 */
function outputOf(program, args) {
  const text = output(program, args);
  if (text === null) throw new Error(`${program} failed: a round trip differs from packing and unpacking.`);
  return text;
}

/** Runs the module in node (a process of its own, as cold as the others) or in a page. */
const call = (/** @type {string} */ url) =>
  `let text = ""; const { default: start } = await import(${JSON.stringify(url)});
   await start({ arguments: ${JSON.stringify(wanted)}, print: (line) => { text += line; } });`;

/** @param {"wasm-simd" | "wasm-scalar"} preset */
function inNode(preset) {
  const script = `${call(pathToFileURL(join(root, "build", preset, module)).href)} console.log(text);`;
  return outputOf(process.execPath, ["--input-type=module", "--eval", script]);
}

const executable = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path !== undefined && existsSync(path),
);

/** A page of a fresh Chromium on a server of this machine. @param {string} address */
async function inChromium(address) {
  const browser = await chromium.launch({
    executablePath: executable,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${address}tests/bench/`);
    return await page.evaluate(`(async () => { ${call(`${address}${module}`)} return text; })()`);
  } finally {
    await browser.close();
  }
}

const server = await serve({ root: join(root, "build/wasm-simd"), port: 0 });

/** @type {Contender[]} */
const contenders = [
  { name: "native", run: () => outputOf(join(root, "build/native/tests/bench/format_bench"), wanted) },
  { name: "WASM SIMD, node", run: () => inNode("wasm-simd") },
  { name: "WASM scalar, node", run: () => inNode("wasm-scalar") },
];
if (executable !== undefined) {
  contenders.splice(2, 0, { name: "WASM SIMD, Chromium", run: () => inChromium(server.url) });
}

/** Everyone must have packed the same bytes before anyone is compared. @param {Report[]} reports */
function requireEqualResults([first, ...others]) {
  for (const [i, { id, bytes, weights }] of first.formats.entries()) {
    for (const { formats } of others) {
      if (formats[i].bytes !== bytes || formats[i].weights !== weights)
        throw new Error(`${id} differs between the builds.`);
    }
  }
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const reports = contenders.map(() => /** @type {Report[]} */ ([]));
try {
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) reports[i].push(JSON.parse(await contender.run()));
  }
} finally {
  await server.close();
}
requireEqualResults(reports.flat());

const width = 22;
const line = (/** @type {string} */ label, /** @type {string[]} */ columns) =>
  process.stdout.write(`${label.padEnd(14)}${columns.map((column) => column.padStart(width)).join("")}\n`);
/** The median over a contender's rounds, without a fraction. */
const figure = (/** @type {Report[]} */ own, /** @type {(report: Report) => number} */ of) =>
  median(own.map(of)).toFixed(0);

process.stdout.write(
  `4 MiB of float32, M weights/s: pack, fake round trip, unpack; median of ${rounds} rounds\n`,
);
line(
  "",
  contenders.map(({ name }) => name),
);
for (const [i, { id }] of reports[0][0].formats.entries()) {
  const columns = reports.map((own) =>
    [
      figure(own, ({ formats }) => formats[i].pack),
      figure(own, ({ formats }) => formats[i].fake),
      figure(own, ({ formats }) => formats[i].unpack),
    ]
      .map((speed) => speed.padStart(6))
      .join(" "),
  );
  line(id, columns);
}
line(
  "read probe",
  reports.map((own) => figure(own, ({ read }) => read)),
);
line(
  "copy probe",
  reports.map((own) => figure(own, ({ copy }) => copy)),
);
