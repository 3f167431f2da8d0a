import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFigure } from "../../../web/figures/format.ts";
import type { Instrument } from "../../../web/instruments/instrument.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { engine } from "./engine.ts";

/** A figure with its unit bound by an ordinary space. */
function plain(figure: string): string {
  return figure.replaceAll("\u00a0", " ");
}

/** The readouts of an instrument after some changes of its first state, as the reader sees them. */
async function readings(id: string, changes: Record<string, unknown> = {}): Promise<Record<string, string>> {
  const { open } = await findInstrument(id).load();
  const instrument: Instrument<Record<string, unknown>, unknown> = await open(engine, engine);
  const state = changedState(instrument.fields, initialState(instrument.fields), changes);
  const view = await instrument.compute(state);
  return Object.fromEntries(instrument.readouts(view).map(({ name, value }) => [name, plain(value)]));
}

test("dark-knowledge shows the entropies of Cell 1", async () => {
  const entropies = [];
  for (const tau of [1, 2, 5, 10]) entropies.push((await readings("dark-knowledge", { tau })).entropy);
  assert.deepEqual(entropies, ["0.458", "1.294", "2.217", "2.476"]);
});

test("dark-knowledge multiplies the soft loss of Exercise 7.2 by 16", async () => {
  assert.equal((await readings("dark-knowledge", { tau: 4 }))["tau-squared"], "16.0");
});

// Real NumPy's figures, as Cell 2 prints them: format, one scale, a scale per 64 weights.
for (const [format, global, grouped] of [
  ["int8", "0.000711", "0.000178"],
  ["int4", "0.012749", "0.003323"],
  ["int3", "0.019724", "0.007157"],
  ["int2", "0.020689", "0.015271"],
] as const) {
  test(`quantizer with the settings of Cell 2 shows its figures for ${format}`, async () => {
    const cell = { format, count: "10000", scales: "fp32" };
    assert.equal((await readings("quantizer", cell))["rms-error"], global);
    assert.equal((await readings("quantizer", { ...cell, group: "64" }))["rms-error"], grouped);
  });
}

test("quantizer counts levels, stored bits and the memory of a 70B model", async () => {
  const { levels, "weight-memory": memory } = await readings("quantizer", { format: "int3" });
  assert.deepEqual([levels, memory], ["8", "26.3 GB"]);
  const grouped = await readings("quantizer", { format: "int4", group: "64" });
  assert.equal(grouped["bits-per-weight"], "4.250");
  assert.equal(grouped["weight-memory"], plain(formatFigure(70e9 * (4.25 / 8), "bytes 1")));
});

test("quantizer answers for every format, group and count", async () => {
  for (const { id: format } of engine.formats()) {
    for (const group of ["tensor", "32", "64", "128", "256", "row"]) {
      for (const count of ["2048", "4096", "8192", "10000", "16384"]) {
        const error = (await readings("quantizer", { format, group, count }))["rms-error"];
        assert.match(error ?? "", /^\d/, `${format} ${group} ${count}`);
      }
    }
  }
});

test("quantizer's groups rescue the bulk from the outliers", async () => {
  const one = await readings("quantizer", { format: "int3" });
  const grouped = await readings("quantizer", { format: "int3", group: "32" });
  assert.ok(Number(grouped["rms-error"]) < Number(one["rms-error"]) / 2);
  assert.ok(Number(grouped["bits-per-weight"]) > Number(one["bits-per-weight"]));
});

test("speed-of-light shows the ceiling of Exercise 7.1 and the caption of EQ 7.1", async () => {
  const int4 = await readings("speed-of-light");
  assert.deepEqual([int4.ceiling, int4.memory, int4.cards], ["95.7", "35.0 GB", "1"]);
  const fp16 = await readings("speed-of-light", { format: "fp16" });
  assert.deepEqual([fp16.ceiling, fp16.memory, fp16.cards], ["23.9", "140.0 GB", "2"]);
});

test("speed-of-light reads only the active parameters, and stores all", async () => {
  const mixture = await readings("speed-of-light", { model: "mixtral-8x7b", format: "int8" });
  assert.equal(mixture.ceiling, formatFigure(3.35e12 / 12.9e9, "fixed 1"));
  assert.equal(mixture.memory, "46.7 GB");
});

test("speed-of-light takes the reader's own numbers in place of the preset's", async () => {
  const own = await readings("speed-of-light", { bandwidth: 6700, memory: 20 });
  assert.deepEqual([own.ceiling, own.cards], ["191.4", "2"]);
  const smaller = await readings("speed-of-light", { parameters: 7 });
  assert.deepEqual([smaller.ceiling, smaller.memory], ["957.1", "3.5 GB"]);
});

test("speed-of-light's contexts shrink as they grow longer and multiply as the cache is quantized", async () => {
  const contexts = async (changes: object) =>
    Number((await readings("speed-of-light", { ...changes })).contexts);
  // 45 GB of room; 2 · 80 layers · 8 heads · 128 values · 2 B · 8192 tokens = 2.68 GB a context.
  assert.equal(await contexts({}), 16);
  assert.equal(await contexts({ context: 16384 }), 8);
  assert.equal(await contexts({ cache: "int8" }), 33);
});
