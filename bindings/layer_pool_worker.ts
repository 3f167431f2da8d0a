import { expose } from "comlink";
import { EngineError } from "./errors.ts";
import { assembled, block } from "./layer_part.ts";
import type { DampedOrder, PoolWorker, SweptRows } from "./layer_pool_wire.ts";
import type { Matrix } from "./layer_types.ts";
import { type Answer, compressedLayer, moduleRecipe } from "./layers.ts";
import { type Call, type CompressionModule, callsOf, loadModule, supportedVariant } from "./module.ts";
import { nodeEndpoint } from "./node_worker.ts";
import { replyOf } from "./reply.ts";

/** A worker of a pool: it holds matrices of a layer, and does a step at a time with them (layer_pool_wire.ts). */

const held = new Map<string, Matrix<Float32Array>>();
let call: Call;
let heard: (share: number) => void;

function matrix(name: string): Matrix<Float32Array> {
  const found = held.get(name);
  if (found) return found;
  throw new EngineError("internal", `a worker does not hold ${name}`);
}

/** The answer of one of the module's functions that take and give plain objects. */
const ask = <T>(compute: (module: CompressionModule) => object) => call((module) => compute(module) as T);

const worker: PoolWorker = {
  start: (variant, hear) =>
    replyOf(async () => {
      const module = await loadModule(variant ?? supportedVariant(), "whole");
      call = callsOf(module);
      heard = hear;
      return module.partLength;
    }),
  hold: (name, rows, cols, pieces) =>
    replyOf(() => {
      held.set(name, assembled(rows, cols, pieces));
      return true;
    }),
  cut: (name, from, part) =>
    replyOf(() => {
      held.set(name, block(matrix(from), part));
      return true;
    }),
  give: (name, part) =>
    replyOf(() => {
      const whole = matrix(name);
      if (part) return block(whole, part);
      held.delete(name);
      return whole;
    }),
  clear: () =>
    replyOf(() => {
      held.clear();
      return true;
    }),
  step: (name, { step, a, b, c, first, rows }) =>
    replyOf(() => {
      const matrices = { a: matrix(a), b: b && matrix(b), c: c && matrix(c) };
      const answer = ask<{ matrix?: Matrix<Float32Array> }>((module) =>
        module.inverseStep({ step, ...matrices, first, rows }, undefined),
      );
      if (answer.matrix) held.set(name, answer.matrix);
      return answer.matrix !== undefined;
    }),
  damp: (name, hessian, recipe, raised) =>
    replyOf(() => {
      const given = { hessian: matrix(hessian), recipe: moduleRecipe(recipe), raised };
      const { matrix: damped, ...order } = ask<DampedOrder & { matrix: Matrix<Float32Array> }>((module) =>
        module.dampHessian(given, undefined),
      );
      held.set(name, damped);
      return order;
    }),
  sweep: (weights, inverse, order, recipe) =>
    replyOf(() => {
      const rows = matrix(weights);
      const given = { weights: rows, inverse: matrix(inverse), ...order, recipe: moduleRecipe(recipe) };
      const swept = ask<SweptRows>((module) => module.sweepRows(given, heard));
      held.set("approximation", { ...rows, data: swept.weights.slice() });
      return swept;
    }),
  store: (outputs, rows, order, recipe) =>
    replyOf(() => {
      const given = { outputs, ...rows, ...order, recipe: moduleRecipe(recipe) };
      const answer = ask<Answer>((module) => module.storeRows(given, undefined));
      return compressedLayer(answer, { rows: outputs, cols: order.order.length }, recipe);
    }),
  squares: (weights, approximation, x) =>
    replyOf(() => {
      const given = {
        weights: matrix(weights),
        approximation: matrix(approximation),
        calibration: matrix(x),
      };
      return call((module) => module.outputSquares(given));
    }),
  error: (squares) => replyOf(() => call((module) => module.relativeError(squares))),
  compress: (recipe, measured) =>
    replyOf(() => {
      const weights = matrix("layer");
      const given = { weights, calibration: matrix("calibration"), heldOut: held.get("heldOut") };
      const asked = { ...moduleRecipe(recipe), measured };
      const answer = ask<Answer>((module) => module.compressLayer({ ...given, recipe: asked }, heard));
      return compressedLayer(answer, weights, recipe);
    }),
};

if ("addEventListener" in globalThis) {
  expose(worker);
} else {
  // Under node, a worker speaks through a port.
  const { parentPort } = await import("node:worker_threads");
  if (parentPort) expose(worker, nodeEndpoint(parentPort));
}
