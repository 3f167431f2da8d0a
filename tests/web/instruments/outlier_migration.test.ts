import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instrument } from "../../../web/instruments/instrument.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { tensorChoice } from "../../../web/instruments/shared_tensor.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { fullView } from "../../../web/instruments/static.ts";
import { engine } from "./engine.ts";

const { open } = await findInstrument("outlier-migration").load();

/** The instrument after some changes of its first state. */
async function migration(changes: Record<string, unknown> = {}) {
  const instrument: Instrument<Record<string, unknown>, unknown> = await open(engine, engine);
  const view = await fullView(
    instrument,
    changedState(instrument.fields, initialState(instrument.fields), changes),
  );
  const readouts = instrument.readouts(view);
  return {
    errors: Object.fromEntries(readouts.map(({ name, value }) => [name, Number.parseFloat(value)])),
    notes: Object.fromEntries(readouts.map(({ name, note = "" }) => [name, note])),
    rows: instrument.table(view, () => {}).rows,
    caption: instrument.table(view, () => {}).caption,
  };
}

/** A cell of the table as a number; small ones are powers of ten. */
const numbers = (row: readonly string[]) =>
  row.map((cell) =>
    Number(
      cell
        .replaceAll(/[,\u00a0]/g, "")
        .replace("×10", "e")
        .replaceAll(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (sign) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign)] ?? ""),
    ),
  );

test("what a channel's activations lose its weights gain, under either method and any α", async () => {
  for (const method of ["smoothquant", "awq"]) {
    for (const alpha of [0, 0.25, 0.5, 1]) {
      const { rows } = await migration({ method, alpha });
      assert.equal(rows.length, 64);
      for (const row of rows) {
        const [, x = 0, w = 0, s = 0, movedX = 0, movedW = 0] = numbers(row);
        assert.ok(Math.abs((movedX * movedW) / (x * w) - 1) < 0.03, `${method} ${alpha}: ${row.join(" ")}`);
        assert.ok(Math.abs((w * s) / movedW - 1) < 0.02, `${method} ${alpha}: ${row.join(" ")}`);
        if (method === "smoothquant" && alpha === 0.5) assert.ok(Math.abs(movedX / movedW - 1) < 0.01);
      }
    }
  }
});

test("the errors are the engine's on tokens that no method has seen", async () => {
  const { weights, calibration, heldOut } = engine.sampleLayer({
    outputs: 128,
    inputs: 64,
    tokens: 256,
    heldOutTokens: 256,
    heavyTokens: 0,
    channelSpread: 0.3,
    outlierChannels: 0.05,
    outlierLeast: 20,
    outlierMost: 100,
    seed: 7,
  });
  const error = (recipe: Parameters<typeof engine.compressLayer>[1]) => {
    const { outputError } = engine.compressLayer({ weights, calibration, heldOut }, recipe);
    return Number((100 * outputError).toFixed(2));
  };
  assert.deepEqual((await migration({ alpha: 0.4, format: "int3" })).errors, {
    "smoothquant-error": error({ method: "smoothquant", alpha: 0.4 }),
    "plain-error": error({ method: "smoothquant", smooth: false }),
    "llm-int8-error": error({ method: "llm_int8" }),
    "awq-error": error({ method: "awq", format: "int3", group: "row", alpha: 0.4, clip: false }),
    "rounded-error": error({ method: "rtn", format: "int3", group: "row" }),
  });
});

test("both ends of α are worse than the valley, and AWQ without an exponent is plain rounding", async () => {
  const start = await migration({ alpha: 0 });
  assert.equal(start.errors["awq-error"], start.errors["rounded-error"]);
  const end = await migration({ alpha: 1 });
  for (const name of ["smoothquant-error", "awq-error"]) {
    const [, alpha = "", error = ""] = /α ([\d.]+): ([\d.]+)%/.exec(start.notes[name] ?? "") ?? [];
    assert.ok(Number(alpha) > 0 && Number(alpha) < 1, start.notes[name]);
    assert.ok(Number(error) < (start.errors[name] ?? 0) && Number(error) < (end.errors[name] ?? 0));
    assert.equal((await migration({ alpha: Number(alpha) })).errors[name], Number(error));
  }
});

test("the threshold lifts the channels that reach it, and none where there are no outliers", async () => {
  const lifted = async (changes: Record<string, unknown>) =>
    (await migration(changes)).rows.filter((row) => row.at(-1) === "16 bits");
  const loud = await lifted({ threshold: 6 });
  assert.equal(loud.length, 4);
  for (const row of loud) assert.ok((numbers(row)[1] ?? 0) >= 6);
  assert.equal((await lifted({ threshold: 250 })).length, 2);
  assert.equal((await lifted({ threshold: 400 })).length, 0);
  assert.equal((await lifted({ outliers: 0, threshold: 10 })).length, 0);
  const { errors } = await migration({ threshold: 400 });
  assert.ok((errors["llm-int8-error"] ?? 0) > 1.5, "without any column lifted it is plain W8A8");
});

test("one scale for all activations makes the outliers dearer", async () => {
  const [each, one] = [await migration(), await migration({ perTensor: true })];
  assert.ok((one.errors["plain-error"] ?? 0) > 2 * (each.errors["plain-error"] ?? 0));
});

test("the reader's own tensor takes the place of the weights", async () => {
  const own = engine.sampleWeights({
    count: 40 * 100,
    sigma: 1,
    outlierFraction: 0,
    outlierScale: 1,
    seed: 2,
  });
  try {
    tensorChoice.choose({ source: "mine.gguf", weights: own, rows: 40, cols: 100 });
    const { rows } = await migration();
    assert.equal(rows.length, 64);
    const largest = Math.max(...Array.from({ length: 40 }, (_, row) => Math.abs(own[row * 100 + 63] ?? 0)));
    assert.equal(numbers(rows.at(-1) ?? [])[2], Number(largest.toPrecision(3)));
    tensorChoice.choose({ source: "narrow", weights: own, rows: 400, cols: 10 });
    assert.equal((await migration()).rows.length, 10);
  } finally {
    tensorChoice.choose(undefined);
  }
});
