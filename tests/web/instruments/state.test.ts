import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFragment, writeFragment } from "../../../web/instruments/fragment.ts";
import type { Instrument } from "../../../web/instruments/instrument.ts";
import { instruments } from "../../../web/instruments/registry.ts";
import { changedState, initialState, readState, writeState } from "../../../web/instruments/state.ts";
import { engine } from "./engine.ts";

type AnyInstrument = Instrument<Record<string, unknown>, unknown>;

const opened = new Map<string, AnyInstrument>();
for (const { id, load } of instruments) opened.set(id, await (await load()).open(engine, engine));

function instrumentOf(id: string): AnyInstrument {
  return opened.get(id) as AnyInstrument;
}

/** What a reader may paste or a stranger may send. */
const hostile = [
  "format=__proto__&model=constructor&tau=__proto__",
  "format=%3Cscript%3E&group=-1&seed=1e999&outliers=NaN&count=0",
  "tau=&logits=,,,,,&log=maybe",
  "tau=-5&tau=3&logits=1,2,3",
  "logits=9,6.5,4,2.5,1,Infinity&context=-1e9&memory=1e308&bandwidth=0",
  "%E0%A4%A=%E0%A4%A&&&===&?#",
  `format=${"int4".repeat(10000)}`,
];

for (const { id } of instruments) {
  const instrument = instrumentOf(id);
  const { fields } = instrument;

  test(`${id}: the first state writes nothing and reads back`, () => {
    assert.equal(writeState(fields, initialState(fields)), "");
    assert.deepEqual(readState(fields, ""), initialState(fields));
  });

  test(`${id}: a garbled fragment leaves a state that the engine computes`, async () => {
    for (const query of hostile) {
      const state = readState(fields, query);
      assert.deepEqual(Object.keys(state), Object.keys(fields), query);
      assert.deepEqual(
        changedState(fields, state, state),
        state,
        `every entry is within its bounds: ${query}`,
      );
      assert.deepEqual(readState(fields, writeState(fields, state)), state, query);
      assert.ok(instrument.readouts(await instrument.compute(state)).length > 0, query);
    }
  });
}

test("states survive the way through a URL", () => {
  const cases: [string, Record<string, unknown>][] = [
    ["dark-knowledge", { tau: 5.25, logits: [1, -2.5, 3, 0, 15, -10], log: true }],
    ["quantizer", { format: "int3", group: "64", outliers: 0.01, seed: 7, zoom: true, log: false }],
    [
      "speed-of-light",
      { accelerator: "h200", model: "deepseek-v3", format: "int8", context: 32768, layers: 40 },
    ],
  ];
  for (const [id, changes] of cases) {
    const { fields } = instrumentOf(id);
    const state = changedState(fields, initialState(fields), changes);
    const { id: named, query } = parseFragment(writeFragment({ id, query: writeState(fields, state) }));
    assert.equal(named, id);
    assert.deepEqual(readState(fields, query), { ...initialState(fields), ...changes });
  }
});

test("the fragment of the design opens the quantizer at INT3 with groups of 64", () => {
  const { id, query } = parseFragment("#quantizer?format=int3&group=64");
  const { fields } = instrumentOf(id);
  const state = readState(fields, query);
  assert.deepEqual([state.format, state.group], ["int3", "64"]);
  assert.equal(writeFragment({ id, query: writeState(fields, state) }), "#quantizer?format=int3&group=64");
});

test("numbers out of bounds are brought within them", () => {
  const { fields } = instrumentOf("dark-knowledge");
  assert.equal(readState(fields, "tau=1000").tau, 20);
  assert.equal(readState(fields, "tau=0").tau, 0.25);
  assert.deepEqual(readState(fields, "logits=99,-99,0,0,0,0").logits, [15, -10, 0, 0, 0, 0]);
});

test("a fragment that is no URI names no element", () => {
  assert.deepEqual(parseFragment("#%E0%A4%A?format=int3"), { id: "", query: "" });
  assert.deepEqual(parseFragment("#quantizer"), { id: "quantizer", query: "" });
  assert.deepEqual(parseFragment(""), { id: "", query: "" });
});
