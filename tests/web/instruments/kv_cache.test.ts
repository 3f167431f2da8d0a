import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instrument } from "../../../web/instruments/instrument.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { engine } from "./engine.ts";

/** The readouts and notes of Instrument 7.10 after some changes of its first state, and its table. */
async function cache(changes: Record<string, unknown> = {}) {
  const { open } = await findInstrument("kv-cache").load();
  const instrument: Instrument<Record<string, unknown>, unknown> = await open(engine, engine);
  const state = changedState(instrument.fields, initialState(instrument.fields), changes);
  const view = await instrument.compute(state);
  const readouts = instrument.readouts(view);
  return {
    error: (name: string) =>
      Number.parseFloat(readouts.find((readout) => readout.name === `${name}-error`)?.value ?? ""),
    value: (name: string) =>
      readouts.find((readout) => readout.name === name)?.value.replaceAll("\u00a0", " "),
    note: (name: string) => readouts.find((readout) => readout.name === name)?.note,
    rows: instrument.table(view, () => {}).rows,
  };
}

test("a scale by channel helps the keys, and hurts the values", async () => {
  for (const precision of ["kivi2", "kivi3", "kivi4", "int4"]) {
    const both = { keys: precision, values: precision };
    const token = await cache(both);
    const kivi = await cache({ ...both, keyAxis: "channel" });
    const wrong = await cache({ ...both, keyAxis: "channel", valueAxis: "channel" });
    assert.ok(kivi.error("key") < token.error("key") / 1.3, precision);
    assert.ok(kivi.error("attention") < token.error("attention"), precision);
    assert.equal(kivi.error("value"), token.error("value"));
    assert.ok(wrong.error("value") > kivi.error("value"), precision);
    assert.ok(wrong.error("attention") > kivi.error("attention"), precision);
    for (const name of ["key-error", "token-bytes", "contexts"]) {
      if (name !== "key-error") assert.equal(kivi.value(name), token.value(name), "at not one bit more");
      else assert.equal(kivi.note(name), token.note(name));
    }
  }
});

test("contexts are those of Instrument 7.3 and of the chapter", async () => {
  const contexts = async (format: string) =>
    (await cache({ keys: format, values: format })).value("contexts");
  assert.equal(await contexts("fp16"), "16");
  assert.equal(await contexts("fp8_e4m3"), "33");
  const plain = await cache({ keys: "fp16", values: "fp16" });
  assert.equal(plain.value("token-bytes"), "327.7 kB");
  assert.equal(plain.note("key-error"), "16.00 bits a number");
  assert.match((await cache()).note("contexts") ?? "", /16 in FP16/);
  const longer = await cache({ context: 16384 });
  assert.equal(longer.value("contexts"), "44");
  const one = await cache({ keys: "fp16", values: "kivi2" });
  assert.equal(one.value("token-bytes"), `${((327.68 * 9.5) / 16).toFixed(1)} kB`, "keys and values differ");
});

test("larger groups are cheaper and coarser, and quiet keys need no scale of their own", async () => {
  const [small, large] = [await cache({ group: "16" }), await cache({ group: "64" })];
  assert.equal(small.note("key-error"), "4.00 bits a number");
  assert.equal(large.note("key-error"), "2.50 bits a number");
  assert.ok(small.error("attention") < large.error("attention"));
  const loud = await cache({ outlier: 40 });
  const quiet = await cache({ outlier: 1 });
  assert.ok(quiet.error("key") < loud.error("key") * 0.9);
});

test("a window of recent tokens costs bits, fewer in a longer context, and spares the values", async () => {
  const plain = await cache({ context: 1024 });
  const windowed = await cache({ context: 1024, window: 64 });
  const bits = engine.kiviBits({ bits: 2, group: 32, tokens: 1024, window: 64 });
  assert.equal(windowed.note("value-error"), `${bits.toFixed(2)} bits a number`);
  assert.equal(windowed.note("key-error"), "3.00 bits a number", "1,024 tokens fill their windows");
  assert.ok(windowed.error("value") < plain.error("value"));
  assert.equal(windowed.error("key"), plain.error("key"));
  assert.equal(windowed.value("token-bytes"), `${((327.68 * (3 + bits)) / 32).toFixed(1)} kB`);
  assert.match(windowed.note("token-bytes") ?? "", /window counted/);
  assert.ok(Number(windowed.value("contexts")) < Number(plain.value("contexts")));
  const longer = await cache({ context: 16384, window: 64 });
  assert.equal(longer.note("value-error"), "3.05 bits a number");
  // 256 = 2 × 96 + 64: these keys of the head stay as they are, and 1,024 = 10 × 96 + 64 tokens count alike.
  const unfilled = await cache({ context: 1024, window: 96 });
  assert.ok(unfilled.error("key") < plain.error("key"));
  const kept = engine.kiviBits({ bits: 2, group: 32, tokens: 1024, window: 64 });
  assert.equal(unfilled.note("key-error"), `${kept.toFixed(2)} bits a number`);
});

test("the table has the ends of every channel", async () => {
  const { rows } = await cache();
  assert.equal(rows.length, 64);
  for (const row of rows) {
    const [, least = 0, most = 0] = row.map((cell) => Number(cell.replace("−", "-")));
    assert.ok(least < 0 && most > 0, row.join(" "));
  }
  const loudest = Math.max(...rows.map((row) => Number(row[2])));
  assert.ok(loudest > 20);
});
