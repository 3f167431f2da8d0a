/**
 * Times the same tasks natively, in WebAssembly, in plain JavaScript and in NumPy, all in one run: the contenders take
 * turns in each round, so that a machine that slows down slows them all; the median of the rounds counts.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/setup/paths.mjs";
import { output, run } from "../../tools/setup/process.mjs";

const rounds = 5;
const count = 2 ** 20;
const python = "/usr/bin/python3";
const folder = join(root, "build/bench");
const weightsFile = join(folder, "weights.bin");

const nativeOptions = ["--benchmark_format=json", "--benchmark_min_time=0.2"];

/** @typedef {{ name: string, command: string[] }} Contender */

/** @type {Contender[]} */
const contenders = [
  { name: "native", command: [join(root, "build/native/tests/bench/engine_bench")] },
  {
    name: "WASM SIMD",
    command: [process.execPath, join(root, "build/wasm-simd/tests/bench/engine_bench.cjs")],
  },
  {
    name: "WASM scalar",
    command: [process.execPath, join(root, "build/wasm-scalar/tests/bench/engine_bench.cjs")],
  },
  { name: "JavaScript", command: [process.execPath, join(root, "tests/bench/javascript.mjs")] },
  { name: "NumPy", command: [python, join(root, "tests/bench/numpy_bench.py")] },
];

/** What each contender's task moves through memory, in bytes per weight. */
const tasks = [
  { name: "absmax", title: "absmax", bytes: 4, probe: "read_probe" },
  { name: "round_trip", title: "INT4 group-64 round trip", bytes: 8, probe: "copy_probe" },
  { name: "pack", title: "INT4 group-64 pack", bytes: 4.625, probe: "read_probe" },
  { name: "unpack", title: "INT4 group-64 unpack", bytes: 4.625, probe: "read_probe" },
  { name: "read_probe", title: "memory-bandwidth probe: read", bytes: 4 },
  { name: "copy_probe", title: "memory-bandwidth probe: copy", bytes: 8 },
];

/** @param {string} name */
const resultFile = (name) => join(folder, `${name.replaceAll(" ", "-")}.bin`);

/**
 * Runs one contender once.
 * @param {Contender} contender
 * @returns {{ architecture: string, absmax: number, times: Map<string, number> }}
 */
function measure({ name, command: [program, ...args] }) {
  const options = name === "native" ? nativeOptions : [];
  const text = output(program, [...args, weightsFile, resultFile(name), ...options]);
  if (text === null) throw new Error(`The benchmark ${name} failed.`);
  const { context, benchmarks } = JSON.parse(text);
  const rows = /** @type {{ name: string, real_time: number, cpu_time?: number }[]} */ (benchmarks);
  // Google Benchmark averages over calls: its processor time leaves out what else ran meanwhile.
  const times = new Map(rows.map((row) => [row.name, row.cpu_time ?? row.real_time]));
  return { architecture: context.architecture, absmax: Number(context.absmax), times };
}

/** @param {string} file */
function floats(file) {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/**
 * Everyone must have computed the same before anyone is compared.
 * @param {{ name: string, absmax: number }[]} results
 */
function requireEqualResults([first, ...others]) {
  const expected = floats(resultFile(first.name));
  for (const { name, absmax } of others) {
    if (absmax !== first.absmax)
      throw new Error(`absmax is ${absmax} for ${name}, ${first.absmax} for ${first.name}`);
    const found = floats(resultFile(name));
    const differing = found.findIndex((value, i) => value !== expected[i]);
    if (found.length !== count || differing !== -1) {
      throw new Error(`The round trips of ${name} and ${first.name} differ at weight ${differing}.`);
    }
  }
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

mkdirSync(folder, { recursive: true });
const sample = `import numpy; numpy.random.default_rng(0).normal(0, 0.02, ${count}).astype("f4").tofile("${weightsFile}")`;
await run(python, ["-c", sample]);

const firstRound = contenders.map((contender) => ({ ...contender, ...measure(contender) }));
requireEqualResults(firstRound);
const measured = firstRound.map((contender) => ({ ...contender, rounds: [contender.times] }));
for (let round = 1; round < rounds; round++) {
  for (const contender of measured) contender.rounds.push(measure(contender).times);
}

const size = (count * 4) / 2 ** 20;
process.stdout.write(
  `${count.toLocaleString("en")} weights (${size} MiB of float32), median of ${rounds} rounds\n`,
);
for (const { name, title, bytes, probe } of tasks) {
  const rows = measured
    .filter(({ times }) => times.has(name))
    .map((contender) => {
      const time = (/** @type {string} */ task) =>
        median(contender.rounds.map((times) => times.get(task) ?? Number.NaN));
      return { label: `${contender.name} (${contender.architecture})`, name: contender.name, time };
    });
  const of = (/** @type {string} */ other) => rows.find((row) => row.name === other)?.time(name);
  process.stdout.write(`\n${title}\n${" ".repeat(26)}M weights/s     GB/s`);
  process.stdout.write(probe ? "  × JavaScript  × NumPy  of the probe\n" : "\n");
  for (const { label, time } of rows) {
    const own = time(name);
    const ratio = (/** @type {number | undefined} */ base, digits = 2) =>
      base ? (base / own).toFixed(digits) : "–";
    const columns = [(count / own) * 1000, (count * bytes) / own];
    let line = label.padEnd(26) + columns[0].toFixed(0).padStart(11) + columns[1].toFixed(1).padStart(9);
    if (probe) {
      const ofProbe = time(probe) ? `${((100 * time(probe)) / own).toFixed(0)}%` : "–";
      line += ratio(of("JavaScript")).padStart(14) + ratio(of("NumPy")).padStart(9) + ofProbe.padStart(14);
    }
    process.stdout.write(`${line}\n`);
  }
}
