import assert from "node:assert/strict";
import { test } from "node:test";
import type { DataTable, Instrument, InstrumentEngine } from "../../../web/instruments/instrument.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { type SharedTensor, tensorChoice } from "../../../web/instruments/shared_tensor.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { fullView } from "../../../web/instruments/static.ts";
import { engine } from "./engine.ts";

type AnyInstrument = Instrument<Record<string, unknown>, unknown>;

async function opened(id: string, background: InstrumentEngine = engine): Promise<AnyInstrument> {
  return (await findInstrument(id).load()).open(engine, background);
}

/** The table of the landscape after some changes of its first state, and what its heads and rows ask for. */
async function landscape(changes: Record<string, unknown> = {}, given?: AnyInstrument) {
  const instrument = given ?? (await opened("landscape"));
  const { fields, table, readouts } = instrument;
  const state = changedState(fields, initialState(fields), changes);
  const view = await fullView(instrument, state);
  const asked: Record<string, unknown>[] = [];
  const shown: DataTable = table(view, (entries) => asked.push(entries));
  const readings = Object.fromEntries(readouts(view).map(({ name, value }) => [name, value]));
  return { ...shown, asked, readings };
}

/** The readouts of Instrument 7.2 after some changes. */
async function quantizer(changes: Record<string, unknown>): Promise<Record<string, string>> {
  const { fields, compute, readouts } = await opened("quantizer");
  const view = await compute(changedState(fields, initialState(fields), changes));
  return Object.fromEntries(readouts(view).map(({ name, value }) => [name, value]));
}

test("every row on the sample is what Instrument 7.2 reads", async () => {
  for (const group of ["64", "tensor", "row"]) {
    const { rows } = await landscape({ group });
    for (const { id, name } of engine
      .formats()
      .filter(({ kind }) => kind === "integer" || kind === "float")) {
      const [, , bits, error, sqnr] = rows.find(([head]) => head === name) ?? [];
      if (bits === "—") continue;
      const readings = await quantizer({ format: id, group });
      assert.deepEqual(
        [bits, error, sqnr],
        ["bits-per-weight", "rms-error", "sqnr"].map((key) => readings[key]),
        `${id}, ${group}`,
      );
    }
  }
});

test("the distance is 6.02 dB a bit less the ratio that was measured", async () => {
  const weights = engine.sampleWeights({
    count: 8192,
    sigma: 0.02,
    outlierFraction: 0.004,
    outlierScale: 6,
    seed: 0,
  });
  const { sqnrDb, bitsPerWeight } = engine.roundTrip(weights, { format: "int4", group: 64 });
  const { readings } = await landscape();
  assert.equal(readings.gap, (20 * Math.log10(2) * bitsPerWeight - sqnrDb).toFixed(1));
});

test("a head orders by its column, a second time the other way round; rows without a number stand last", async () => {
  const bits = await landscape({ sort: "bits" });
  const order = bits.order;
  assert.ok(order);
  const values = bits.rows.map((row) => Number(row[2])).filter((value) => !Number.isNaN(value));
  assert.deepEqual(
    values,
    values.toSorted((one, other) => one - other),
  );
  order.sort(2);
  order.sort(3);
  assert.deepEqual(bits.asked, [
    { sort: "bits", descending: true },
    { sort: "error", descending: false },
  ]);
  const down = await landscape({ sort: "bits", descending: true });
  const downwards = down.rows.map((row) => Number(row[2])).filter((value) => !Number.isNaN(value));
  assert.deepEqual(downwards, values.toReversed());
  const names = (await landscape({ sort: "format" })).rows.map(([name]) => name);
  assert.ok(names.indexOf("INT2 symmetric") < names.indexOf("INT8 symmetric"));
});

test("filters leave the formats of a kind, and those that mention every word", async () => {
  const integers = await landscape({ kind: "integer" });
  assert.equal(integers.rows.length, engine.formats().filter(({ kind }) => kind === "integer").length);
  const four = await landscape({ text: "  INT4  eq 7.3 " });
  assert.deepEqual(
    four.rows.map(([name]) => name),
    ["INT4 symmetric"],
  );
  assert.equal(four.order?.marked, 0);
  const none = await landscape({ text: "no such words" });
  assert.deepEqual(none.rows, []);
  assert.equal(none.order?.marked, -1);
  assert.equal(none.readings.measured, "0 of 0");
  assert.match(none.readings.gap ?? "", /\d/, "the marked format is measured though it is not shown");
});

test("a format is measured once for each tensor and granularity, one at a time", async () => {
  let underWay = 0;
  const asked: string[] = [];
  const background = {
    ...engine,
    async roundTrip(...[weights, options]: Parameters<typeof engine.roundTrip>) {
      assert.equal(underWay++, 0, "one at a time");
      asked.push(`${options.format} ${options.group ?? ""}`);
      const result = engine.roundTrip(weights, options);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
      return result;
    },
  };
  const instrument = await opened("landscape", background);
  await landscape({ kind: "integer" }, instrument);
  const once = asked.length;
  assert.equal(new Set(asked).size, once);
  await landscape({ kind: "integer", sort: "bits", descending: true, text: "symmetric" }, instrument);
  assert.equal(asked.length, once, "ordering and filtering measure nothing anew");
  await landscape({ kind: "integer", group: "32" }, instrument);
  assert.equal(asked.length, 2 * once);
});

test("the reader's own tensor takes the place of the sample, here and in Instrument 7.2, and is named", async () => {
  const weights = engine.sampleWeights({
    count: 4096,
    sigma: 1,
    outlierFraction: 0,
    outlierScale: 1,
    seed: 9,
  });
  const own: SharedTensor = { source: "layer.0 of mine.gguf", weights, rows: 16, cols: 256 };
  const { rmse } = engine.roundTrip(weights, { format: "int4", group: 64, rows: 16, cols: 256 });
  const instrument = await opened("landscape");
  const { fields } = await opened("quantizer");
  let changes = 0;
  const stop = instrument.watch?.(() => changes++);
  try {
    tensorChoice.choose(own);
    assert.equal(changes, 1);
    const { caption, readings } = await landscape({}, instrument);
    assert.match(caption, /layer\.0 of mine\.gguf/);
    assert.equal(readings["rms-error"], rmse.toFixed(6));
    assert.equal((await quantizer({ group: "64" }))["rms-error"], rmse.toFixed(6));
    assert.equal(initialState(fields).count, "8192", "the sample waits for its return");
  } finally {
    tensorChoice.choose(undefined);
    stop?.();
  }
  assert.equal(changes, 2);
  tensorChoice.choose(own);
  tensorChoice.choose(undefined);
  assert.equal(changes, 2, "nobody listens any more");
});

test("what the engine refuses is said, and the others are measured", async () => {
  const weights = Float32Array.of(1e5, -1e5, 3, 4);
  tensorChoice.choose({ source: "large", weights, rows: 1, cols: 4 });
  try {
    const { rows } = await landscape({ sort: "bits" });
    assert.deepEqual(rows.find(([name]) => name === "FP16")?.slice(2), ["—", "—", "—", "—"]);
    assert.match(rows.find(([name]) => name === "BF16")?.[2] ?? "", /16/);
  } finally {
    tensorChoice.choose(undefined);
  }
});
