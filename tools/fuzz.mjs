import { parseArgs } from "node:util";
import { main, SetupError, step } from "./setup/console.mjs";
import { setUp } from "./setup/setup.mjs";
import { fuzz } from "./test/fuzz.mjs";

/** `npm run fuzz -- --minutes 20`: so long for each harness. */
await main(async () => {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "20" } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new SetupError(`--minutes must be a positive number, not ${values.minutes}`);
  await setUp("build", "test");
  await step(`Fuzzing, ${minutes} minutes a harness`, () =>
    fuzz([`-max_total_time=${Math.ceil(minutes * 60)}`]),
  );
});
