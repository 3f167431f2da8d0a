"""Reads a safetensors or GGUF file with nothing but the layouts in their specifications, and prints what it found as JSON.

    python3 read_model_file.py model.gguf

Of each tensor: shape (row-major), type, and the first 256 values in hexadecimal little-endian float32.
"""

import json
import struct
import sys

import numpy as np

SHOWN = 256


def bf16(data):
    return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")


def q8_0(data):
    blocks = np.frombuffer(data, np.dtype([("d", "<f2"), ("q", "i1", 32)]))
    return (blocks["d"].astype("f4")[:, None] * blocks["q"].astype("f4")).ravel()


def q4_k(data):
    layout = [("d", "<f2"), ("dmin", "<f2"), ("scales", "u1", 12), ("qs", "u1", 128)]
    values = []
    for d, dmin, packed, qs in np.frombuffer(data, np.dtype(layout)):
        b = packed.astype(int)
        for j in range(8):
            if j < 4:
                scale, least = b[j] & 63, b[j + 4] & 63
            else:
                scale = (b[j + 4] & 15) | (b[j - 4] >> 6) << 4
                least = (b[j + 4] >> 4) | (b[j] >> 6) << 4
            half = qs[32 * (j // 2) : 32 * (j // 2) + 32]
            q = (half >> 4 if j % 2 else half & 15).astype("f4")
            step = np.float32(d) * np.float32(scale)
            values.append(step * q - np.float32(dmin) * np.float32(least))
    return np.concatenate(values)


# GGUF's number, elements and bytes of a block, and how it is decoded.
TYPES = {
    "F32": (0, 1, 4, lambda data: np.frombuffer(data, "<f4")),
    "F16": (1, 1, 2, lambda data: np.frombuffer(data, "<f2").astype("f4")),
    "Q8_0": (8, 32, 34, q8_0),
    "Q4_K": (12, 256, 144, q4_k),
    "BF16": (30, 1, 2, bf16),
}


def first_values(kind, data):
    _, block, size, decode = TYPES[kind]
    count = min(len(data), SHOWN // block * size if block <= SHOWN else size)
    return decode(data[:count])[:SHOWN].astype("<f4").tobytes().hex()


def read_safetensors(file):
    (length,) = struct.unpack_from("<Q", file)
    header = json.loads(file[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        data = file[8 + length + begin : 8 + length + end]
        tensors[name] = {"shape": entry["shape"], "type": entry["dtype"], "values": first_values(entry["dtype"], data)}
    return {"kind": "safetensors", "metadata": metadata, "tensors": tensors}


# struct's letters for GGUF's types of values, by number; 8 is a string, 9 an array.
SCALARS = dict(zip([0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12], "BbHhIif?Qqd"))


class Cursor:
    def __init__(self, file):
        self.file, self.at = file, 0

    def take(self, code):
        (value,) = struct.unpack_from("<" + code, self.file, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def text(self):
        length = self.take("Q")
        self.at += length
        return bytes(self.file[self.at - length : self.at]).decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            element, count = self.take("I"), self.take("Q")
            return [self.value(element) for _ in range(count)]
        return self.take(SCALARS[kind])


def read_gguf(file):
    cursor = Cursor(file)
    cursor.at = 4
    version, tensor_count, key_count = cursor.take("I"), cursor.take("Q"), cursor.take("Q")
    metadata = {}
    for _ in range(key_count):
        key = cursor.text()
        metadata[key] = cursor.value(cursor.take("I"))
    entries = []
    for _ in range(tensor_count):
        name = cursor.text()
        shape = [cursor.take("Q") for _ in range(cursor.take("I"))][::-1]
        entries.append((name, shape, cursor.take("I"), cursor.take("Q")))
    alignment = metadata.get("general.alignment", 32)
    start = -(-cursor.at // alignment) * alignment
    names = {number: name for name, (number, *_) in TYPES.items()}
    tensors = {}
    for name, shape, number, offset in entries:
        kind = names[number]
        _, block, size, _ = TYPES[kind]
        data = file[start + offset : start + offset + int(np.prod(shape)) // block * size]
        tensors[name] = {"shape": shape, "type": kind, "values": first_values(kind, data)}
    return {"kind": "gguf", "version": version, "metadata": metadata, "tensors": tensors}


def main():
    with open(sys.argv[1], "rb") as opened:
        file = opened.read()
    print(json.dumps(read_gguf(file) if file[:4] == b"GGUF" else read_safetensors(file)))


main()
