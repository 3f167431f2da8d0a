import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Progress } from "../../../web/reader/progress.ts";
import type { KeyedStorage } from "../../../web/reader/storage.ts";

/** A storage that lives as long as the test. */
function memory(entries = new Map<string, string>()): KeyedStorage {
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  };
}

describe("progress", () => {
  it("outlives the page and keeps pages apart", () => {
    const storage = memory();
    new Progress(storage).markSolved("compression/", "decode-ceiling");
    const later = new Progress(storage);
    assert.ok(later.isSolved("compression/", "decode-ceiling"));
    assert.ok(!later.isSolved("inference/", "decode-ceiling"));
  });

  it("announces each change once", () => {
    const progress = new Progress(memory());
    let calls = 0;
    progress.watch(() => calls++);
    progress.markSolved("a/", "x");
    progress.markSolved("a/", "x");
    progress.clear();
    assert.equal(calls, 3);
  });

  it("can be cleared", () => {
    const storage = memory();
    const progress = new Progress(storage);
    progress.markSolved("a/", "x");
    progress.clear();
    assert.ok(!progress.isSolved("a/", "x"));
    assert.ok(!new Progress(storage).isSolved("a/", "x"));
  });

  it("starts afresh where the memory holds something else", () => {
    for (const kept of ["no json", '{"a":1}', "[1, null]"]) {
      const progress = new Progress(memory(new Map([["solved-exercises", kept]])));
      assert.ok(!progress.isSolved("a/", "x"));
      progress.markSolved("a/", "x");
      assert.ok(progress.isSolved("a/", "x"));
    }
  });

  it("works where nothing can be stored", () => {
    const full: KeyedStorage = { ...memory(), setItem: () => assert.fail("full") };
    const progress = new Progress(full);
    progress.markSolved("a/", "x");
    assert.ok(progress.isSolved("a/", "x"));
  });
});
