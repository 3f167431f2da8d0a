#!/usr/bin/env python3
"""Reads a safetensors or GGUF file by its layout alone, sharing no code with the engine, and prints what it holds.

    python3 independent_reader.py FILE
"""

import json
import struct
import sys

import numpy

# Number → name, elements and bytes of a block.
GGUF_TYPES = {0: ("F32", 1, 4), 1: ("F16", 1, 2), 8: ("Q8_0", 32, 34), 12: ("Q4_K", 256, 144), 14: ("Q6_K", 256, 210),
              30: ("BF16", 1, 2)}
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


class Reader:
    def __init__(self, content):
        self.content = content
        self.position = 0

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.content, self.position)
        self.position += struct.calcsize("<" + layout)
        return values if len(values) > 1 else values[0]

    def text(self):
        length = self.take("Q")
        self.position += length
        return self.content[self.position - length : self.position].decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            element, count = self.take("I"), self.take("Q")
            return [self.value(element) for _ in range(count)]
        return self.take(SCALARS[kind])


def float_values(kind, data):
    if kind == "BF16":
        return (numpy.frombuffer(data, "<u2").astype(numpy.uint32) << 16).view(numpy.float32)
    return numpy.frombuffer(data, {"F32": "<f4", "F16": "<f2"}[kind]).astype(numpy.float32)


def described(name, shape, kind, data):
    entry = {"name": name, "shape": shape, "type": kind, "sum": int(numpy.frombuffer(data, numpy.uint8).sum())}
    if kind in ("F32", "F16", "BF16"):
        entry["first"] = float_values(kind, data)[:3].tolist()
    return entry


def read_safetensors(content):
    (length,) = struct.unpack_from("<Q", content)
    assert (8 + length) % 8 == 0
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    data = content[8 + length :]
    assert max((entry["data_offsets"][1] for entry in header.values()), default=0) == len(data)
    tensors = [
        described(name, entry["shape"], entry["dtype"], data[slice(*entry["data_offsets"])])
        for name, entry in header.items()
    ]
    return metadata, tensors


def read_gguf(content):
    reader = Reader(content)
    assert reader.take("4s") == b"GGUF" and reader.take("I") == 3
    tensors, keys = reader.take("q"), reader.take("q")
    metadata = {}
    for _ in range(keys):
        key, kind = reader.text(), reader.take("I")
        metadata[key] = reader.value(kind)
    infos = []
    for _ in range(tensors):
        name = reader.text()
        shape = [reader.take("q") for _ in range(reader.take("I"))]
        infos.append((name, shape, reader.take("I"), reader.take("Q")))
    start = -(-reader.position // 32) * 32
    listed = []
    for name, shape, kind, offset in infos:
        spelled, block, size = GGUF_TYPES[kind]
        length = int(numpy.prod(shape, dtype=numpy.int64)) // block * size
        assert offset % 32 == 0
        listed.append(described(name, shape[::-1], spelled, content[start + offset : start + offset + length]))
    return metadata, listed


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        bytes_ = file.read()
    found, entries = read_gguf(bytes_) if bytes_.startswith(b"GGUF") else read_safetensors(bytes_)
    print(json.dumps({"metadata": found, "tensors": entries}))
