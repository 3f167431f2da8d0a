import assert from "node:assert/strict";
import { test } from "node:test";
import type { FormatInfo } from "../../../bindings/engine.ts";
import { bitsOf, bitWorths, termsOf } from "../../../web/instruments/code_words.ts";
import type { Instrument } from "../../../web/instruments/instrument.ts";
import type { State, View } from "../../../web/instruments/number_line.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { engine } from "./engine.ts";

const instrument: Instrument<State, View> = await (await findInstrument("number-line").load()).open(
  engine,
  engine,
);

async function shown(changes: Partial<State> = {}) {
  const view = await instrument.compute(
    changedState(instrument.fields, initialState(instrument.fields), changes),
  );
  const readings = Object.fromEntries(instrument.readouts(view).map(({ name, value }) => [name, value]));
  return { view, readings, said: instrument.summary(view) };
}

const offered: FormatInfo[] = engine
  .formats()
  .filter(
    ({ id }) =>
      changedState(instrument.fields, initialState(instrument.fields), { format: id }).format === id,
  );

test("every small float, integer, codebook and microscaling format is offered", () => {
  const kinds = new Set(offered.map(({ kind }) => kind));
  assert.deepEqual([...kinds].toSorted(), ["codebook", "float", "integer", "microscaling"]);
  for (const id of ["fp8_e4m3", "fp8_e5m2", "fp4_e2m1", "int4", "nf4", "mxfp4", "mxint8", "nvfp4"]) {
    assert.ok(
      offered.some((format) => format.id === id),
      id,
    );
  }
});

for (const { id } of offered) {
  test(`${id}: the bits spell the value that the engine gives every code`, () => {
    const codes = engine.codes({ format: id });
    assert.equal(bitsOf(codes).length, codes.codeBits);
    assert.equal(codes.values.length, 2 ** codes.codeBits);
    if (codes.exponentBits === 0) {
      const isTable = ["codebook"].includes(offered.find((format) => format.id === id)?.kind ?? "");
      assert.equal(
        bitWorths(codes) === undefined,
        isTable,
        "a sum of bits, except for the entries of a table",
      );
      return;
    }
    for (const [code, value] of codes.values.entries()) {
      if (!Number.isFinite(value)) continue;
      const { sign, power, leading, numerator, denominator } = termsOf(codes, code);
      assert.equal(sign * 2 ** power * (leading + numerator / denominator), value, `code ${code}`);
    }
  });

  test(`${id}: a number lands where the engine says, and every code is reached by its bits`, async () => {
    for (const number of [0, 0.3, -0.21, 5, -1e9, 1e-9]) {
      const { view } = await shown({ format: id, number });
      const options = view.scale ? { format: id, scale: view.scale.value } : { format: id };
      const { code, value } = engine.nearestCode({ ...options, value: number });
      assert.equal(view.code, code);
      assert.equal(view.scaled.values[code], value);
    }
    const { values } = engine.codes({ format: id });
    for (let code = 0; code < values.length; code += 7) {
      const { view } = await shown({ format: id, given: "code", code });
      assert.equal(view.code, code);
      assert.deepEqual(instrument.table(view, () => {}).rows.length, values.length);
    }
  });
}

test("mxfp4: the first view is the grid of the chapter, under the scale of its block", async () => {
  const { readings, said } = await shown();
  assert.deepEqual(
    [readings.scale, readings.value, readings.code, readings.error],
    ["0.125", "−0.1875", "1011", "0.0225"],
  );
  assert.match(said, /−0\.21 lies between −0\.25 and −0\.1875\. The nearer is −0\.1875/);
});

test("mxfp4: the scale follows the largest magnitude by powers of two, down by the standard, up by choice", async () => {
  const scale = async (absmax: number, rule: "floor" | "ceil") =>
    (await shown({ absmax, rule })).readings.scale;
  assert.deepEqual(
    [await scale(0.6, "floor"), await scale(0.9, "floor"), await scale(1, "floor")],
    ["0.125", "0.125", "0.25"],
  );
  assert.deepEqual([await scale(0.6, "ceil"), await scale(0.9, "ceil")], ["0.125", "0.25"]);
});

test("integers take the scale of EQ 7.3, codebooks the largest magnitude itself", async () => {
  const int4 = await shown({ format: "int4", absmax: 0.6 });
  assert.equal(int4.view.scale?.value, engine.symmetricScale({ absmax: 0.6, bits: 4 }));
  const nf4 = await shown({ format: "nf4", absmax: 0.6, number: 0.6 });
  assert.equal(nf4.readings.error, "0");
});

test("a tie goes to the even code, and says so; a value of the format is said to be one", async () => {
  const tie = await shown({ format: "fp4_e2m1", number: 2.5 });
  assert.deepEqual([tie.readings.value, tie.readings.code], ["2", "0100"]);
  assert.match(tie.said, /exactly halfway: the tie goes to 2, whose code 0100 is even/);
  const exact = await shown({ format: "fp4_e2m1", number: -1.5 });
  assert.match(exact.said, /−1\.5 is a value of .*nothing is lost/);
});

test("beyond the largest value a number is cut short, or becomes infinity where the format may", async () => {
  assert.match((await shown({ format: "fp8_e5m2", number: 1e6 })).said, /beyond the last value/);
  const infinite = await shown({ format: "fp8_e5m2", number: 1e6, overflow: "ieee" });
  assert.equal(infinite.readings.value, "∞");
  assert.match(infinite.said, /becomes ∞/);
});

test("a code that is no number says so", async () => {
  const { readings, said } = await shown({ format: "fp8_e4m3", given: "code", code: 0x7f });
  assert.equal(readings.value, "—");
  assert.match(said, /is no number/);
});

test("the window doubles about its middle", async () => {
  const { view } = await shown({ format: "fp4_e2m1", zoom: 2, center: 0.5 });
  const [from, to] = view.window;
  assert.equal((from + to) / 2, 3);
  assert.ok(Math.abs(to - from - (2 * 6 * 1.06) / 4) < 1e-12);
});
