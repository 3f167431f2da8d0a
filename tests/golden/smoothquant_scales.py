#!/usr/bin/env python3
"""Writes smoothquant_scales.golden: `smoothquant_scales.py CHECKOUT`, with the authors' code of SmoothQuant under CHECKOUT and
PyTorch.

One line per exponent and kind of activation scales, of the even layer of reference_layers.py: the scales of four inputs, and
the relative error of the outputs with weights int8 by output and activations int8 by token, or under one scale.

The code is github.com/mit-han-lab/smoothquant: smoothquant/smooth.py as of 0c727bc1, fake_quant.py as of 8268d4d1.
"""

import sys
import types

import numpy
import torch

from golden import run
from reference_layers import checkout, layer, linear


def load(path):
    """The two modules, without the language models around them."""
    for name, block in (("opt", "OPTDecoderLayer"), ("bloom", "BloomBlock")):
        sys.modules[f"transformers.models.{name}.modeling_{name}"] = types.SimpleNamespace(**{block: None})
    with checkout(path):
        from smoothquant import fake_quant, smooth
    return smooth, fake_quant


def lines(smooth, fake_quant):
    yield f"# PyTorch {torch.__version__}"
    yield "# alpha activations scales error"
    weights, x = layer("even")
    exact = weights.astype(float) @ x.T.astype(float)
    for alpha in (0.25, 0.5, 0.75):
        for kind in ("token", "tensor"):
            module, norm = linear(weights), torch.nn.LayerNorm(weights.shape[1])
            # The norm's weight, ones, and its bias are divided by the scales: here the bias is the activations.
            norm.bias.data = torch.from_numpy(x.copy())
            smooth.smooth_ln_fcs(norm, module, norm.bias.data.abs().amax(0), alpha)
            scales = 1 / norm.weight.data
            int8_weights = fake_quant.quantize_weight_per_channel_absmax(module.weight.data)
            quantize = getattr(fake_quant, f"quantize_activation_per_{kind}_absmax")
            activations = quantize(norm.bias.data)
            outputs = int8_weights.double().numpy() @ activations.double().numpy().T
            error = numpy.linalg.norm(exact - outputs) / numpy.linalg.norm(exact)
            shown = " ".join(f"{scale:.9g}" for scale in scales[[0, 1, 5, 100]].tolist())
            yield f"{alpha} {kind} {shown} {error:.9g}"


if __name__ == "__main__":
    run(__file__, lines(*load(sys.argv[1])))
