/**
 * Writes the sample model of Instrument 7.5 as files, for readers who want to open it elsewhere:
 *
 *     node --import tsx tools/sample_model.ts --out dist/samples
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { sampleFiles, sampleName } from "../web/instruments/your_weights/sample_model.ts";

type Face = typeof import("../bindings/compression.ts");

const root = resolve(import.meta.dirname, "..");
const { values: options } = parseArgs({
  options: { out: { type: "string", default: join(root, "dist/samples") } },
});
const { createEngine }: Face = await import(pathToFileURL(join(root, "dist/engine/compression.js")).href);
const [weights, config] = await sampleFiles(await createEngine());
await mkdir(options.out, { recursive: true });
await writeFile(join(options.out, sampleName), Buffer.from(await weights.arrayBuffer()));
await writeFile(
  join(options.out, sampleName.replace(/safetensors$/, "config.json")),
  Buffer.from(await config.arrayBuffer()),
);
