#!/usr/bin/env python3
"""Writes awq_search.golden: `awq_search.py CHECKOUT`, with the authors' code of AWQ under CHECKOUT and PyTorch.

One line per number of bits and inputs under one scale, of the wide layer of reference_layers.py:

- scale: the exponent that loses least, four scales, the relative error of the outputs under them
- clip: the digest of the limits of all groups, [outputs, groups], as how many twentieths of the largest magnitude they
  lie below it; the relative error of the outputs after that

The code is github.com/mit-han-lab/llm-awq: awq/quantize/quantizer.py and auto_scale.py as of 02c1dd65, auto_clip.py as of
460d6d45.
"""

import sys
import types

import numpy
import torch
from numpy import uint8

from golden import digest, run
from reference_layers import checkout, layer, linear, output_error


class Attention(torch.nn.Module):
    """What the search takes for the attention of a block of OPT."""

    def __init__(self, weights):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (linear(weights) for _ in range(4))

    def forward(self, x):
        return self.q_proj(x)


class Block(torch.nn.Module):
    """What it takes for a block of OPT, every linear layer the same."""

    def __init__(self, weights):
        super().__init__()
        self.self_attn = Attention(weights)
        self.self_attn_layer_norm = self.final_layer_norm = None
        self.fc1, self.fc2 = linear(weights), linear(weights)


def load(path):
    """The three modules, without the language models around them."""
    absent = {
        "tqdm": ["tqdm"],
        "transformers.activations": ["GELUActivation"],
        "transformers.models.bloom.modeling_bloom": ["BloomBlock", "BloomGelu"],
        "transformers.models.llama.modeling_llama": ["LlamaDecoderLayer", "LlamaRMSNorm"],
        "awq.quantize.qmodule": ["ScaledActivation"],
    }
    for name, classes in absent.items():
        sys.modules[name] = types.SimpleNamespace(**{each: type(each, (), {}) for each in classes})
    sys.modules["transformers.models.opt.modeling_opt"] = types.SimpleNamespace(OPTDecoderLayer=Block)
    names = dict.fromkeys(("get_op_by_name", "get_op_name", "set_op_by_name"), lambda *_: "")
    sys.modules["awq.utils.module"] = types.SimpleNamespace(**names)
    with checkout(path):
        from awq.quantize import auto_clip, auto_scale, quantizer
    return auto_clip, auto_scale, quantizer


def lines(auto_clip, auto_scale, quantizer):
    yield f"# PyTorch {torch.__version__}"
    yield "# search bits group answers error"
    weights, x = layer("wide")
    inputs = torch.from_numpy(x)
    for bits, group in ((4, 64), (3, 32), (2, 128)):
        grid = {"zero_point": True, "q_group_size": group}

        def rounded(matrix):
            return quantizer.pseudo_quantize_tensor(matrix, n_bit=bits, **grid)

        with checkout("."):
            features = {name: inputs for name in ("self_attn.q_proj", "self_attn.out_proj", "fc1", "fc2")}
            scales = auto_scale.auto_scale_block(Block(weights), {}, bits, grid, features)[-1][2]
            limits = auto_clip.auto_clip_layer(torch.from_numpy(weights), inputs, bits, grid)
        raw = [auto_scale.get_act_scale(inputs).pow(i / 20).clamp(min=1e-4) for i in range(20)]
        (alpha,) = (i for i in range(20) if torch.equal(scales, raw[i] / (raw[i].max() * raw[i].min()).sqrt()))
        of_scales = " ".join(f"{scale:.9g}" for scale in scales[[0, 1, 5, 100]].tolist())
        result = rounded(torch.from_numpy(weights) * scales) / scales
        yield f"scale {bits} {group} {alpha / 20} {of_scales} {output_error(weights, result.numpy(), x):.9g}"
        groups = torch.from_numpy(weights).reshape(len(weights), -1, group)
        below = ((1 - limits / groups.abs().amax(-1, keepdim=True)) * 20).round().numpy().astype(uint8)
        result = rounded(groups.clamp(-limits, limits).reshape(weights.shape))
        yield f"clip {bits} {group} {digest(below.tobytes()):016x} {output_error(weights, result.numpy(), x):.9g}"


if __name__ == "__main__":
    run(__file__, lines(*load(sys.argv[1])))
