import { runHere } from "./run_apart.mjs";
import { suites } from "./suites.mjs";

/** Runs the suite that the command line names. */
for (const suite of suites.filter(({ name }) => name === process.argv[2])) await runHere(suite);
