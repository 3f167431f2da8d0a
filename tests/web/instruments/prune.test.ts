import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instrument } from "../../../web/instruments/instrument.ts";
import { inputs, outputs, type State, type View } from "../../../web/instruments/prune.ts";
import { findInstrument } from "../../../web/instruments/registry.ts";
import { changedState, initialState } from "../../../web/instruments/state.ts";
import { engine } from "./engine.ts";

const { load } = findInstrument("prune");
const instrument: Instrument<State, View> = await (await load()).open(engine, engine);

async function shown(changes: Partial<State> = {}) {
  const state = changedState(instrument.fields, initialState(instrument.fields), changes);
  const view = await instrument.compute(state);
  const readings = Object.fromEntries(instrument.readouts(view).map(({ name, value }) => [name, value]));
  return { view, readings };
}

for (const setting of [{}, { sparsity: 0.7 }, { pattern: "2:4" }, { pattern: "4:8", seed: 5 }] as const) {
  const name = JSON.stringify(setting);

  test(`${name}: SparseGPT is ahead of Wanda, Wanda of magnitude, as the engine says`, async () => {
    const { view, readings } = await shown(setting);
    const { weights, calibration, heldOut } = view.layer;
    const { pattern, sparsity } = view.state;
    const errors = view.pruned.map(({ id, result }) => {
      const amount = pattern === "share" ? { sparsity } : { pattern };
      const alone = engine.compressLayer({ weights, calibration, heldOut }, { method: id, ...amount });
      assert.equal(result.outputError, alone.outputError);
      return result.outputError;
    });
    assert.deepEqual(
      errors,
      errors.toSorted((one, other) => other - one),
    );
    assert.equal(Object.keys(readings)[0], "sparsegpt-error");
  });

  test(`${name}: the counts are those of the masks, and every mask prunes what it should`, async () => {
    const { view } = await shown(setting);
    const masks = view.pruned.map(({ mask }) => Array.from(mask));
    for (const [index, { kept, alone, mask, id }] of view.pruned.entries()) {
      assert.equal(mask.length, outputs * inputs);
      assert.equal(
        kept,
        mask.reduce((sum, keeps) => sum + keeps, 0),
      );
      const others = masks.filter((_, other) => other !== index);
      assert.equal(
        alone,
        masks[index]?.filter((keeps, at) => keeps === 1 && others.every((other) => other[at] === 0)).length,
      );
      const share = 1 - kept / (outputs * inputs);
      assert.ok(Math.abs(share - view.share) < 0.02, `${id} prunes ${share}`);
    }
  });
}

test("only 2:4 makes the product faster", async () => {
  const speed = async (changes: Partial<State>) => (await shown(changes)).readings.speed;
  assert.equal(await speed({ pattern: "2:4" }), "≤ 2");
  for (const changes of [{}, { sparsity: 0.9 }, { pattern: "4:8" }, { pattern: "1:4" }] as const) {
    assert.equal(await speed(changes), "1", JSON.stringify(changes));
  }
});

test("the curves rise from nothing, and meet the points where the same share is pruned", async () => {
  const { view } = await shown({ sparsity: 0.5 });
  for (const [index, { points }] of view.curves.entries()) {
    assert.ok((points[0]?.error ?? 1) < 0.01);
    const errors = points.map(({ error }) => error);
    assert.deepEqual(
      errors,
      errors.toSorted((one, other) => one - other),
    );
    const half = points.find(({ share }) => share === 0.5);
    assert.equal(half?.error, view.pruned[index]?.result.outputError);
  }
});

test("Wanda's score of a weight is its magnitude times the norm of its input", async () => {
  const { view } = await shown({ output: 5, input: 11 });
  const { weights, calibration } = view.layer;
  let squares = 0;
  for (let token = 0; token < calibration.rows; token++)
    squares += (calibration.data[token * inputs + 10] ?? 0) ** 2;
  const weight = weights.data[4 * inputs + 10] ?? 0;
  assert.ok(Math.abs(view.score / (Math.abs(weight) * Math.sqrt(squares)) - 1) < 1e-9);
  const wanda = engine.wandaRow({
    weights: weights.data.slice(4 * inputs, 5 * inputs),
    norms: view.norms,
    sparsity: 0.5,
  });
  assert.deepEqual(wanda.mask, view.pruned[1]?.mask.slice(4 * inputs, 5 * inputs));
});
