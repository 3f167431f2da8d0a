import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Engine, Numbers, Variant } from "../../bindings/compression.ts";

type Face = typeof import("../../bindings/compression.ts");

/** The folder that the build makes, as a reader of the site gets it. */
export const engineFolder = resolve(import.meta.dirname, "../../dist/engine");

/** The built face, not its sources. */
export const { createEngine, EngineError }: Face = await import(
  pathToFileURL(resolve(engineFolder, "compression.js")).href
);

/** Both builds of the engine. */
export const engines: Record<Variant, Engine> = {
  simd: await createEngine({ variant: "simd" }),
  scalar: await createEngine({ variant: "scalar" }),
};

export const variants = Object.entries(engines) as [Variant, Engine][];

/** The work ends in the engine's own error, with that code and such words. */
export function refused(work: () => unknown, code: string, message: RegExp): void {
  assert.throws(work, (thrown) => {
    assert.ok(thrown instanceof EngineError);
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  });
}

/** Whether two numbers agree to a relative error. */
export function near(actual: number, expected: number, relative = 1e-8): boolean {
  return Math.abs(actual - expected) <= relative * Math.abs(expected);
}

/** The values to a number of decimals, as text. */
export function rounded(values: Numbers, decimals: number): string[] {
  return Array.from(values, (value) => value.toFixed(decimals));
}
