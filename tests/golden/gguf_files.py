#!/usr/bin/env python3
"""Writes gguf_files/: small GGUF files as llama.cpp's own Python package writes them, and what it reads in them.

    PYTHONPATH=<prefix>/usr/lib/python3/dist-packages python3 tests/golden/gguf_files.py

Provenance: Debian's python3-gguf 1:0.7.0+dfsg-2 (suite forky), whose package is not needed by the tests.
"""

import json
import pathlib

import numpy
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from gguf.quants import quantize

FOLDER = pathlib.Path(__file__).parent / "gguf_files"


def write(path):
    writer = GGUFWriter(path, "llama")
    writer.add_uint32("llama.block_count", 1)
    writer.add_float32("llama.rope.freq_base", 10000.0)
    writer.add_uint64("wide", 2**40)
    writer.add_int16("short", -3)
    writer.add_float64("double", 0.1)
    writer.add_bool("flag", True)
    writer.add_array("tokenizer.ggml.tokens", ["<unk>", "é", "\U0001F600"])
    writer.add_array("tokenizer.ggml.scores", [0.0, -1.5, -2.25])
    weights = numpy.random.default_rng(0).normal(0, 0.02, (4, 64)).astype(numpy.float32)
    writer.add_tensor("output_norm.weight", numpy.arange(5, dtype=numpy.float32))
    writer.add_tensor("half.weight", weights.astype(numpy.float16))
    for kind in (GGMLQuantizationType.Q8_0, GGMLQuantizationType.Q4_0, GGMLQuantizationType.BF16):
        writer.add_tensor(f"{kind.name.lower()}.weight", quantize(weights, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def describe(path):
    """Tensors as the package reads them: shapes row-major, places in the file, a sum of the bytes."""
    return [
        {
            "name": tensor.name,
            "shape": [int(size) for size in reversed(tensor.shape)],
            "type": tensor.tensor_type.name,
            "begin": int(tensor.data_offset),
            "byteLength": int(tensor.n_bytes),
            "sum": int(numpy.frombuffer(tensor.data.tobytes(), numpy.uint8).sum()),
        }
        for tensor in GGUFReader(path).tensors
    ]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    write(FOLDER / "llama.gguf")
    text = json.dumps(describe(FOLDER / "llama.gguf"), indent=2)
    (FOLDER / "llama.json").write_text(text + "\n")
