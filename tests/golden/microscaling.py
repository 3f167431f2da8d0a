#!/usr/bin/env python3
"""Writes microscaling.golden: `microscaling.py CHECKOUT`, with Microsoft's microxcaling under CHECKOUT and PyTorch.

One line per format and case: the digest of the dequantized float32 weights, −0 counted as 0, and the first four of them
that are not 0. The scale is that of the standard, the floor of the largest magnitude's logarithm, and ties go to even.

The code is github.com/microsoft/microxcaling, its path without CUDA: mx/mx_ops.py and mx/formats.py as of 3b429a84,
mx/elemwise_ops.py as of 4adf988d.
"""

import sys

import numpy
import torch
from numpy import float32

from golden import digest, run

FORMATS = {
    "mxfp8_e4m3": "fp8_e4m3",
    "mxfp6_e2m3": "fp6_e2m3",
    "mxfp6_e3m2": "fp6_e3m2",
    "mxfp4": "fp4_e2m1",
    "mxint8": "int8",
}


def cases():
    """Name and weights [rows, cols]; the test builds the same ones."""
    for sigma in ("1", "0.02", "1e-30", "1e-38", "1e-40", "1e-44", "1e+30", "5e+37"):
        yield f"sigma-{sigma}", numpy.random.default_rng(7).normal(0, float(sigma), 16000).astype(float32).reshape(160, 100)
    # All bit patterns of finite numbers alike.
    bits = numpy.random.default_rng(8).integers(0, 1 << 32, 16384).astype(numpy.uint32).view(float32)
    yield "bits", numpy.where(numpy.isfinite(bits), bits, float32(1)).reshape(512, 32)
    # 2^e … 2^(e − 31) for all exponents of float32.
    exponents = numpy.arange(-149, 128)[:, None] - numpy.arange(32)
    yield "powers", numpy.ldexp(1.0, exponents).astype(float32)
    # Halves, quarters … of the steps of every element.
    yield "ties", (numpy.random.default_rng(9).integers(-256, 256, 16384) / 128).astype(float32).reshape(512, 32)
    yield "signed-zeros", numpy.where(numpy.random.default_rng(10).random(512) < 0.5, -0.0, 0.0).astype(float32).reshape(16, 32)
    yield "below-powers", below_powers(64)
    # Here the reference's logarithm, rounded to float32, is that of the power of two: the test is given that power.
    yield "next-below-powers", below_powers(1)


def below_powers(steps):
    """Blocks whose largest magnitude lies `steps` steps of float32 below 2^e, for all e from 3 on; and for 2^-e."""
    exponents = numpy.array([sign * e for e in range(3, 120) for sign in (1, -1)])
    weights = numpy.random.default_rng(11).random((exponents.size, 32)) * numpy.ldexp(0.9, exponents)[:, None]
    weights[:, 5] = numpy.ldexp(1.0, exponents) * (1 - steps / (1 << 24))
    return weights.astype(float32)


def dequantized(quantize, kind, weights):
    return quantize(
        torch.from_numpy(weights.copy()), 8, FORMATS[kind], axes=[-1], block_size=32, round="even", custom_cuda=False
    ).numpy()


def lines(quantize):
    yield f"# microxcaling, PyTorch {torch.__version__}"
    yield "# format case dequantized values"
    for kind in FORMATS:
        for name, weights in cases():
            result = dequantized(quantize, kind, weights) + float32(0)
            values = result[result != 0][:4]
            yield f"{kind} {name} {digest(result.tobytes()):016x} {' '.join(f'{value:.9g}' for value in values)}".strip()


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    from mx.mx_ops import _quantize_mx

    run(__file__, lines(_quantize_mx))
