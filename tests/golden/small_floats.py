#!/usr/bin/env python3
"""Writes small_floats.golden from ml_dtypes, which rounds in its own C++: one line per format and case, the digest of one
byte a weight, its code. Overflow is by IEEE where the format has infinity or NaN; FP6 and FP4 saturate.

ml_dtypes 0.5.4 is Debian's python3-ml-dtypes (suite forky), unpacked with its Python and NumPy into a prefix and run by that
release's loader; the tests do not need it. E8M0 is left out: ml_dtypes takes the sign's absence and numbers below 2^-126 otherwise.
"""
import ml_dtypes
import numpy
from golden import digest, run
from numpy import float32, uint8, uint16

FORMATS = {
    "fp8_e4m3": ml_dtypes.float8_e4m3fn,
    "fp8_e5m2": ml_dtypes.float8_e5m2,
    "fp6_e2m3": ml_dtypes.float6_e2m3fn,
    "fp6_e3m2": ml_dtypes.float6_e3m2fn,
    "fp4_e2m1": ml_dtypes.float4_e2m1fn,
}


def cases():
    """Name and weights; the test builds the same ones."""
    codes = numpy.arange(1 << 16).astype(uint16)
    yield "fp16", codes.view(numpy.float16).astype(float32)
    yield "bf16", codes.view(ml_dtypes.bfloat16).astype(float32)
    for sigma in (0.001, 0.02, 1, 100, 10000):
        yield f"sigma-{sigma}", numpy.random.default_rng(3).normal(0, sigma, 4096).astype(float32)


def lines():
    yield f"# ml_dtypes {ml_dtypes.__version__}"
    yield "# format case codes"
    for kind, dtype in FORMATS.items():
        for name, weights in cases():
            codes = weights[numpy.isfinite(weights)].astype(dtype).view(uint8)
            yield f"{kind} {name} {digest(codes.tobytes()):016x}"


if __name__ == "__main__":
    run(__file__, lines())
