/** Browsers that lack something: WASM SIMD, WebAssembly, or a host that is not ours. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { chapterPath, distribution, type Site, solveAnExercise, startSite, untroubled } from "./harness.ts";

let site: Site;
before(async () => {
  site = await startSite();
});
after(() => site.close());

test("without WebAssembly the text and the static pictures stay, and a sentence says what is missing", async () => {
  const { page } = await site.open(chapterPath, {
    before: () => {
      // @ts-expect-error: a browser without WebAssembly.
      delete globalThis.WebAssembly;
    },
  });
  await page.waitForTimeout(500);
  assert.equal((await page.locator("h2").count()) >= 6, true);
  assert.ok(await page.locator("[data-instrument='quantizer'] svg").first().isVisible());
  assert.match(await page.locator("body").innerText(), /WebAssembly/);
});

test("the page works from Python's own static server", async () => {
  const port = 8731;
  const server = spawn(
    "/usr/bin/python3",
    ["-m", "http.server", String(port), "--bind", "127.0.0.1", "--directory", distribution],
    { stdio: "ignore" },
  );
  try {
    for (let attempt = 0; attempt < 50; attempt++) {
      if (
        await fetch(`http://127.0.0.1:${port}/`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break;
      await pause(100);
    }
    const { page, troubles } = await site.open("404.html");
    await page.goto(`http://127.0.0.1:${port}/${chapterPath}`);
    await solveAnExercise(page);
    assert.deepEqual(troubles.console, []);
    assert.ok(
      untroubled({
        ...troubles,
        offOrigin: troubles.offOrigin.filter((url) => !url.startsWith(`http://127.0.0.1:${port}/`)),
      }),
    );
  } finally {
    server.kill();
    await once(server, "exit");
  }
});
