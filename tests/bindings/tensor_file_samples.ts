/** Small model files with known bytes, and a sink that keeps what is written. */

const fromHexadecimal = (digits: string) => Uint8Array.from(Buffer.from(digits, "hex"));

/** Accepted by ggml's reader: a.weight F32 ne [2, 2] = 1 2 3 4, b.weight Q4_0 ne [32, 1] = −16 … 15. */
export const tinyGguf = fromHexadecimal(
  "474755460300000002000000000000000400000000000000140000000000000067656e6572616c2e6172636869746563" +
    "747572650800000005000000000000006c6c616d611c0000000000000067656e6572616c2e7175616e74697a6174696f" +
    "6e5f76657273696f6e0400000002000000090000000000000064656d6f2e6c6973740900000004000000030000000000" +
    "0000010000000200000003000000090000000000000064656d6f2e666c616707000000010800000000000000612e7765" +
    "6967687402000000020000000000000002000000000000000000000000000000000000000800000000000000622e7765" +
    "696768740200000020000000000000000100000000000000020000002000000000000000000000000000000000000000" +
    "0000803f000000400000404000008040000000000000000000000000000000000040809191a2a2b3b3c4c4d5d5e6e6f7" +
    "f7f80000000000000000000000000000",
);

/** Written by the safetensors library: a F32 [2, 2] = 1 2 3 4, b I8 [3] = 1 −2 3. */
export const tinySafetensors = fromHexadecimal(
  "90000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2261223a7b226474" +
    "797065223a22463332222c227368617065223a5b322c325d2c22646174615f6f666673657473223a5b302c31365d7d2c" +
    "2262223a7b226474797065223a224938222c227368617065223a5b335d2c22646174615f6f666673657473223a5b3136" +
    "2c31395d7d7d20200000803f00000040000040400000804001fe03",
);

/** What those files hold, as it is given for writing. */
export const tinyTensors = {
  gguf: [
    { name: "a.weight", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    { name: "b.weight", shape: [1, 32], type: "Q4_0", data: tinyGguf.slice(320, 338) },
  ],
  safetensors: [
    { name: "b", shape: [3], type: "I8", data: Uint8Array.of(1, 254, 3) },
    { name: "a", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  ],
};

/** A sink, and the chunks that were written to it. */
export function collector() {
  const chunks: Uint8Array[] = [];
  return { chunks, sink: { write: (chunk: Uint8Array) => void chunks.push(chunk.slice()) } };
}

/** Chunks joined. */
export const bytesOf = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks));
