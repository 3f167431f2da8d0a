import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine, EngineErrorCode, TensorFile } from "../../bindings/compression.ts";
import { EngineError, engines, variants } from "./engines.ts";
import { bytesOf, collector, tinyGguf, tinySafetensors, tinyTensors } from "./tensor_file_samples.ts";

/** A Blob that counts the bytes that are read of it. */
class CountedBlob extends Blob {
  bytesRead = 0;
  override slice(begin = 0, end = this.size): Blob {
    this.bytesRead += end - begin;
    return super.slice(begin, end);
  }
}

async function refused(call: Promise<unknown>, code: EngineErrorCode, words: RegExp): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof EngineError);
    assert.match(error.message, words);
    assert.equal(error.code, code);
    return true;
  });
}

/** A safetensors file of one F32 tensor `w` [rows, cols] that counts 0, 1, 2, … */
function counting(engine: Engine, rows: number, cols: number): Uint8Array {
  const data = Float32Array.from({ length: rows * cols }, (_, i) => i);
  return engine.writeSafetensors([{ name: "w", shape: [rows, cols], data }]);
}

for (const [variant, engine] of variants) {
  describe(`${variant}: tensor files`, () => {
    test("the tiny files of the reference libraries open from bytes and from a Blob", async () => {
      for (const source of [tinyGguf, new Blob([tinyGguf])]) {
        const file = await engine.openTensorFile(source);
        assert.equal(file.kind, "gguf");
        assert.equal(file.version, 3);
        assert.deepEqual(file.metadata, {
          "general.architecture": "llama",
          "general.quantization_version": 2,
          "demo.list": Uint32Array.of(1, 2, 3),
          "demo.flag": true,
        });
        assert.equal(file.metadataTypes["demo.list"], "uint32[]");
        const [a, b] = file.tensors;
        assert.deepEqual(
          { ...a, readable: true },
          {
            name: "a.weight",
            shape: [2, 2],
            type: "F32",
            byteLength: 16,
            rows: 2,
            cols: 2,
            readable: true,
            staysFloat: false,
          },
        );
        assert.deepEqual([b?.name, b?.shape, b?.type, b?.byteLength], ["b.weight", [1, 32], "Q4_0", 18]);
        assert.deepEqual(await file.read("a.weight"), Float32Array.of(1, 2, 3, 4));
        assert.deepEqual(await file.bytes("b.weight"), tinyGguf.slice(320, 338));
      }
      for (const source of [tinySafetensors, new Blob([tinySafetensors])]) {
        const file = await engine.openTensorFile(source);
        assert.equal(file.kind, "safetensors");
        assert.equal(file.version, undefined);
        assert.deepEqual(file.metadata, { format: "pt" });
        assert.deepEqual(
          file.tensors.map(({ name, shape, type }) => [name, shape, type]),
          [
            ["a", [2, 2], "F32"],
            ["b", [3], "I8"],
          ],
        );
        assert.deepEqual(await file.read("b"), Float32Array.of(1, -2, 3));
      }
    });

    test("the tiny files are written byte for byte", async () => {
      assert.deepEqual(engine.writeSafetensors(tinyTensors.safetensors, { format: "pt" }), tinySafetensors);
      const { metadata } = await engine.openTensorFile(tinyGguf);
      assert.deepEqual(engine.writeGguf(tinyTensors.gguf, metadata), tinyGguf);
    });

    test("a Q4_0 tensor is decoded where the registry has q4_0, and named where it has not", async () => {
      const file = await engine.openTensorFile(tinyGguf);
      const [, tensor] = file.tensors;
      if (engine.formats().some(({ id }) => id === "q4_0")) {
        assert.deepEqual((await file.read("b.weight")).at(0), -16);
      } else {
        assert.equal(tensor?.readable, false);
        await refused(file.read("b.weight"), "unsupported", /tensor "b.weight": elements of the type Q4_0/);
      }
    });

    test("rows are read by themselves, and only their bytes", async () => {
      const source = new CountedBlob([counting(engine, 1000, 4096) as BlobPart]);
      const file = await engine.openTensorFile(source);
      source.bytesRead = 0;
      const rows = await file.read("w", { from: 700, count: 2 });
      assert.equal(rows.length, 8192);
      assert.equal(rows[0], 700 * 4096);
      assert.equal(source.bytesRead, 2 * 4096 * 4);
      assert.equal((await file.bytes("w", { from: 999, count: 1 })).length, 4096 * 4);
      assert.deepEqual((await file.read("w")).subarray(700 * 4096, 702 * 4096), rows);
    });

    test("opening reads the header alone", async () => {
      const source = new CountedBlob([counting(engine, 1000, 1000) as BlobPart]);
      await engine.openTensorFile(source);
      assert.ok(source.bytesRead < 70_000, `${source.bytesRead}`);
    });

    test("a header longer than the first look is read whole", async () => {
      const tokens = Array.from({ length: 20_000 }, (_, i) => `token ${i} é`);
      const bytes = engine.writeGguf(tinyTensors.gguf, { tokens });
      const file = await engine.openTensorFile(new Blob([bytes as BlobPart]));
      assert.deepEqual(file.metadata.tokens, tokens);
      assert.deepEqual(await file.read("a.weight"), Float32Array.of(1, 2, 3, 4));
    });

    test("what is read belongs to the caller", async () => {
      const file = await engine.openTensorFile(tinyGguf);
      (await file.bytes("a.weight")).fill(0);
      (await file.read("a.weight")).fill(0);
      assert.deepEqual(await file.read("a.weight"), Float32Array.of(1, 2, 3, 4));
    });

    test("tensors of every float type come back as written", async () => {
      const data = Float32Array.of(0.5, -1.25, 3, 0, 65504, -0.0078125);
      for (const type of ["F32", "F16", "BF16"]) {
        const tensors = [
          { name: "w", shape: [2, 3], type, data: type === "BF16" ? data.map(Math.fround) : data },
        ];
        for (const bytes of [engine.writeSafetensors(tensors), engine.writeGguf(tensors, {})]) {
          const read = await (await engine.openTensorFile(bytes)).read("w");
          const format = { F32: null, F16: "fp16", BF16: "bf16" }[type];
          const expected = format ? engine.roundTrip(data, { format }).dequantized : data;
          assert.deepEqual(read, expected, type);
        }
      }
    });

    test("empty tensors, scalars, and files without tensors", async () => {
      const tensors = [
        { name: "none", shape: [0, 4], data: new Float32Array(0) },
        { name: "scalar", shape: [], data: Float32Array.of(7) },
      ];
      for (const bytes of [engine.writeSafetensors(tensors), engine.writeGguf(tensors, {})]) {
        const file = await engine.openTensorFile(bytes);
        assert.deepEqual(await file.read("none"), new Float32Array(0));
        assert.deepEqual(await file.read("scalar"), Float32Array.of(7));
      }
      assert.deepEqual((await engine.openTensorFile(engine.writeSafetensors([]))).tensors, []);
      assert.deepEqual((await engine.openTensorFile(engine.writeGguf([], {}))).tensors, []);
    });

    test("metadata of every type come back as written", async () => {
      const metadata = {
        text: "é \u{1f600}",
        "list of texts": ["", "a", "b"],
        flag: false,
        flags: [true, false],
        small: 7,
        negative: -7,
        wide: 2 ** 40,
        widest: 2n ** 64n - 1n,
        deep: -(2n ** 63n),
        fraction: 0.5,
        u8: Uint8Array.of(1, 255),
        i8: Int8Array.of(-128, 127),
        u16: Uint16Array.of(65535),
        i16: Int16Array.of(-32768),
        u32: Uint32Array.of(2 ** 32 - 1),
        i32: Int32Array.of(-(2 ** 31)),
        f32: Float32Array.of(0.5, Number.NaN),
        u64: BigUint64Array.of(2n ** 64n - 1n),
        i64: BigInt64Array.of(-1n),
        f64: Float64Array.of(0.1),
        __proto__x: 1,
      };
      const typed = {
        eps: { type: "float32", value: 1e-5 },
        none: { type: "string[]", value: [] as string[] },
      } as const;
      const file = await engine.openTensorFile(engine.writeGguf([], { ...metadata, ...typed }));
      assert.deepEqual(file.metadata, { ...metadata, eps: Math.fround(1e-5), none: [] });
      assert.deepEqual(
        ["text", "small", "negative", "wide", "deep", "fraction", "f64", "eps"].map(
          (key) => file.metadataTypes[key],
        ),
        ["string", "uint32", "int32", "uint64", "int64", "float32", "float64[]", "float32"],
      );
    });

    test("a stream writes what writing as a whole gives", async () => {
      const { sink, chunks } = collector();
      const progress: string[] = [];
      const onProgress = ({ tensor }: { tensor: string }) => void progress.push(tensor);
      const metadata = { "general.architecture": "llama", n: 3 };
      const size = await engine.streamGguf(sink, tinyTensors.gguf, metadata, { onProgress });
      assert.deepEqual(bytesOf(chunks), engine.writeGguf(tinyTensors.gguf, metadata));
      assert.equal(size, bytesOf(chunks).length);
      assert.deepEqual([...new Set(progress)], ["a.weight", "b.weight"]);

      const stream = new WritableStream<Uint8Array>({ write: (chunk) => void streamed.push(chunk) });
      const streamed: Uint8Array[] = [];
      const lazy = {
        name: "a",
        shape: [4, 2],
        type: "BF16",
        *data() {
          yield Float32Array.of(1, 2, 3, 4);
          yield Float32Array.of(5, 6, 7, 8);
        },
      };
      await engine.streamSafetensors(stream, [lazy], { a: "b" });
      await stream.close();
      const whole = { name: "a", shape: [4, 2], type: "BF16", data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
      assert.deepEqual(bytesOf(streamed), engine.writeSafetensors([whole], { a: "b" }));
    });

    test("a sharded model opens through its index", async () => {
      const one = engine.writeSafetensors([{ name: "a", shape: [2], data: Float32Array.of(1, 2) }]);
      const two = engine.writeSafetensors([{ name: "b", shape: [1], data: Float32Array.of(3) }]);
      const index = (map: object) =>
        new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: map }));
      const name = "model.safetensors.index.json";
      const map = { a: "1.safetensors", b: "2.safetensors" };
      const sources = { [name]: index(map), "1.safetensors": one, "2.safetensors": two };
      const file = await engine.openTensorFiles(sources);
      assert.deepEqual(
        file.tensors.map((tensor) => tensor.name),
        ["a", "b"],
      );
      assert.deepEqual(await file.read("b"), Float32Array.of(3));
      const listed = Object.entries(sources).map(([file, bytes]) => new File([bytes as BlobPart], file));
      assert.deepEqual(await (await engine.openTensorFiles(listed)).read("a"), Float32Array.of(1, 2));

      const open = (changed: object) => engine.openTensorFiles({ ...sources, ...changed });
      await refused(
        open({ [name]: index({ ...map, c: "2.safetensors" }) }),
        "corrupt-file",
        /tensor "c": the index says/,
      );
      await refused(
        open({ [name]: index({ a: "3.safetensors" }) }),
        "invalid-argument",
        /"3.safetensors", which is missing/,
      );
      await refused(
        open({ "1.safetensors": tinyGguf }),
        "invalid-argument",
        /"1.safetensors" is no safetensors/,
      );
      await refused(
        engine.openTensorFiles({ "1.safetensors": one }),
        "invalid-argument",
        /must hold one model/,
      );
      await refused(open({ [name]: new TextEncoder().encode("{}") }), "corrupt-file", /no weight_map/);
    });

    test("bad files and bad arguments are refused by name, and the engine serves on", async () => {
      const file: TensorFile = await engine.openTensorFile(tinyGguf);
      const open = (source: unknown) => engine.openTensorFile(source as Blob);
      await refused(
        open(tinyGguf.slice(0, 351)),
        "corrupt-file",
        /tensor "b.weight": the file ends within its data/,
      );
      await refused(
        open(tinySafetensors.slice(0, 170)),
        "corrupt-file",
        /the tensors take 19 bytes of data, the file has 18/,
      );
      await refused(open(new Uint8Array(0)), "corrupt-file", /too short/);
      await refused(
        open(new TextEncoder().encode("hello, I am a text")),
        "corrupt-file",
        /no GGUF file, and as safetensors/,
      );
      await refused(
        open("model.gguf"),
        "invalid-argument",
        /source must be a File, a Blob or a Uint8Array, got "model/,
      );
      await refused(open(undefined), "invalid-argument", /source must be/);
      await refused(file.read("c"), "invalid-argument", /the file has no tensor "c"/);
      await refused(
        file.read("a.weight", { from: 2, count: 1 }),
        "invalid-argument",
        /from must be an integer from 0 to 1/,
      );
      await refused(
        file.read("a.weight", { from: 1, count: 2 }),
        "invalid-argument",
        /count must be an integer from 1 to 1/,
      );
      await refused(
        file.bytes("a.weight", { from: 0 } as never),
        "invalid-argument",
        /count must be a number/,
      );
      const unreadable = new CountedBlob([tinyGguf]);
      unreadable.slice = () =>
        ({ arrayBuffer: () => Promise.reject(new Error("the disk is gone")) }) as never;
      await refused(
        open(unreadable),
        "unreadable",
        /bytes 0 to 4 of the file cannot be read: Error: the disk is gone/,
      );
      assert.equal(engine.tauSquared({ tau: 4 }), 16);
    });

    test("bad tensors and metadata are not written", () => {
      const tensor = { name: "a", shape: [2], data: Float32Array.of(1, 2) };
      const refuses = (code: EngineErrorCode, message: RegExp, call: () => unknown) =>
        assert.throws(call, { name: "EngineError", code, message });
      const write = (change: object) => engine.writeSafetensors([{ ...tensor, ...change }]);
      refuses("invalid-argument", /"a" occurs twice/, () => engine.writeSafetensors([tensor, tensor]));
      refuses("invalid-argument", /tensor "a" take 8 bytes, its shape and type ask for 12/, () =>
        write({ shape: [3] }),
      );
      refuses("invalid-argument", /shape\[0\] of tensor a must be an integer/, () => write({ shape: [-1] }));
      refuses("invalid-argument", /type "Q9" is none of safetensors/, () => write({ type: "Q9" }));
      refuses("invalid-argument", /needs a type/, () => write({ data: new Uint8Array(8) }));
      refuses("unsupported", /type I8 cannot be written/, () => write({ type: "I8" }));
      refuses("overflow", /beyond the largest fp16/, () =>
        write({ type: "F16", data: Float32Array.of(1, 1e9) }),
      );
      refuses("invalid-argument", /metadata a must be a string/, () =>
        engine.writeSafetensors([], { a: 1 } as never),
      );
      const int4 = engine.pack([1, 2], { format: "int4" });
      refuses("invalid-argument", /safetensors has no type for the format "int4"/, () =>
        write({ data: int4 }),
      );
      const bf16 = engine.pack([1, 2], { format: "bf16", rows: 2 });
      refuses("invalid-argument", /of shape \[2\] is packed as 2 rows of 1/, () => write({ data: bf16 }));
      const metadata = (values: object) => () => engine.writeGguf([], values as never);
      refuses("invalid-argument", /metadata k must be text, a number/, metadata({ k: {} }));
      refuses("invalid-argument", /metadata k must be text, a number/, metadata({ k: [] }));
      refuses("invalid-argument", /key 0 is empty/, metadata({ "": 1 }));
      refuses(
        "invalid-argument",
        /metadata k is 300, which uint8 does not hold/,
        metadata({ k: { type: "uint8", value: 300 } }),
      );
      refuses("invalid-argument", /metadata k must be whole/, metadata({ k: { type: "int32", value: 0.5 } }));
      refuses("invalid-argument", /has the type "uint128"/, metadata({ k: { type: "uint128", value: 1 } }));
      refuses("invalid-argument", /power of two, not 24/, metadata({ "general.alignment": 24 }));
    });

    test("packed weights are stored as they are", async () => {
      const packed = engine.pack(Float32Array.of(1, 2, 3, 4, 5, 6), { format: "bf16", rows: 2 });
      const tensors = [{ name: "w", shape: [2, 3], data: packed }];
      for (const bytes of [engine.writeGguf(tensors, {}), engine.writeSafetensors(tensors)]) {
        const file = await engine.openTensorFile(bytes);
        assert.equal(file.tensors[0]?.type, "BF16");
        assert.deepEqual(await file.bytes("w"), packed.bytes);
      }
    });
  });
}

test("SIMD and scalar write the same files", () => {
  const weights = engines.simd.sampleWeights({
    count: 4096,
    sigma: 0.02,
    outlierFraction: 0,
    outlierScale: 1,
    seed: 3,
  });
  for (const type of ["F32", "F16", "BF16"]) {
    const tensors = [{ name: "w", shape: [64, 64], type, data: weights }];
    assert.deepEqual(engines.scalar.writeSafetensors(tensors), engines.simd.writeSafetensors(tensors));
    assert.deepEqual(engines.scalar.writeGguf(tensors, {}), engines.simd.writeGguf(tensors, {}));
  }
});
