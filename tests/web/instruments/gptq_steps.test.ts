import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { evaluate, parseExpression } from "../../../web/figures/expression.ts";
import type { State, View } from "../../../web/instruments/gptq_steps.ts";
import { inputs, outputs } from "../../../web/instruments/gptq_sweep.ts";
import type { Instrument } from "../../../web/instruments/instrument.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { engine } from "./engine.ts";

const { load } = findInstrument("gptq-steps");
const instrument: Instrument<State, View> = await (await load()).open(engine, engine);

async function shown(changes: Partial<State> = {}) {
  const state = changedState(instrument.fields, initialState(instrument.fields), changes);
  const view = await instrument.compute(state);
  const readings = Object.fromEntries(instrument.readouts(view).map(({ name, value }) => [name, value]));
  return { view, readings };
}

const settings: Partial<State>[] = [
  {},
  { format: "int2" },
  { format: "int4", activationOrder: true },
  { damping: 0.3, seed: 7 },
  { correlation: 0, activationOrder: true },
];

for (const setting of settings) {
  const name = JSON.stringify(setting);

  test(`${name}: the sweep ends where the engine's GPTQ ends, and so do the errors`, async () => {
    const { view } = await shown(setting);
    const { layer: drawn, order, weight, errors, heldOutErrors, levels } = view.sweep;
    const { outlierInputs: _, ...layer } = drawn;
    const { format, activationOrder, damping } = view.state;
    const recipe = { method: "gptq", format, group: "row", activationOrder, damping } as const;
    const whole = engine.compressLayer(layer, recipe);
    const nearest = engine.compressLayer(layer, { method: "rtn", format, group: "row" });
    for (let output = 0; output < outputs; output++) {
      for (const [place, input] of order.entries()) {
        const final = weight(inputs, output, place);
        assert.equal(final, whole.weights.data[output * inputs + input]);
        assert.ok(levels[output]?.includes(final), "a level of the row's grid");
        assert.equal(weight(0, output, place), layer.weights.data[output * inputs + input]);
        for (let step = place + 1; step <= inputs; step++) assert.equal(weight(step, output, place), final);
      }
    }
    assert.equal(errors.gptq.at(-1), whole.calibrationError);
    assert.equal(errors.nearest.at(-1), nearest.calibrationError);
    assert.deepEqual([errors.gptq[0], errors.nearest[0]], [0, 0]);
    assert.deepEqual(heldOutErrors, { gptq: whole.outputError, nearest: nearest.outputError });
  });

  test(`${name}: what is said of a weight is what moved it`, async () => {
    for (const [step, output, input] of [
      [1, 1, 2],
      [4, 3, 9],
      [7, 6, 12],
      [12, 2, 5],
    ] as const) {
      const { view } = await shown({ ...setting, step, output, input });
      const { cell, explanation, sweep } = view;
      assert.equal(sweep.order[cell.column], input - 1);
      assert.ok(explanation);
      const { rounded, error, share, move } = explanation;
      assert.equal(rounded, Math.min(cell.column, step - 1));
      const [before, after] = [rounded, rounded + 1].map((done) => sweep.weight(done, cell.row, rounded)) as [
        number,
        number,
      ];
      assert.equal(error, before - after);
      if (cell.column === rounded) {
        assert.equal(share, 1);
        continue;
      }
      const moved = sweep.weight(step, cell.row, cell.column) - sweep.weight(step - 1, cell.row, cell.column);
      assert.ok(Math.abs(moved - move) < 1e-5, `${moved} is said to be ${move}`);
    }
  });
}

test("a new layer asks the engine twice: for the layer, and for all that its steps need", async () => {
  const asked: string[] = [];
  const counting = new Proxy(engine, {
    get(target, name) {
      asked.push(String(name));
      return Reflect.get(target, name);
    },
  });
  const fresh: Instrument<State, View> = await (await load()).open(counting, counting);
  await fresh.compute({ ...initialState(fresh.fields), step: 0 });
  assert.deepEqual(asked, ["sampleLayer", "compressLayer"]);
  asked.length = 0;
  await fresh.compute({ ...initialState(fresh.fields), step: 5 });
  assert.ok(!asked.includes("compressLayer"), "steps ask for no sweep again");
});

test("GPTQ ends ahead of rounding to nearest, on tokens that it has not seen as well", async () => {
  const { view, readings } = await shown({ step: inputs });
  const { errors, heldOutErrors } = view.sweep;
  assert.ok((errors.gptq.at(-1) ?? 1) < (errors.nearest.at(-1) ?? 0) / 2);
  assert.ok(heldOutErrors.gptq < heldOutErrors.nearest / 2);
  assert.equal(readings.step, "12");
});

test("the largest activations come first where that is asked for", async () => {
  const plain = await shown();
  assert.deepEqual(plain.view.sweep.order, [...plain.view.sweep.order.keys()]);
  const { view } = await shown({ activationOrder: true });
  const { calibration, outlierInputs } = view.sweep.layer;
  assert.equal(view.sweep.order[0], outlierInputs[0]);
  assert.equal(new Set(view.sweep.order).size, inputs);
  assert.equal(calibration.cols, inputs);
});

test("before the first step nothing is explained, and nothing is wrong yet", async () => {
  const { view, readings } = await shown({ step: 0 });
  assert.equal(view.explanation, undefined);
  assert.equal(readings["gptq-error"], "0.0%");
  assert.match(instrument.summary(view), /Nothing is rounded yet/);
});

test("the exercise's column is the engine's own GPTQ", async () => {
  const chapter = await readFile(
    new URL("../../../web/content/compression/index.md", import.meta.url),
    "utf8",
  );
  const [, answer = ""] = chapter.match(/label: gptq-column\nanswer: (.*)\n/) ?? [];
  for (const [first, second, h11, h12, h22] of [
    [0.28, 0.45, 5, 3, 4],
    [-0.52, 0.37, 6, -2, 5],
  ] as const) {
    // Two tokens whose squares and products sum up to the Hessian.
    const [a, b] = [Math.sqrt(h11), h12 / Math.sqrt(h11)];
    const layer = {
      weights: { rows: 1, cols: 2, data: [first, second] },
      calibration: { rows: 2, cols: 2, data: [a, b, 0, Math.sqrt(h22 - b * b)] },
    };
    const { trace } = engine.compressLayer(layer, {
      method: "gptq",
      format: "int4",
      group: "row",
      scales: "fp32",
      damping: 1e-9,
      block: 1,
      steps: true,
    });
    const scale = engine.symmetricScale({ absmax: Math.max(Math.abs(first), Math.abs(second)), bits: 4 });
    const scope = { first, second, scale, h11, h12, h22 };
    const computed = Number(await evaluate(parseExpression(answer), scope, engine));
    assert.ok(Math.abs(computed - (trace.steps?.[1] ?? 0)) < 1e-5, `${computed} and ${trace.steps?.[1]}`);
  }
});
