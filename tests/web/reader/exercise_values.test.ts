import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  anotherDraw,
  drawCount,
  type Given,
  printedDraw,
  scopeOf,
} from "../../../web/reader/exercises/draw.ts";
import { isWithin, parseTolerance } from "../../../web/reader/exercises/tolerance.ts";

const given: Given = [
  [{ card: "H100" }, { card: "H200" }, { card: "A100" }],
  [{ bits: 4 }, { bits: 8 }],
];

describe("draws", () => {
  it("begins with the first choice of each dimension, as printed", () => {
    assert.deepEqual(scopeOf(given, printedDraw(given)), { card: "H100", bits: 4 });
    assert.equal(drawCount(given), 6);
  });

  it("reaches every other draw and never the same twice running", () => {
    for (let card = 0; card < 3; card++) {
      for (let bits = 0; bits < 2; bits++) {
        const reached = new Set<string>();
        for (let step = 0; step < 100; step++) {
          const draw = anotherDraw(given, [card, bits], () => step / 100);
          assert.notDeepEqual(draw, [card, bits]);
          reached.add(draw.join());
        }
        assert.equal(reached.size, 5);
      }
    }
  });

  it("refuses where there is nothing else to draw", () => {
    assert.throws(() => anotherDraw([[{ tau: 4 }]], [0]), RangeError);
  });
});

describe("tolerance", () => {
  it("is a share of the right value or an absolute distance", () => {
    const share = parseTolerance("0.5%");
    assert.ok(isWithin(96.1, 95.7, share));
    assert.ok(!isWithin(96.3, 95.7, share));
    const distance = parseTolerance(0.25);
    assert.ok(isWithin(16.25, 16, distance));
    assert.ok(!isWithin(16.3, 16, distance));
  });

  it("refuses what is no tolerance", () => {
    assert.throws(() => parseTolerance("a little"), /a little/);
  });
});
