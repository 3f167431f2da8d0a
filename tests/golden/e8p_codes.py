#!/usr/bin/env python3
"""Writes e8p_codes.golden: `e8p_codes.py CHECKOUT`, with the authors' code of QuIP# under CHECKOUT and PyTorch.

codewords: the digest of all 65,536, four times each coordinate as int8. nearest: the digest of the codes that it finds for
normal vectors of some standard deviation, and the first four.

The code is github.com/Cornell-RelaxML/quip-sharp: lib/codebook/latticee8_padded12.py as of 79b752fc.
"""

import sys
import types

import numpy
import torch
from numpy import float32, int8, uint16

from golden import digest, run
from reference_layers import checkout


def load(path):
    """The codebook, without what multiplies matrices on a graphics card."""
    sys.modules["quiptools_cuda"] = types.ModuleType("quiptools_cuda")
    products = types.SimpleNamespace(matmul_hadU_cuda=None, matmul_hadUt_cuda=None)
    sys.modules["lib.utils"] = types.ModuleType("lib.utils")
    sys.modules["lib.utils.matmul_had"] = products
    with checkout(path):
        from lib.codebook.latticee8_padded12 import E8P12_codebook
    return E8P12_codebook()


def lines(codebook):
    yield f"# PyTorch {torch.__version__}"
    yield f"codewords {digest((codebook.grid.numpy() * 4).astype(int8).tobytes()):016x}"
    for sigma in ("0.5", "1.03", "2"):
        vectors = numpy.random.default_rng(16).normal(0, float(sigma), (4096, 8)).astype(float32)
        parts = [codebook.quantize(part)[1] for part in torch.from_numpy(vectors).split(512)]
        codes = torch.cat(parts).numpy().astype(uint16)
        yield f"nearest {sigma} {digest(codes.tobytes()):016x} {' '.join(f'{code:04x}' for code in codes[:4])}"


if __name__ == "__main__":
    run(__file__, lines(load(sys.argv[1])))
