import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { engines } from "./engines.ts";

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => total + byte, 0);

test("a file that llama.cpp's own package wrote is read, and written again byte for byte", async () => {
  const folder = resolve(import.meta.dirname, "../golden/gguf_files");
  const bytes = new Uint8Array(await readFile(join(folder, "llama.gguf")));
  const expected = JSON.parse(await readFile(join(folder, "llama.json"), "utf8"));
  const { simd } = engines;
  const file = await simd.openTensorFile(bytes);
  const { "tokenizer.ggml.scores": scores, ...metadata } = file.metadata;
  assert.deepEqual(metadata, {
    "general.architecture": "llama",
    "llama.block_count": 1,
    "llama.rope.freq_base": 10000,
    wide: 2 ** 40,
    short: -3,
    double: 0.1,
    flag: true,
    "tokenizer.ggml.tokens": ["<unk>", "é", "\u{1f600}"],
  });
  assert.deepEqual(scores, Float32Array.of(0, -1.5, -2.25));
  const found = [];
  for (const { name, shape, type, byteLength } of file.tensors) {
    const stored = await file.bytes(name);
    const begin = Buffer.from(bytes).indexOf(stored);
    found.push({ name, shape, type, begin, byteLength, sum: sum(stored) });
  }
  assert.deepEqual(found, expected);

  const typed = Object.fromEntries(
    Object.entries(file.metadata).map(([key, value]) => {
      return [key, { type: file.metadataTypes[key] ?? "string", value }] as const;
    }),
  );
  const tensors = [];
  for (const { name, shape, type } of file.tensors)
    tensors.push({ name, shape, type, data: await file.bytes(name) });
  assert.deepEqual(simd.writeGguf(tensors, typed), bytes);
});

test("an independent reader finds in our files what we wrote", async () => {
  const { simd } = engines;
  const folder = await mkdtemp(join(tmpdir(), "tensor-files-"));
  try {
    const weights = simd.sampleWeights({
      count: 2048,
      sigma: 0.02,
      outlierFraction: 0,
      outlierScale: 1,
      seed: 9,
    });
    const tensors = ["F32", "F16", "BF16"].map((type) => ({
      name: `w ${type} é`,
      shape: [8, 256],
      type,
      data: weights,
    }));
    const packed = { name: "packed", shape: [8, 256], data: simd.pack(weights, { format: "q8_0", rows: 8 }) };
    const texts = { key: "é", 'quo"te': "\n" };
    const numbers = { n: 3, f: 0.5, list: ["a", "é"], flag: true };
    for (const [name, bytes, metadata] of [
      ["a.safetensors", simd.writeSafetensors(tensors, texts), texts],
      ["a.gguf", simd.writeGguf([...tensors, packed], numbers), numbers],
    ] as const) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const script = join(import.meta.dirname, "independent_reader.py");
      const read = JSON.parse(execFileSync("/usr/bin/python3", ["-B", script, path], { encoding: "utf8" }));
      assert.deepEqual(read.metadata, metadata);
      const file = await simd.openTensorFile(bytes);
      const expected = [];
      for (const { name, shape, type } of file.tensors) {
        const entry = { name, shape, type, sum: sum(await file.bytes(name)) };
        const first = type === "Q8_0" ? {} : { first: Array.from((await file.read(name)).subarray(0, 3)) };
        expected.push({ ...entry, ...first });
      }
      assert.deepEqual(read.tensors, expected);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
