import assert from "node:assert/strict";
import { test } from "node:test";
import type { Matrix } from "../../../bindings/engine.ts";
import type { Instrument, InstrumentEngine } from "../../../web/instruments/instrument.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { tensorChoice } from "../../../web/instruments/shared_tensor.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { fullView } from "../../../web/instruments/static.ts";
import type { View } from "../../../web/instruments/two_bits.ts";
import type { State } from "../../../web/instruments/two_bits_controls.ts";
import { benchOn } from "../../../web/instruments/two_bits_layer.ts";
import { engine } from "./engine.ts";

const { load } = findInstrument("two-bits");
const instrument: Instrument<State, View> = await (await load()).open(engine, engine);

const stateOf = (changes: Partial<State>) =>
  changedState(instrument.fields, initialState(instrument.fields), changes);

const readingsOf = (view: View) =>
  Object.fromEntries(instrument.readouts(view).map(({ name, value }) => [name, value]));

async function shown(changes: Partial<State> = {}) {
  const view = await fullView(instrument, stateOf(changes));
  return { view, readings: readingsOf(view) };
}

const first = await shown();

test("what is lost is what the formats lose of the same weights", () => {
  const { layer, fits } = first.view;
  const { data, rows, cols } = layer.weights.given;
  const e8p = engine.roundTrip(data, { format: "e8p", rows, cols });
  assert.ok(Math.abs((fits.turned.e8p?.sqnrDb ?? 0) - e8p.sqnrDb) < 1e-3);
  const aqlm = engine.roundTrip(data, { format: "aqlm", rows, cols });
  assert.equal(fits.given.aqlm?.sqnrDb, aqlm.sqnrDb);
  const int2 = engine.roundTrip(data, { format: "int2", group: 64, rows, cols });
  assert.equal(layer.rounded.given.sqnrDb, int2.sqnrDb);
  assert.equal(first.readings.distortion, `${(100 * (fits.turned.e8p?.distortion ?? 0)).toFixed(1)}%`);
  assert.equal(first.readings["bits-per-weight"], e8p.bitsPerWeight.toFixed(2));
});

test("the turned weights are those that QuIP# rounds", () => {
  const { weights } = first.view.layer;
  const { calibration } = engine.sampleLayer({ outputs: 1, inputs: 256, tokens: 300 });
  const { trace } = engine.compressLayer(
    { weights: weights.given, calibration },
    { method: "quip", steps: true, tuningPasses: 0 },
  );
  const turned = trace.turned ?? new Float64Array();
  const scale = first.view.layer.rms / engine.statistics(turned).rms;
  for (const [i, value] of weights.turned.data.entries()) {
    assert.ok(Math.abs(value - (turned[i] ?? 0) * scale) < 1e-6);
  }
  assert.equal(first.view.layer.tails.given.peak, trace.peak?.[0]);
});

test("turning makes the weights Gaussian; then E8P is ahead of the levels, and both are behind the bound", () => {
  const { layer, fits, bound } = first.view;
  assert.ok(layer.tails.given.kurtosis > 10);
  assert.ok(Math.abs(layer.tails.turned.kurtosis - 3) < 0.1);
  const lost = (side: "given" | "turned", id: "scalar" | "e8p" | "aqlm") =>
    fits[side][id]?.distortion ?? Number.NaN;
  assert.ok(Math.abs(lost("turned", "scalar") - 0.1175) < 0.002);
  assert.ok(Math.abs(lost("turned", "e8p") - 0.0912) < 0.002);
  assert.equal(bound.distortion, 0.0625);
  assert.ok(lost("given", "e8p") > 2 * lost("turned", "e8p"));
  assert.ok(lost("given", "aqlm") < lost("turned", "aqlm"), "AQLM learns outliers");
});

test("without outliers there is nothing to turn away", async () => {
  const { view } = await shown({ outliers: 0 });
  const { given, turned } = view.fits;
  assert.ok(Math.abs((given.e8p?.distortion ?? 0) - (turned.e8p?.distortion ?? 1)) < 0.002);
});

test("the plane shows the chosen codebook and the followed code; its coordinates always differ", async () => {
  const { view } = await shown({ codebook: "scalar", across: 3, up: 3, vector: 7, row: 2 });
  assert.deepEqual(view.axes, { across: 2, up: 3 });
  assert.equal(view.chosen?.plane.places.rows, 16);
  const fit = view.fits.turned.e8p;
  assert.ok(fit);
  const { chosen } = first.view;
  const through = chosen?.fit.codes[2] ?? 0;
  const plane = engine.codebookPlane({ codebook: "e8p", across: 0, up: 1, through });
  assert.deepEqual(chosen?.plane, plane);
});

test("AQLM waits for its codebook, and its figures follow", async () => {
  const fresh = await (await load()).open(engine, engine);
  const view: View = await fresh.compute(stateOf({ codebook: "aqlm", turned: false }));
  assert.equal(readingsOf(view).distortion, "…");
  const fuller: View | undefined = await fresh.refine?.(view);
  assert.ok(fuller?.chosen);
  assert.equal(fuller.chosen.fit, fuller.fits.given.aqlm, "the chosen side is learned first");
  const bits = fuller.chosen.fit.bitsPerWeight;
  assert.equal(fuller.chosen.gapDb, 20 * Math.log10(2) * bits - fuller.chosen.fit.sqnrDb);
});

test("of the layers that wait to be learned only the latest is", async () => {
  const asked: unknown[] = [];
  const background = {
    ...engine,
    fitCodebook: async (options: Parameters<typeof engine.fitCodebook>[0]) => {
      asked.push(options.weights);
      return engine.fitCodebook({ ...options, codebook: "scalar" });
    },
  };
  const bench = benchOn(engine, background as InstrumentEngine);
  const layers = await Promise.all(
    [1, 2, 3].map((seed) => bench.draw({ outliers: 0, outlierScale: 1, seed })),
  );
  const [first, second, third] = layers as [Matrix, Matrix, Matrix];
  await Promise.all([first, second, first, third, third].map((weights) => bench.learn(weights)));
  await bench.learn(first);
  assert.deepEqual(asked, [first, third]);
  assert.deepEqual(
    layers.map((weights) => bench.learned(weights) !== undefined),
    [true, false, true],
  );
});

test("a refusal while learning reaches who asked", async () => {
  const background = { ...engine, fitCodebook: () => Promise.reject(new Error("out of reach")) };
  const bench = benchOn(engine, background as unknown as InstrumentEngine);
  await assert.rejects(bench.learn({ rows: 1, cols: 8, data: new Float32Array(8) }), /out of reach/);
});

test("the reader's own tensor takes the place of the sample, of whatever shape", async () => {
  for (const [rows, cols] of [
    [300, 300],
    [3, 13],
  ] as const) {
    const weights = Float32Array.from(engine.random({ seed: 1, count: rows * cols, distribution: "random" }));
    tensorChoice.choose({ source: "own.weight", weights, rows, cols });
    try {
      const { view } = await shown({ row: 200, vector: 30 });
      const { given, turned } = view.layer.weights;
      assert.deepEqual([given.rows, given.cols], [Math.min(rows, 256), Math.min(cols, 256)]);
      assert.equal(turned.cols, Math.ceil(given.cols / 8) * 8);
      assert.ok(view.isOwn && view.cell.row < given.rows && view.cell.column < view.vectors);
      for (const picture of instrument.pictures(view, { width: 320, change: () => {} })) {
        assert.doesNotMatch(picture.description, /NaN|undefined/);
      }
    } finally {
      tensorChoice.choose(undefined);
    }
  }
});

test("zeros lose nothing", async () => {
  tensorChoice.choose({ source: "zeros", weights: new Float32Array(64), rows: 8, cols: 8 });
  try {
    const { readings } = await shown();
    assert.deepEqual([readings.distortion, readings.peak], ["0.0%", "0.0"]);
  } finally {
    tensorChoice.choose(undefined);
  }
});
