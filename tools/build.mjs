import { build } from "./build/build.mjs";
import { main, step } from "./setup/console.mjs";
import { setUp } from "./setup/setup.mjs";

await main(async () => {
  await setUp("build");
  await step("The site and the engine in dist/", build);
});
