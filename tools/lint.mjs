import { main, SetupError, step } from "./setup/console.mjs";
import { setUp } from "./setup/setup.mjs";
import { biome, clangFormat, clangTidy, types } from "./test/lint.mjs";

/** `npm run lint`: every check, also after one has failed. */
await main(async () => {
  await setUp("build", "lint");
  let failed = 0;
  const check = async (/** @type {string} */ name, /** @type {() => Promise<void>} */ work) => {
    await step(name, work).catch((error) => {
      failed++;
      process.stderr.write(`✗ ${name}\n${error.message}\n`);
    });
  };
  await check("clang-format: C++ layout", clangFormat);
  await check("Biome: TypeScript, CSS, JSON", biome);
  await check("tsc: types", types);
  await check("clang-tidy: mistakes in C++", () => clangTidy());
  if (failed > 0) throw new SetupError(`${failed} of 4 checks failed.`);
});
