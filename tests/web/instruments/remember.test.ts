import assert from "node:assert/strict";
import { test } from "node:test";
import { remember } from "../../../web/instruments/remember.ts";

test("an answer is asked for once, and again when it was forgotten", async () => {
  const asked: number[] = [];
  const double = remember((value: number) => {
    asked.push(value);
    return 2 * value;
  }, 2);
  assert.deepEqual(await Promise.all([1, 1, 2, 3, 3].map((value) => double(value))), [2, 2, 4, 6, 6]);
  assert.deepEqual(asked, [1, 2, 3]);
  assert.equal(await double(1), 2);
  assert.deepEqual(asked, [1, 2, 3, 1]);
});

test("a refusal is not remembered", async () => {
  let refusals = 1;
  const ask = remember((value: number) => {
    if (refusals-- > 0) throw new Error("not now");
    return value;
  }, 2);
  await assert.rejects(ask(7), /not now/);
  assert.equal(await ask(7), 7);
});
