/** `javascript.mjs WEIGHTS RESULT`: the tasks in plain JavaScript, tuned for V8: four maxima at a time, and doubles wherever they
 * round to the same float32. */
import { readFileSync, writeFileSync } from "node:fs";

const [weightsFile, resultFile] = process.argv.slice(2);
const bytes = readFileSync(weightsFile);
const weights = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const dequantized = new Float32Array(weights.length);
const groupSize = 64;
/** Adding and taking away 1.5 × 2^52 rounds a small number to an integer, half to even. */
const rounder = 6755399441055744;

/**
 * @param {Float32Array} values length a multiple of 4
 * @param {number} begin
 * @param {number} end
 */
function absmax(values, begin, end) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = begin; i < end; i += 4) {
    a = Math.max(a, Math.abs(values[i]));
    b = Math.max(b, Math.abs(values[i + 1]));
    c = Math.max(c, Math.abs(values[i + 2]));
    d = Math.max(d, Math.abs(values[i + 3]));
  }
  return Math.max(a, b, c, d);
}

/**
 * @param {Float32Array} values length a multiple of 64
 * @param {Float32Array} result of the same length
 */
function roundTrip(values, result) {
  for (let begin = 0; begin < values.length; begin += groupSize) {
    const end = begin + groupSize;
    const scale = Math.fround(absmax(values, begin, end) / 7);
    for (let i = begin; i < end; i++) {
      const code = Math.fround(values[i] / scale) + rounder - rounder;
      result[i] = code * scale;
    }
  }
  return result[result.length - 1];
}

/**
 * Nanoseconds of the fastest call: calls for a fifth of a second, after as many for the just-in-time compiler.
 * @param {() => number} task
 */
function nanoseconds(task) {
  let fastest = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < 2; pass++) {
    fastest = Number.POSITIVE_INFINITY;
    for (let now = performance.now(), end = now + 200; now < end; ) {
      task();
      const after = performance.now();
      fastest = Math.min(fastest, (after - now) * 1e6);
      now = after;
    }
  }
  return fastest;
}

const result = {
  context: { architecture: "V8", absmax: absmax(weights, 0, weights.length).toFixed(6) },
  benchmarks: [
    { name: "absmax", real_time: nanoseconds(() => absmax(weights, 0, weights.length)) },
    { name: "round_trip", real_time: nanoseconds(() => roundTrip(weights, dequantized)) },
  ],
};
writeFileSync(resultFile, dequantized);
process.stdout.write(`${JSON.stringify(result)}\n`);
