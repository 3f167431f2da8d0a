import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAnswer } from "../../../web/reader/exercises/parse_answer.ts";

/** What is typed, the unit asked for, and every number that it may mean. */
const readable: [text: string, unit: string, readings: number[]][] = [
  ["95.7", "tok/s", [95.7]],
  ["95,7", "tok/s", [95.7]],
  ["9.57e1", "tok/s", [95.7]],
  ["9,57E+1", "tok/s", [95.7]],
  ["95.7 tok/s", "tok/s", [95.7]],
  ["95.7tok/s", "tok/s", [95.7]],
  ["95.7 tokens per second", "tok/s", [95.7]],
  ["≈ 95.7", "tok/s", [95.7]],
  ["s = 0.0857", "", [0.0857]],
  ["about 24", "", [24]],
  ["5.", "", [5]],
  [".5", "", [0.5]],
  ["0,086", "", [0.086]],
  ["−5", "", [-5]],
  ["–0,5", "", [-0.5]],
  ["8.57×10⁻²", "", [0.0857]],
  ["8.57 · 10^-2", "", [0.0857]],
  ["8.57 x 10**−2", "", [0.0857]],
  ["3.35 × 10^{12}", "", [3.35e12]],
  ["1,234.5", "", [1234.5]],
  ["1.234,5", "", [1234.5]],
  ["1'000.5", "", [1000.5]],
  ["3 500,5", "", [3500.5]],
  ["3\u202f500\u202f000", "", [3500000]],
  ["1_000_000", "", [1e6]],
  ["1,234,567", "", [1234567]],
  ["1.234.567", "", [1234567]],
  ["1,234", "", [1234, 1.234]],
  ["16×", "", [16]],
  ["16 times", "", [16]],
  ["50%", "", [0.5]],
  ["50 %", "%", [50]],
  ["3.5B", "B", [3.5]],
  ["3.5 b", "B", [3.5]],
  ["3.5 billion parameters", "B", [3.5]],
  ["3500M", "B", [3.5]],
  ["3.5B", "", [3.5e9]],
  ["3 500 000 000", "B", [3.5e9, 3.5]],
  ["3.5e9", "B", [3.5e9, 3.5]],
  ["×16", "×", [16]],
  ["x16", "", [16]],
  ["τ² = 16", "", [16]],
  ["0.6/7 = 0.0857", "", [0.0857]],
  ["16-fold", "×", [16]],
  ["95.7 tps", "tok/s", [95.7]],
  ["95.7 tok s⁻¹", "tok/s", [95.7]],
  ["tok/s 95.7", "tok/s", [95.7]],
  ["(95.7)", "tok/s", [95.7]],
  ["９５．７", "tok/s", [95.7]],
  ["10¹²", "", [1e12]],
  ["-10^-2", "", [-0.01]],
];

const unreadable: [text: string, unit: string, reason: RegExp][] = [
  ["fast", "", /does not start with a number/],
  ["0.6/7", "", /calculation/],
  ["2^3", "", /calculation/],
  ["4²", "", /calculation/],
  ["95.7%", "tok/s", /%.*asked in tok\/s/],
  ["abc".repeat(2000), "", /^.{40,90}$/],
  ["50 kg", "tok/s", /kg.*asked in tok\/s/],
  ["95.7 tok/s", "", /plain number/],
  ["1 2", "", /more than one way/],
  ["1,23,4", "", /more than one way/],
  ["1.2.3", "", /more than one way/],
  ["1,234.567.8", "", /more than one way/],
  ["1e400", "", /larger/],
];

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length, `${actual} for ${expected}`);
  expected.forEach((value, index) => {
    assert.ok(
      Math.abs((actual[index] ?? Number.NaN) - value) <= 1e-12 * Math.abs(value),
      `${actual} for ${expected}`,
    );
  });
}

describe("parseAnswer", () => {
  for (const [text, unit, readings] of readable) {
    it(`reads “${text}” in ${unit || "no unit"}`, () => {
      const answer = parseAnswer(text, unit);
      assert.ok(answer.kind === "number", JSON.stringify(answer));
      assertClose(answer.readings, readings);
    });
  }

  for (const [text, unit, reason] of unreadable) {
    it(`says why “${text}” cannot be read`, () => {
      const answer = parseAnswer(text, unit);
      assert.ok(answer.kind === "unreadable", JSON.stringify(answer));
      assert.match(answer.reason, reason);
    });
  }

  it("knows an empty answer", () => {
    assert.deepEqual(parseAnswer(" \u00a0 "), { kind: "empty" });
  });
});
