#!/usr/bin/env python3
"""Writes k_quants.golden: `k_quants.py PREFIX`, with ggml's library under the prefix (see ggml_library.py).

One line per format and case: digests of the packed bytes and of the float32 weights that they stand for, first without
and then with importance.
"""

import sys

import numpy
from numpy import float32

from ggml_library import Ggml
from golden import digest, run


def sample_weights(count, sigma, seed, outlier_fraction=0.0, outlier_scale=1.0):
    rng = numpy.random.default_rng(seed)
    weights = rng.normal(0, sigma, count)
    weights[rng.random(count) < outlier_fraction] *= outlier_scale
    return weights.astype(float32)


def cases():
    """Name and matrix; the test builds the same ones."""
    for seed in range(4):
        yield f"gaussian-{seed}", sample_weights(4096, 0.02, seed).reshape(4, 1024)
    for seed in range(4, 7):
        yield f"outliers-{seed}", sample_weights(2048, 0.02, seed, 0.01, 12).reshape(2, 1024)
    # fp16 is subnormal, or 0, or nearly too small; float32 is subnormal; a sum of squares is.
    for seed, sigma in enumerate([1e5, 1e-4, 1e-6, 1e-8, 1e-13, 1e-15, 1e-20, 1e-38, 1e-42], 7):
        yield f"sigma-{sigma:g}", sample_weights(1024, sigma, seed).reshape(2, 512)
    shifted = sample_weights(1024, 0.01, 16).reshape(2, 512)
    yield "positive", shifted + float32(1)
    yield "negative", shifted - float32(1)
    yield "rectified", numpy.maximum(shifted, float32(0))
    sparse = sample_weights(1024, 1, 17).reshape(2, 512)
    sparse[:, 10:150] = 0
    sparse[:, 320:512] = 0
    yield "sparse", sparse
    steps = sample_weights(1024, 4, 18)
    yield "integers", numpy.rint(steps).astype(float32).reshape(2, 512)
    yield "mixed-scales", (sample_weights(4096, 1, 19) * numpy.exp2(float32(-1) * (numpy.arange(4096) // 16 % 24))
                           ).astype(float32).reshape(4, 1024)
    yield "zeros", numpy.zeros((1, 256), float32)
    yield "minus-zeros", -numpy.zeros((1, 256), float32)
    yield "constant", numpy.full((1, 256), 0.37, float32)
    yield "constant-negative", numpy.full((1, 256), -0.37, float32)
    yield "one-weight", sample_weights(1, 1, 20).reshape(1, 1)
    yield "short-rows", sample_weights(900, 0.02, 21).reshape(3, 300)


def importance_of(cols):
    """Squares of normal numbers, as activations leave them; every eleventh column is never used."""
    importance = numpy.random.default_rng(99).standard_normal(cols) ** 2
    importance[::11] = 0
    return importance.astype(float32)


def padded(matrix, block=256):
    """Columns of zeros up to a whole block."""
    return numpy.pad(matrix, ((0, 0), (0, -matrix.shape[1] % block)))


def lines(ggml):
    yield f"# {ggml.origin}"
    yield "# format case packed dequantized packed-with-importance dequantized-with-importance"
    for kind in ("q2_k", "q3_k", "q4_k", "q5_k", "q6_k"):
        for name, weights in cases():
            rows, cols = weights.shape
            fields = []
            for importance in (None, padded(importance_of(cols)[None])[0]):
                packed = ggml.quantize(kind, padded(weights), importance)
                dequantized = ggml.dequantize(kind, packed).reshape(rows, -1)[:, :cols]
                fields += [f"{digest(packed):016x}", f"{digest(dequantized.tobytes()):016x}"]
            yield f"{kind} {name} {' '.join(fields)}"


if __name__ == "__main__":
    run(__file__, lines(Ggml(sys.argv[1])))
