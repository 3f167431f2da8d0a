#!/usr/bin/env python3
"""Writes round_trip.golden: packed bytes and errors of every format, by a plain NumPy form of each. `--check` compares.

One line per format, group and type of scales; its digests run over all cases (see `cases`): the packed bytes, the
dequantized float32, and RMS error and largest error as doubles.
"""

import numpy
from numpy import float16, float32, float64, uint8, uint16, uint32

from golden import digest, run

GROUPS = ["tensor", "row", 2, 5, 32, 64, 100]


def cases():
    """Matrices of lengths that fill no vector, sizes that leave fp16 at either end, groups of zeros."""
    for seed, (rows, cols) in enumerate([(1, 1), (1, 7), (3, 50), (1, 1000), (16, 513)]):
        for sigma in (0.02, 1e-8, 3e3):
            rng = numpy.random.default_rng(seed)
            weights = rng.normal(0, sigma, rows * cols)
            outliers = rng.random(rows * cols) < 0.01
            weights[outliers] *= 6
            weights = weights.astype(float32).reshape(rows, cols)
            weights[:, 10:150] = 0
            yield weights


def error_sums(original, result):
    """RMS error and largest error; eight partial sums, as the engine adds."""
    error = original.ravel().astype(float64) - result.ravel().astype(float64)
    padded = numpy.zeros(-(-error.size // 8) * 8)
    padded[: error.size] = error**2
    total = 0.0
    for part in numpy.cumsum(padded.reshape(-1, 8), axis=0)[-1]:
        total += part
    return numpy.array([numpy.sqrt(total / error.size), numpy.abs(error).max()])


def fp16(weights):
    return weights.astype(float16).view(uint16).tobytes(), weights.astype(float16).astype(float32)


def bf16(weights):
    bits = weights.view(uint32).astype(numpy.uint64)
    codes = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(uint32)
    return codes.astype(uint16).tobytes(), (codes << 16).view(float32)


def stored_scale(absmax, highest, kind):
    """absmax / highest in the stored type, or its upper neighbour where absmax would be clipped."""
    if absmax == 0:
        return float32(0)
    scale = kind(float32(absmax / float32(highest)))
    with numpy.errstate(divide="ignore", over="ignore"):
        if numpy.rint(absmax / float32(scale)) > highest:
            scale = numpy.nextafter(scale, kind(numpy.inf))
    return float32(scale)


def integer(weights, bits, group, kind):
    highest = 2 ** (bits - 1) - 1
    rows, cols = weights.shape
    if group == "tensor":
        groups = [weights.ravel()]
    else:
        size = cols if group == "row" else group
        groups = [row[i : i + size] for row in weights for i in range(0, cols, size)]
    codes, scales, result = [], [], []
    for values in groups:
        scale = stored_scale(numpy.abs(values).max(), highest, kind)
        quotient = values / scale if scale else values * 0
        code = numpy.clip(numpy.rint(quotient), -highest - 1, highest).astype(numpy.int64)
        codes.append(code)
        scales.append(kind(scale))
        result.append(code.astype(float32) * scale)
    code = numpy.concatenate(codes) & (2**bits - 1)
    stream = ((code[:, None] >> numpy.arange(bits)) & 1).astype(uint8).ravel()
    packed = numpy.packbits(stream, bitorder="little").tobytes() + numpy.array(scales, kind).tobytes()
    return packed, numpy.concatenate(result).reshape(weights.shape)


def line(name, codec):
    packed, dequantized, errors = b"", b"", b""
    for weights in cases():
        bytes_, result = codec(weights)
        packed += bytes_
        dequantized += result.tobytes()
        errors += error_sums(weights, result).tobytes()
    return f"{name} {digest(packed):016x} {digest(dequantized):016x} {digest(errors):016x}"


def lines():
    yield "# format group scales packed dequantized errors"
    yield line("bf16 tensor fp16", bf16)
    yield line("fp16 tensor fp16", fp16)
    for bits in range(8, 1, -1):
        for group in GROUPS:
            for name, kind in (("fp16", float16), ("fp32", float32)):
                yield line(f"int{bits} {group} {name}", lambda weights: integer(weights, bits, group, kind))


if __name__ == "__main__":
    run(__file__, lines())
