#!/usr/bin/env python3
"""Writes the inputs that fuzzing starts from: small sound files, and one of each choice of the unpack harness.

    python3 tests/fuzz/seeds.py
"""

import json
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"


def write(kind, name, content):
    (CORPUS / kind).mkdir(parents=True, exist_ok=True)
    (CORPUS / kind / name).write_bytes(content)


def safetensors(header, data):
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(data)


def tensor(dtype, shape, begin, end, **more):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end], **more}


def text(value):
    return struct.pack("<Q", len(value)) + value


def gguf(metadata, tensors, data, alignment=32, version=3):
    out = b"GGUF" + struct.pack("<Iqq", version, len(tensors), len(metadata))
    for key, kind, value in metadata:
        out += text(key) + struct.pack("<I", kind) + value
    for name, dimensions, kind, offset in tensors:
        out += text(name) + struct.pack(f"<I{len(dimensions)}qIQ", len(dimensions), *dimensions, kind, offset)
    return out + bytes(-len(out) % alignment) + bytes(data)


def seeds():
    write("safetensors", "empty", safetensors({}, 0))
    write("safetensors", "metadata", safetensors({"__metadata__": {"format": "pt", "é": ""}}, 0))
    shapes = {"a": tensor("F32", [2, 2], 0, 16), "b": tensor("I8", [3], 16, 19), "scalar": tensor("F64", [], 19, 27)}
    write("safetensors", "three", safetensors(shapes, 27))
    write("safetensors", "narrow", safetensors({"a": tensor("F4", [2, 4], 0, 4), "none": tensor("BOOL", [0], 4, 4)}, 4))
    unknown = tensor("BF16", [1], 0, 2, more=[1.5e-3, {"a": [None, True, "\\ud83d\\ude00"]}])
    write("safetensors", "unknown_field", safetensors({"a": unknown}, 2))
    index = {"metadata": {"total_size": 4}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}
    write("safetensors", "index", json.dumps(index).encode())

    architecture = (b"general.architecture", 8, text(b"llama"))
    write("gguf", "vocabulary", gguf([architecture], [], 0))
    numbers = [(b"v%d" % kind, kind, bytes(size)) for kind, size in enumerate([1, 1, 2, 2, 4, 4, 4, 1])]
    numbers += [(b"v%d" % kind, kind, bytes(8)) for kind in (10, 11, 12)]
    write("gguf", "numbers", gguf(numbers, [], 0))
    texts = (b"tokens", 9, struct.pack("<IQ", 8, 2) + text(b"a") + text(b""))
    lists = (b"list", 9, struct.pack("<IQ3I", 4, 3, 1, 2, 3))
    write("gguf", "arrays", gguf([texts, lists], [], 0))
    tensors = [(b"a.weight", [2, 2], 0, 0), (b"b.weight", [32, 1], 2, 32)]
    write("gguf", "two", gguf([architecture], tensors, 64))
    write("gguf", "version_2", gguf([architecture], tensors, 64, version=2))
    alignment = (b"general.alignment", 4, struct.pack("<I", 64))
    write("gguf", "aligned", gguf([alignment], [(b"k", [256, 1, 2, 1], 12, 0)], 320, alignment=64))

    for choice in range(64):
        shape = struct.pack("5B", choice, choice % 8, 255, choice % 8, [0, 1, 32, 64][choice % 4])
        write("unpack", f"format_{choice:02}", shape + bytes(range(37, 101)))


seeds()
