/** Each exercise is solved, mis-solved in the ways readers do, and drawn again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { chapterPath, type Site, startSite, untroubled } from "./harness.ts";

/** Printed answers, ways to write each, and slips with a word that the feedback to each must hold. */
const exercises = [
  {
    id: "decode-ceiling",
    right: ["95.7", "95,7", "9.57e1", "95.7 tok/s"],
    slips: [["47.9", /half a byte|byte/i]],
    wrong: "55",
  },
  { id: "temperature-factor", right: ["16", "16.0"], slips: [["4", /squar|τ²/i]], wrong: "7" },
  {
    id: "symmetric-scale",
    right: ["0.0857", "0,0857", "8.57e-2"],
    slips: [["0.04", /15|levels|2/]],
    wrong: "3",
  },
  {
    id: "microscale",
    right: ["0.125", "0,125", "1.25e-1"],
    slips: [
      ["0.1", /power of two/],
      ["0.5", /largest power of two/],
      ["124", /plus 127/],
      ["8", /Upside down/],
    ],
    wrong: "0.03",
  },
  {
    id: "block-bits",
    right: ["4.5", "4,5", "4.5 bits"],
    slips: [
      ["4", /codes alone/],
      ["4.375", /head of the block/],
      ["0.5625", /byte has eight bits/],
      ["1152", /whole block/],
    ],
    wrong: "7",
  },
  {
    id: "gptq-column",
    right: ["0.51", "0,51", "0.510"],
    slips: [
      ["0.45", /is where it was/],
      ["0.53", /whole error/],
      ["0.498", /change\s+places/],
      ["0.39", /wrong direction/],
      ["0.69", /entry of H itself|counts is the inverse/],
      ["0.6", /its own turn/],
    ],
    wrong: "2",
  },
  {
    id: "wanda-row",
    right: ["0.2", "0,2", "0.20"],
    slips: [
      ["1.4", /two largest weights/],
      ["1.02", /two that go/],
      ["1.22", /whole row/],
      ["-0.3", /Only one weight/],
    ],
    wrong: "0.6",
  },
  { id: "pruned-parameters", right: ["3.5", "3.5B", "3,5"], slips: [], wrong: "6.9" },
] as const;

let site: Site;
/** One reader goes through all exercises. */
let reading: Awaited<ReturnType<Site["open"]>>;
before(async () => {
  site = await startSite();
  reading = await site.open(chapterPath);
});
after(() => site.close());

async function answer(page: Page, id: string, text: string): Promise<string> {
  const exercise = page.locator(`[data-exercise="${id}"]`);
  await exercise.locator("[data-control='answer']").fill(text);
  await exercise.locator("[data-control='answer']").press("Enter");
  const feedback = exercise.locator("[data-feedback]");
  await feedback.filter({ hasText: /\S/ }).waitFor();
  await page.waitForTimeout(150);
  return feedback.innerText();
}

async function verdict(page: Page, id: string): Promise<string | null> {
  return page.locator(`[data-exercise="${id}"] [data-feedback]`).getAttribute("data-verdict");
}

for (const { id, right, slips, wrong } of exercises) {
  test(`${id}: accepts the answer as people write it`, async () => {
    const { page, troubles } = reading;
    for (const text of right) {
      await answer(page, id, text);
      assert.equal(await verdict(page, id), "right", text);
    }
    assert.ok(untroubled(troubles), JSON.stringify(troubles));
  });

  test(`${id}: names the slip, refuses what is wrong, asks again for what it cannot read`, async () => {
    const { page } = reading;
    for (const [text, says] of slips) {
      assert.match(await answer(page, id, text), says, text);
      assert.equal(await verdict(page, id), "slip", text);
    }
    await answer(page, id, wrong);
    assert.equal(await verdict(page, id), "wrong");
    for (const unreadable of ["", "many", "NaN", "1e999"]) {
      await page.locator(`[data-exercise="${id}"] [data-control='answer']`).fill(unreadable);
      await page.locator(`[data-exercise="${id}"] [data-control='answer']`).press("Enter");
      await page.waitForTimeout(100);
      assert.equal(await verdict(page, id), "unreadable", JSON.stringify(unreadable));
    }
  });

  test(`${id}: Another one changes the question, and its worked solution solves it`, async () => {
    const { page, troubles } = reading;
    const exercise = page.locator(`[data-exercise="${id}"]`);
    await exercise.scrollIntoViewIfNeeded();
    let previous = await exercise.locator("[data-problem]").innerText();
    for (let draw = 0; draw < 4; draw++) {
      await exercise.getByRole("button", { name: "Another one" }).click();
      await page.waitForFunction(
        ([name, before]) =>
          (document.querySelector(`[data-exercise="${name}"] [data-problem]`) as HTMLElement).innerText !==
          before,
        [id, previous],
      );
      previous = await exercise.locator("[data-problem]").innerText();
      const solution = exercise.locator("[data-solution]");
      if ((await solution.getAttribute("open")) === null) await solution.locator("summary").click();
      const result = await solution.locator("strong data.figure").last().innerText();
      await answer(page, id, result);
      assert.equal(await verdict(page, id), "right", `${previous} → ${result}`);
    }
    assert.ok(untroubled(troubles), JSON.stringify(troubles));
  });
}

test("progress survives a reload and can be cleared", async () => {
  const { page, context } = await site.open(chapterPath);
  await answer(page, "temperature-factor", "16");
  await page.reload();
  const exercise = page.locator("[data-exercise='temperature-factor']");
  await page.waitForFunction(
    () => document.querySelector("[data-exercise='temperature-factor'][data-solved]") !== null,
  );
  await exercise.scrollIntoViewIfNeeded();
  await page
    .getByRole("button", { name: /clear progress/i })
    .first()
    .click();
  const confirm = page.getByRole("button", { name: /^(yes|clear)/i });
  if ((await confirm.count()) > 0 && (await exercise.getAttribute("data-solved")) !== null)
    await confirm.first().click();
  await page.waitForFunction(() => document.querySelector("[data-exercise][data-solved]") === null);
  await page.reload();
  assert.equal(await page.locator("[data-exercise][data-solved]").count(), 0);
  await context.close();
});

test("a hint stands before the solution", async () => {
  const { page } = reading;
  for (const { id } of exercises) {
    const order = await page.$$eval(`[data-exercise="${id}"] :is([data-hint], [data-solution])`, (elements) =>
      elements.map((element) => (element.hasAttribute("data-hint") ? "hint" : "solution")),
    );
    assert.deepEqual(order, ["hint", "solution"], id);
  }
});
