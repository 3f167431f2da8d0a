import { build } from "./build/build.mjs";
import { main } from "./setup/console.mjs";
import { root } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";
import { setUp } from "./setup/setup.mjs";

/** `npm run dev`: everything built once, then a server that follows the author's changes. */
await main(async () => {
  await setUp("build");
  await build();
  await run(process.execPath, ["--import", "tsx", "tools/dev/server.ts"], { cwd: root });
});
