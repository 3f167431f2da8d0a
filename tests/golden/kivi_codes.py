#!/usr/bin/env python3
"""Writes kivi_codes.golden: `kivi_codes.py CHECKOUT`, with the authors' code of KIVI under CHECKOUT and PyTorch.

One line per side of the cache and number of bits: digests of the codes, a byte each, and of the float32 numbers that they
stand for, in groups of 32: of keys as [channels, tokens], along the tokens, of values as [tokens, channels].

The code is github.com/jy-yuan/KIVI: the functions of PyTorch in quant/new_pack.py as of 150def81, in float32.
"""

import sys
import types

import numpy
import torch
from numpy import float32, uint8

from golden import digest, run
from reference_layers import checkout

GROUP = 32


def load(path):
    """The module, without what Triton compiles."""
    language = types.SimpleNamespace(constexpr=None)
    sys.modules["triton"] = types.SimpleNamespace(jit=lambda function: function, language=language)
    sys.modules["triton.language"] = language
    with checkout(path):
        from quant import new_pack
    return new_pack


def cache(seed):
    """[tokens, channels]: one channel in ten is six times as large."""
    drawn = numpy.random.default_rng(seed).normal(0, 1, (96, 64))
    drawn[:, ::10] *= 6
    return drawn.astype(float32)


def lines(kivi):
    yield f"# PyTorch {torch.__version__}"
    yield "# side bits codes numbers"
    for side, seed, axis in (("keys", 17, 2), ("values", 18, 3)):
        letter = side[0]
        for bits in (2, 4, 8):
            numbers = torch.from_numpy(cache(seed))[None, None]
            stored = getattr(kivi, f"quant_and_pack_{letter}cache")(numbers, GROUP, bits)
            codes = kivi.unpack_tensor(stored[0], bits, pack_dim=axis)[0, 0].numpy().astype(uint8)
            restored = getattr(kivi, f"unpack_and_dequant_{letter}cache")(*stored, GROUP, bits)[0, 0].numpy()
            if side == "keys":
                codes, restored = codes.T, restored.T
            yield f"{side} {bits} {digest(codes.tobytes()):016x} {digest(restored.tobytes()):016x}"


if __name__ == "__main__":
    run(__file__, lines(load(sys.argv[1])))
