import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { latestOnly } from "../../../web/instruments/latest.ts";

test("while an answer is under way only the newest request waits, and the last is always answered", async () => {
  const asked: number[] = [];
  const delivered: number[] = [];
  const ask = latestOnly(
    async (request: number) => {
      asked.push(request);
      await wait(5);
      return request;
    },
    (answer) => delivered.push(answer),
    () => assert.fail(),
  );
  await Promise.all([1, 2, 3, 4].map(ask));
  assert.deepEqual(asked, [1, 4]);
  assert.deepEqual(delivered, [1, 4]);
  await ask(5);
  assert.deepEqual(delivered, [1, 4, 5]);
});

test("a refusal is told, and the next request is asked", async () => {
  const told: unknown[] = [];
  const ask = latestOnly(
    async (request: string) => {
      if (request === "bad") throw new Error("out of bounds");
      return request;
    },
    (answer) => told.push(answer),
    (reason) => told.push((reason as Error).message),
  );
  await ask("bad");
  await ask("good");
  assert.deepEqual(told, ["out of bounds", "good"]);
});
