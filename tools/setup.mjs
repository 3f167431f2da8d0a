import { main } from "./setup/console.mjs";
import { setUp } from "./setup/setup.mjs";

await main(() => setUp("build", "test", "lint", "bench"));
