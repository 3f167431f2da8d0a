import assert from "node:assert/strict";
import { test } from "node:test";
import type { Recipe } from "../../../bindings/engine.ts";
import { runsOf } from "../../../web/instruments/bake_off/contenders.ts";
import { Oven } from "../../../web/instruments/bake_off/oven.ts";
import type { Instrument, InstrumentEngine } from "../../../web/instruments/instrument.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { fullView } from "../../../web/instruments/static.ts";
import { engine } from "./engine.ts";

const { open } = await findInstrument("bake-off").load();

/** The layer that the first state draws. */
const { weights, calibration, heldOut } = engine.sampleLayer({
  outputs: 256,
  inputs: 512,
  tokens: 1024,
  heldOutTokens: 512,
  seed: 1,
});

/** The table of the bake-off after some changes of its first state. */
async function bakeOff(changes: Record<string, unknown>) {
  const instrument: Instrument<Record<string, unknown>, unknown> = await open(engine, engine);
  const state = changedState(instrument.fields, initialState(instrument.fields), changes);
  const view = await fullView(instrument, state);
  const asked: Record<string, unknown>[] = [];
  const { rows, order } = instrument.table(view, (entries) => asked.push(entries));
  const readings = Object.fromEntries(instrument.readouts(view).map(({ name, value }) => [name, value]));
  return { rows, order, asked, readings };
}

test("every run is the engine's answer on the layer", async () => {
  const { rows } = await bakeOff({
    methods: ["rtn", "gptq", "awq-gptq", "sparsegpt"],
    bits: ["3"],
    group: "64",
  });
  const recipes: Record<string, Recipe> = {
    "Round to nearest 3": { method: "rtn" },
    "GPTQ 3": { method: "gptq" },
    "AWQ + GPTQ 3": { method: "gptq", scaleInputs: true },
    "SparseGPT 2:4 3": { method: "sparsegpt", pattern: "2:4" },
  };
  assert.equal(rows.length, 4);
  for (const [name = "", target, bits, error] of rows) {
    const recipe = recipes[name.replace(" ◆", "")];
    assert.ok(recipe, name);
    const answer = engine.compressLayer(
      { weights, calibration, heldOut },
      { ...recipe, format: "int3", group: 64 },
    );
    assert.equal(target, "INT3, a scale for 64 weights");
    assert.equal(bits, answer.bitsPerWeight.toFixed(3));
    assert.equal(error, `${(100 * answer.outputError).toFixed(2)}%`);
  }
});

test("methods meet on formats of blocks too, where they have a way onto them", async () => {
  const { rows } = await bakeOff({
    methods: ["rtn", "gptq", "gptq-order", "sparsegpt", "quip"],
    bits: [],
    formats: ["nf4", "mxfp4", "q4_k"],
  });
  const recipes: Record<string, Recipe> = {
    "Round to nearest": { method: "rtn" },
    GPTQ: { method: "gptq" },
    "GPTQ, act-order": { method: "gptq", activationOrder: true, staticGroups: true },
  };
  const errors = new Map(rows.map(([name = "", , , error = ""]) => [name.replace(" ◆", ""), error]));
  assert.equal(rows.length, 10, "SparseGPT has none, QuIP# its own codebook");
  for (const [name, recipe] of Object.entries(recipes)) {
    for (const format of ["nf4", "mxfp4", "q4_k"]) {
      const answer = engine.compressLayer({ weights, calibration, heldOut }, { ...recipe, format });
      assert.equal(
        errors.get(`${name} ${format.toUpperCase()}`),
        `${(100 * answer.outputError).toFixed(2)}%`,
      );
    }
  }
  const bits = (target: string) => rows.find(([, of]) => of?.startsWith(target))?.[2];
  assert.deepEqual([bits("NF4"), bits("MXFP4"), bits("Q4_K")], ["4.500", "4.250", "4.500"]);
});

test("the frontier is what no other beats in both, and the heads order", async () => {
  const { rows, order, asked, readings } = await bakeOff({
    sort: "bits",
    seed: 3,
    methods: ["rtn", "awq", "quip"],
  });
  const points = rows.map((row) => ({
    isBest: row[0]?.endsWith("◆"),
    bits: Number(row[2]),
    error: Number.parseFloat(row[3] ?? ""),
  }));
  assert.equal(points.length, 7);
  for (const one of points) {
    const isBeaten = points.some(
      (other) => other !== one && other.bits <= one.bits && other.error <= one.error,
    );
    assert.equal(one.isBest, !isBeaten, JSON.stringify(one));
  }
  assert.equal(readings.frontier, String(points.filter(({ isBest }) => isBest).length));
  assert.deepEqual(
    points.map(({ bits }) => bits),
    points.map(({ bits }) => bits).toSorted((one, other) => one - other),
  );
  order?.sort(3);
  order?.mark(0);
  assert.deepEqual(asked, [{ sort: "error", descending: false }, { marked: "quip" }]);
});

test("without a method there is nothing to run, and that is said in numbers", async () => {
  const { rows, order, readings } = await bakeOff({ methods: [] });
  assert.deepEqual(rows, []);
  assert.equal(order?.marked, -1);
  assert.equal(readings.measured, "0 of 0");
});

/** Engines that answer when they are told to, and what they were asked. */
function slowEngines(count: number) {
  const asked: { engine: number; recipe: Recipe; answer(): void; refuse(message: string): void }[] = [];
  const ended: number[] = [];
  const engines = Array.from({ length: count }, (_, index) => ({
    compressLayer: (_layer: unknown, recipe: Recipe) =>
      new Promise((resolve, reject) => {
        const answer = { bitsPerWeight: 4, outputError: 0.1, calibrationError: 0.1 };
        asked.push({
          engine: index,
          recipe,
          answer: () => resolve(answer),
          refuse: (message) => reject(new Error(message)),
        });
      }),
    terminate: () => ended.push(index),
  })) as unknown as InstrumentEngine[];
  return { engines, asked, ended };
}

const one = { rows: 1, cols: 1, data: [1] };
const layer = { weights: one, calibration: one, source: "one weight" };
const runs = runsOf({ methods: ["rtn", "gptq"], bits: ["3", "4"], formats: [], group: "row", grid: "int" });

test("every engine has one run at a time, what is known is not run again, a refusal is an outcome", async () => {
  const { engines, asked, ended } = slowEngines(2);
  const oven = new Oven(engines);
  const first = oven.advance(layer, runs);
  assert.deepEqual(
    asked.map(({ engine, recipe }) => `${engine} ${recipe.method} ${recipe.format}`),
    ["0 rtn int3", "1 rtn int4"],
  );
  asked[1]?.refuse("too wide");
  await first;
  const [waiting, refused] = [runs[0], runs[1]].map((run) => run && oven.outcomeOf(layer, run));
  assert.equal(waiting, undefined);
  assert.deepEqual(refused, { refusal: "too wide" });
  const second = oven.advance(layer, runs);
  assert.equal(asked.length, 3);
  assert.equal(asked[2]?.engine, 1);
  asked[0]?.answer();
  await second;
  const third = oven.advance(layer, runs);
  assert.equal(asked.length, 4);
  asked[2]?.answer();
  asked[3]?.answer();
  await third;
  await oven.advance(layer, runs);
  assert.equal(oven.advance(layer, runs), undefined);
  assert.equal(asked.length, 4);
  assert.deepEqual([...new Set(ended)].toSorted(), [0, 1], "workers without work give their memory back");
});

test("what is stopped has no outcome and is run anew when work goes on", async () => {
  const { engines, asked, ended } = slowEngines(1);
  const oven = new Oven(engines);
  let changes = 0;
  const end = oven.subscribe(() => changes++);
  const under = oven.advance(layer, runs.slice(0, 1));
  oven.stop();
  assert.deepEqual([ended, changes, oven.isStopped], [[0], 1, true]);
  asked[0]?.refuse("the engine was stopped before it answered");
  await under;
  assert.equal(runs[0] && oven.outcomeOf(layer, runs[0]), undefined);
  assert.equal(oven.advance(layer, runs), undefined, "stopped");
  oven.resume();
  end();
  const again = oven.advance(layer, runs.slice(0, 1));
  asked[1]?.answer();
  await again;
  assert.ok(runs[0] && oven.outcomeOf(layer, runs[0]));
  oven.stop();
  assert.equal(changes, 2, "nobody listens any more");
});
