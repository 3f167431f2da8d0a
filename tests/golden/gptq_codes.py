#!/usr/bin/env python3
"""Writes gptq_codes.golden: `gptq_codes.py CHECKOUT`, with the authors' code of GPTQ under CHECKOUT and PyTorch.

One line per layer (reference_layers.py) and choice of options: the digest of all codes; that of the weights, unless their
scales come from weights that the sweep has changed, whose last digits depend on the order of sums; the first sixteen codes;
the relative error of the layer's outputs.

The code is github.com/IST-DASLab/gptq: gptq.py as of 9f2abd32, quant.py as of 2e22596c.
"""

import sys

import numpy
import torch
from numpy import uint8

from golden import digest, run
from reference_layers import checkout, layer, linear, output_error, without_dead

# Bits, range, inputs under one scale (0: all of a row), static groups, activation order.
OPTIONS = [
    (4, "asymmetric", 0, 0, 0),
    (4, "full", 0, 0, 0),
    (2, "full", 0, 0, 0),
    (8, "asymmetric", 0, 0, 1),
    (3, "asymmetric", 0, 0, 1),
    (3, "asymmetric", 32, 0, 0),
    (4, "asymmetric", 128, 0, 0),
    (4, "full", 64, 0, 1),
    (2, "asymmetric", 64, 0, 1),
    (3, "full", 32, 1, 0),
    (3, "asymmetric", 32, 1, 1),
    (2, "full", 64, 1, 1),
]


def quantized(gptq, quant, weights, x, bits, grid, group, static, order):
    """Codes [out, in] and weights."""
    module = linear(weights if group else without_dead(weights))
    method = gptq.GPTQ(module)
    method.quantizer = quant.Quantizer()
    method.quantizer.configure(bits, perchannel=True, sym=grid == "full")
    method.add_batch(torch.from_numpy(x).unsqueeze(1), None)
    columns = []

    def recorded(values, scale, zero, last):
        columns.append(torch.clamp(torch.round(values / scale) + zero, 0, last).flatten().numpy().astype(uint8))
        return quant.quantize(values, scale, zero, last)

    gptq.quantize = recorded
    diagonal = torch.diag(method.H).clone()
    diagonal[diagonal == 0] = 1
    places = torch.argsort(diagonal, descending=True).numpy() if order else numpy.arange(x.shape[1])
    method.fasterquant(groupsize=group or -1, actorder=bool(order), static_groups=bool(static))
    codes = numpy.zeros(weights.shape, uint8)
    codes[:, places] = numpy.array(columns).T
    return codes, module.weight.data.numpy()


def lines(path):
    yield f"# PyTorch {torch.__version__}"
    yield "# layer bits range group static-groups activation-order codes weights first-codes error"
    with checkout(path):
        import gptq
        import quant
    for name in ("even", "odd"):
        weights, x = layer(name)
        for options in OPTIONS:
            with checkout(path):
                codes, result = quantized(gptq, quant, weights, x, *options)
            _, _, group, static, _ = options
            of_weights = "-" if group and not static else f"{digest(result.tobytes()):016x}"
            first = "".join(f"{code:02x}" for code in codes[0, :16])
            error = output_error(weights, result, x)
            yield f"{name} {' '.join(map(str, options))} {digest(codes.tobytes()):016x} {of_weights} {first} {error:.9g}"


if __name__ == "__main__":
    run(__file__, lines(sys.argv[1]))
