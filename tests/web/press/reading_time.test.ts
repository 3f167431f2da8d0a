import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  countWords,
  readingMinutes,
  wordsIn,
  wordsPerMinute,
} from "../../../web/press/transforms/reading_time.ts";

const text = (value: string) => ({ type: "text", value });

describe("reading time", () => {
  it("counts what white space separates, not lone signs", () => {
    assert.equal(countWords("One  two-fold\nthree — 4 = four’s"), 5);
    assert.equal(countWords(" — … "), 0);
  });

  it("counts code, and a formula or figure as one; not the feedback to wrong answers", () => {
    const tree = {
      type: "root",
      children: [
        {
          type: "paragraph",
          children: [text("Three words here"), { type: "inlineMath", value: "a + b + c" }],
        },
        { type: "code", value: "import numpy as np" },
        { type: "figureRole", expression: "tau" },
        { type: "slip", children: [text("Not counted at all")] },
      ],
    };
    assert.equal(wordsIn(tree), 3 + 1 + 4 + 1);
  });

  it("is at least a minute, and rounds to the nearest", () => {
    assert.equal(readingMinutes(3), 1);
    assert.equal(readingMinutes(25 * wordsPerMinute + 10), 25);
  });
});
