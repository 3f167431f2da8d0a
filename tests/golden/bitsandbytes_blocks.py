#!/usr/bin/env python3
"""Writes bitsandbytes_blocks.golden: `bitsandbytes_blocks.py CHECKOUT`, with bitsandbytes under CHECKOUT and PyTorch.

- map: digest of the 256 values of the dynamic map, as PyTorch 2 builds it on processors that fuse multiplication and addition
- nf4, fp4 sweep: digest of the codes of numbers from −1 to 1
- nf4, fp4 of a case: digests of the codes of the CUDA kernel, two to a byte, with the absmax; and of the weights
- nf4_dq of a case: the mean of the absmax as PyTorch sums it in float32; under the mean that is summed in double, digests of
  codes of absmax, scales and mean, and of the weights

The code is github.com/bitsandbytes-foundation/bitsandbytes: csrc/kernels.cu as of c037a306, backends/default/ops.py and
backends/utils.py as of 0155ecc6, create_dynamic_map of functional.py as of 01327aa0. Blocks whose scale would be 0 are left
out: bitsandbytes divides by it.
"""

import sys
import warnings

import numpy
import torch
from numpy import float32, uint8

from bitsandbytes_kernels import Kernels, torch_functions
from golden import digest, run


def cases():
    """Name and weights; the test builds the same ones."""
    for sigma in ("0.02", "1", "1e-36", "1e+34"):
        yield f"sigma-{sigma}", numpy.random.default_rng(4).normal(0, float(sigma), 64 * 600 + 5).astype(float32)
    outliers = numpy.random.default_rng(5).normal(0, 0.02, 16384)
    outliers[::37] *= 12
    yield "outliers", outliers.astype(float32)
    yield "short", numpy.random.default_rng(6).normal(0, 0.02, 77).astype(float32)
    yield "one", numpy.array([-0.25], float32)


def hexadecimal(data):
    return f"{digest(data.tobytes()):016x}"


def by_block(absmax, size):
    """The absmax of each of `size` weights."""
    return numpy.repeat(absmax, 64)[:size]


def packed(codes):
    """Two codes to a byte, the first in the upper half."""
    return codes[::2] << 4 | codes[1::2]


def lines(kernels, functions):
    yield f"# bitsandbytes, PyTorch {torch.__version__}"
    yield "# format case digests"
    values = functions["create_dynamic_map"]().numpy()
    yield f"map dynamic {hexadecimal(values)}"
    for kind in ("nf4", "fp4"):
        sweep = (numpy.arange(-(1 << 15), (1 << 15) + 1) / (1 << 15)).astype(float32)
        yield f"{kind} sweep {hexadecimal(kernels.codes(kind, sweep))}"
        for name, weights in cases():
            reference, absmax = functions["quantize_4bit"](torch.from_numpy(weights), 64, "nf4", torch.uint8)
            absmax = absmax.numpy()
            scaled = weights * by_block(float32(1) / absmax, weights.size)
            codes = kernels.codes(kind, numpy.pad(scaled, (0, scaled.size % 2)))
            assert kind == "fp4" or (packed(codes) == reference.numpy().ravel()).all(), "its kernels differ"
            restored = kernels.weights(kind, codes, by_block(absmax, codes.size))[: weights.size]
            yield f"{kind} {name} {hexadecimal(numpy.concatenate([packed(codes), absmax.view(uint8)]))} {hexadecimal(restored)}"
    for name, weights in cases():
        if name == "one":
            continue
        _, absmax = functions["quantize_4bit"](torch.from_numpy(weights), 64, "nf4", torch.uint8)
        offset = float32(absmax.double().mean().item())
        codes, scales = functions["quantize_blockwise"](absmax - offset, torch.from_numpy(values), 256)
        relative = (absmax.numpy() - offset) * numpy.repeat(float32(1) / scales.numpy(), 256)[: absmax.numel()]
        assert (kernels.codes_of_map(values, relative) == codes.numpy()).all(), "its kernels differ"
        restored = functions["dequantize_blockwise"](codes, scales, torch.from_numpy(values), 256, torch.float32) + offset
        stored = numpy.concatenate([codes.numpy(), scales.numpy().view(uint8), numpy.array([offset]).view(uint8)])
        scaled = weights * by_block(float32(1) / absmax.numpy(), weights.size)
        of_weights = kernels.weights("nf4", kernels.codes("nf4", scaled), by_block(restored.numpy(), weights.size))
        yield f"nf4_dq {name} {absmax.mean().item():.9g} {hexadecimal(stored)} {hexadecimal(of_weights)}"


if __name__ == "__main__":
    warnings.simplefilter("ignore", FutureWarning)
    run(__file__, lines(Kernels(sys.argv[1]), torch_functions(sys.argv[1])))
