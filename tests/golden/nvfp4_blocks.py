#!/usr/bin/env python3
"""Writes nvfp4_blocks.golden: `nvfp4_blocks.py CHECKOUT`, with NVIDIA's Model Optimizer under CHECKOUT and PyTorch.

One line per case: digests of the elements, two to a byte, with the blocks' E4M3 scales and the tensor's scale; and of the
weights, −0 counted as 0; the first four of them that are not 0.

The code is github.com/NVIDIA/Model-Optimizer: modelopt/torch/quantization/qtensor/nvfp4_tensor.py as of 211c6b34. The largest
magnitudes that it asks its package for, and the zeros to the end of a block, stand here.
"""

import importlib
import pathlib
import sys
import types

import numpy
import torch
from numpy import float32, uint8

from golden import digest, run


def cases():
    """Name and weights [rows, cols]; the test builds the same ones."""
    for sigma in ("0.02", "1", "1e-30", "1e+30"):
        yield f"sigma-{sigma}", numpy.random.default_rng(12).normal(0, float(sigma), 16000).astype(float32).reshape(160, 100)
    # Magnitudes of blocks over twenty powers of two: beyond the scales of E4M3 at the lower end.
    spread = numpy.random.default_rng(13).normal(0, 1, (640, 16)) * numpy.ldexp(1.0, -numpy.arange(640) % 20)[:, None]
    yield "spread", spread.astype(float32)
    # Under scales of 1 and 1/2: halves and quarters of the steps of every element.
    ties = numpy.random.default_rng(14).integers(1, 49, (512, 16)) / 8 * numpy.where(numpy.arange(16) % 2, -1, 1)
    ties[:, 3] = 6
    ties[::2] /= 2
    ties[0, 0] = 2688
    yield "ties", ties.astype(float32)
    zeros = numpy.random.default_rng(15).normal(0, 1, (64, 16))
    zeros[::3] = 0
    yield "zeros", zeros.astype(float32)


def tensor_class(checkout):
    """NVFP4QTensor without the package around it."""

    class Stored:
        def __init__(self, shape, dtype, data):
            self.metadata = {"shape": shape, "dtype": dtype}
            self._quantized_data = data

    def padded(tensor, block_sizes):
        return torch.nn.functional.pad(tensor, (0, -tensor.shape[-1] % block_sizes[-1]))

    modules = {
        "backends.utils": {"fp4_compatible": lambda: False},
        "qtensor.base_qtensor": {"BaseQuantizedTensor": Stored},
        "utils": {
            "reduce_amax": lambda tensor: tensor.abs().max(),
            "reduce_block_amax": lambda tensor, block_sizes: tensor.unflatten(-1, (-1, block_sizes[-1])).abs().amax(-1),
            "reduce_block_padding": padded,
        },
    }
    for name, content in modules.items():
        sys.modules[f"quantization.{name}"] = types.SimpleNamespace(**content)
    for name in ("", ".backends", ".qtensor"):
        package = types.ModuleType(f"quantization{name}")
        folder = pathlib.Path(checkout, "modelopt/torch/quantization", name[1:])
        package.__path__ = [str(folder)]
        sys.modules[package.__name__] = package
    return importlib.import_module("quantization.qtensor.nvfp4_tensor").NVFP4QTensor


def lines(nvfp4):
    yield f"# PyTorch {torch.__version__}"
    yield "# case stored weights values"
    for name, weights in cases():
        tensor, scales, double_scale = nvfp4.quantize(torch.from_numpy(weights.copy()), 16)
        width = weights.shape[1] + -weights.shape[1] % 16
        parts = (tensor._quantized_data, scales.view(torch.uint8), double_scale.reshape(1).view(torch.uint8))
        stored = numpy.concatenate([part.numpy().ravel() for part in parts]).astype(uint8)
        tensor.metadata["shape"] = (weights.shape[0], width)
        result = tensor.dequantize(torch.float32, scale=scales, double_scale=double_scale, block_sizes={-1: 16}).numpy()
        result = numpy.ascontiguousarray(result[:, : weights.shape[1]]) + float32(0)
        values = " ".join(f"{value:.9g}" for value in result[result != 0][:4])
        yield f"{name} {digest(stored.tobytes()):016x} {digest(result.tobytes()):016x} {values}"


if __name__ == "__main__":
    run(__file__, lines(tensor_class(sys.argv[1])))
