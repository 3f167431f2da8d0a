import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { inLanes, type Task } from "../../tools/test/lanes.mjs";

/** Runs the tasks and says what began and ended, in order: `+name`, `-name`. */
async function course(tasks: Task[], lanes: number): Promise<string> {
  const events: string[] = [];
  await inLanes(tasks, lanes, async ({ name }) => {
    events.push(`+${name}`);
    // A task lasts as many turns of the event loop as its name has letters.
    for (let i = 0; i < name.length; ++i) await turn();
    events.push(`-${name}`);
  });
  return events.join(" ");
}

test("one lane runs the list in its order", async () => {
  assert.equal(await course([{ name: "aa" }, { name: "b" }], 1), "+aa -aa +b -b");
});

test("two lanes run two tasks, and a third when one has ended", async () => {
  assert.equal(
    await course([{ name: "aaaaa" }, { name: "b" }, { name: "c" }], 2),
    "+aaaaa +b -b +c -c -aaaaa",
  );
});

test("what uses the same waits, and what comes later in the list goes first", async () => {
  const tasks = [
    { name: "aaaaa", uses: ["disk"] },
    { name: "b", uses: ["tape", "disk"] },
    { name: "c", uses: ["tape"] },
  ];
  assert.equal(await course(tasks, 2), "+aaaaa +c -c -aaaaa +b -b");
});

test("what comes after another waits for its end, and not for what was not asked for", async () => {
  assert.equal(await course([{ name: "b", after: ["aa", "absent"] }, { name: "aa" }], 2), "+aa -aa +b -b");
});

test("a task that is alone has no other beside it", async () => {
  const tasks = [{ name: "aa" }, { name: "b", alone: true }, { name: "cccc" }, { name: "d" }];
  assert.equal(await course(tasks, 2), "+aa +cccc -aa +d -d -cccc +b -b");
});

test("tasks that wait for each other are named", async () => {
  const tasks = [
    { name: "a", after: ["b"] },
    { name: "b", after: ["a"] },
  ];
  await assert.rejects(course(tasks, 2), /a, b/);
});
