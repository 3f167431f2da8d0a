#!/usr/bin/env python3
"""Writes pruned_weights.golden: `pruned_weights.py SPARSEGPT WANDA`, with the authors' code of the two under these paths and
PyTorch.

One line per layer (reference_layers.py), method and pattern: the digest of one byte a weight, 1 where it is not zero; that
of the weights, unless a sweep has changed those that stay, whose last digits depend on the order of sums; the first four
weights of the first row that stay; the relative error of the layer's outputs.

The code is github.com/IST-DASLab/sparsegpt: sparsegpt.py as of 5e3e2d19, a fork that prints the layer and is otherwise the
authors', quant.py as of 54c84435; and github.com/locuslab/wanda: lib/prune.py as of 4651156a, lib/layerwrapper.py as of
42e856e4.
"""

import sys
import types

import torch
from numpy import uint8

from golden import digest, run
from reference_layers import checkout, layer, linear, output_error, without_dead

# Method, share of the weights that are pruned, how many of how many are kept, bits of an asymmetric grid (0: none).
OPTIONS = [
    ("sparsegpt", 0.5, 0, 0, 0),
    ("sparsegpt", 0.7, 0, 0, 0),
    ("sparsegpt", 0, 2, 4, 0),
    ("sparsegpt", 0, 3, 4, 0),
    ("sparsegpt", 0.5, 0, 0, 4),
    ("sparsegpt", 0, 2, 4, 3),
    ("wanda", 0.5, 0, 0, 0),
    ("wanda", 0.3, 0, 0, 0),
    ("wanda", 0, 2, 4, 0),
    ("wanda", 0, 1, 4, 0),
    ("magnitude", 0.5, 0, 0, 0),
    ("magnitude", 0.3, 0, 0, 0),
    ("magnitude", 0, 2, 4, 0),
]


def sparsegpt(modules, weights, x, share, kept, of, bits):
    module = linear(without_dead(weights) if bits else weights)
    method = modules["sparsegpt"].SparseGPT(module)
    method.add_batch(torch.from_numpy(x).unsqueeze(1), None)
    if bits:
        method.quantizer = modules["quant"].Quantizer()
        method.quantizer.configure(bits, perchannel=True, sym=False)
    method.fasterprune(share, prunen=of - kept, prunem=of)
    return module


class Block(torch.nn.Module):
    """What the pruning of Wanda's code takes for a block of a language model: one linear layer, whose output goes nowhere."""

    def __init__(self, weights):
        super().__init__()
        self.projection = linear(weights)

    def forward(self, x, attention_mask=None, position_ids=None):
        self.projection(x)
        return (x,)


class Model(torch.nn.Module):
    """A model of one such block."""

    hf_device_map = {}

    def __init__(self, weights, x):
        super().__init__()
        self.model = torch.nn.Module()
        self.model.layers = torch.nn.ModuleList([Block(weights)])
        self.seqlen, width = x.shape
        self.config = types.SimpleNamespace(use_cache=False, hidden_size=width)

    def forward(self, x):
        self.model.layers[0](x, attention_mask=None, position_ids=None)


def wanda(modules, method, weights, x, share, kept, of):
    modules["lib.prune"].get_loaders = lambda *_, **__: ([(torch.from_numpy(x)[None],)], None)
    model = Model(weights, x)
    arguments = types.SimpleNamespace(nsamples=1, seed=0, sparsity_ratio=share, use_variant=False)
    prune = getattr(modules["lib.prune"], f"prune_{method}")
    prune(arguments, model, None, torch.device("cpu"), prune_n=of - kept, prune_m=of)
    return model.model.layers[0].projection


def load(sparsegpt_path, wanda_path):
    with checkout(sparsegpt_path):
        import quant
        import sparsegpt
    # Modules that lib/prune.py imports and these methods do not use.
    for name, content in (("data", "get_loaders"), ("ablate", "AblateGPT"), ("sparsegpt", "SparseGPT")):
        sys.modules[f"lib.{name}"] = types.SimpleNamespace(**{content: None})
    with checkout(wanda_path):
        import lib.prune
    return {"quant": quant, "sparsegpt": sparsegpt, "lib.prune": lib.prune}


def lines(modules):
    yield f"# PyTorch {torch.__version__}"
    yield "# layer method share kept of bits not-zero weights first-weights error"
    for name in ("even", "odd"):
        weights, x = layer(name)
        for method, share, kept, of, bits in OPTIONS:
            with checkout("."):
                if method == "sparsegpt":
                    module = sparsegpt(modules, weights, x, share, kept, of, bits)
                else:
                    module = wanda(modules, method, weights, x, share, kept, of)
            result = module.weight.data.numpy()
            of_weights = "-" if method == "sparsegpt" and not bits else f"{digest(result.tobytes()):016x}"
            first = " ".join(f"{weight:.9g}" for weight in result[0][result[0] != 0][:4])
            stays = digest((result != 0).astype(uint8).tobytes())
            error = output_error(weights, result, x)
            yield f"{name} {method} {share} {kept} {of} {bits} {stays:016x} {of_weights} {first} {error:.9g}"


if __name__ == "__main__":
    run(__file__, lines(load(sys.argv[1], sys.argv[2])))
