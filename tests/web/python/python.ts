import { readFileSync } from "node:fs";
import type { Engine } from "../../../bindings/compression.ts";
import { type CellOutput, runCell, startPythonInNode } from "../../../web/python/build_time.ts";

const enginePath = new URL("../../../dist/engine/compression.js", import.meta.url);

async function builtEngine(): Promise<Engine> {
  const { createEngine } = (await import(
    enginePath.href
  )) as typeof import("../../../bindings/compression.ts");
  return createEngine();
}

export const engine: Engine = await builtEngine();

/** One Python for all tests of a file: each run has a namespace of its own. */
const python = await startPythonInNode(engine);

export function run(source: string): CellOutput {
  return runCell(python, source, "cell 1", "cell-1");
}

export interface Program {
  name: string;
  source: string;
}

export const programs: Program[] = JSON.parse(
  readFileSync(new URL("programs.json", import.meta.url), "utf8"),
);
