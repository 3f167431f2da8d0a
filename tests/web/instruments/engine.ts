import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

type Face = typeof import("../../../bindings/compression.ts");

const built = pathToFileURL(resolve(import.meta.dirname, "../../../dist/engine/compression.js"));
const { createEngine }: Face = await import(built.href);

/** The built engine, not its sources. */
export const engine = await createEngine();
