#!/usr/bin/env python3
"""Writes ggml_blocks.golden: `ggml_blocks.py PREFIX`, with ggml's library under the prefix (see ggml_library.py).

One line per format and case of k_quants.py and of this script: digests of the packed bytes and of the float32 weights
that they stand for, first without and then with importance; `overflow` where a scale of ggml's came out infinite.
"""

import sys

import numpy
from numpy import float32

from ggml_library import Ggml
from golden import digest, run
from k_quants import cases, importance_of, padded, sample_weights

FORMATS = ["q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "iq4_xs", "mxfp4_ggml", "tq2_0", "tq1_0"]

# Below the smallest scale of MXFP4 ggml converts a negative number to an unsigned one, which C leaves open.
UNDEFINED = {("mxfp4_ggml", name) for name in ("sigma-1e-38", "sigma-1e-42")}


def all_cases():
    yield from cases()
    # Magnitudes next to powers of two, at which a rounded logarithm takes the next exponent.
    below = numpy.repeat(numpy.exp2(numpy.arange(-32, 32, dtype=float32)), 32).view(numpy.int32)
    yield "below-powers", (below - numpy.tile(numpy.arange(1, 33, dtype=numpy.int32), 64)).view(float32).reshape(2, 1024)
    # Halves, at which formats differ in the way they round.
    yield "halves", (numpy.rint(sample_weights(2048, 16, 22)) / float32(2)).reshape(2, 1024)
    yield "signed-zeros", numpy.where(sample_weights(1024, 1, 23) < 0, float32(-0.0), float32(0)).reshape(2, 512)
    tied = sample_weights(1024, 1, 24)
    tied[::16] = 4
    tied[5::16] = -4
    yield "tied-extremes", tied.reshape(2, 512)


def lines(ggml):
    yield f"# {ggml.origin}"
    yield "# format case packed dequantized packed-with-importance dequantized-with-importance"
    for kind in FORMATS:
        for name, weights in all_cases():
            if (kind, name) in UNDEFINED:
                continue
            rows, cols = weights.shape
            block = 256 if kind[:2] == "tq" or kind == "iq4_xs" else 32
            fields = []
            for importance in (None, padded(importance_of(cols)[None], block)[0]):
                packed = ggml.quantize(kind, padded(weights, block), importance)
                dequantized = ggml.dequantize(kind, packed).reshape(rows, -1)[:, :cols]
                if numpy.isfinite(dequantized).all():
                    fields += [f"{digest(packed):016x}", f"{digest(dequantized.tobytes()):016x}"]
                else:
                    fields += ["overflow", "overflow"]
            yield f"{kind} {name} {' '.join(fields)}"


if __name__ == "__main__":
    numpy.seterr(invalid="ignore")  # 0 × infinity, where a scale overflowed
    run(__file__, lines(Ggml(sys.argv[1])))
