"""What the goldens of methods share: the layers, which the tests draw alike, and what the published code asks for and a
processor without graphics card and model library does not have.
"""

import contextlib
import io
import sys
import types

import numpy
import torch
from numpy import float32

# Seed, outputs, inputs, tokens: of layers in which no weight comes so near to half way between two values that PyTorch 1.13
# and 2.14 round it differently, as they do in one row of 700.
LAYERS = {"even": (20, 64, 256, 512), "odd": (22, 24, 300, 400), "wide": (23, 256, 128, 512)}

DEAD = 7  # an input that is always 0


def layer(name):
    """Weights [out, in] and activations [tokens, in]: neighbouring inputs correlate, every sixteenth is eight times as
    large, one is dead, and its weights are large.
    """
    seed, outputs, inputs, tokens = LAYERS[name]
    random = numpy.random.default_rng(seed)
    weights = random.normal(0, 0.02, (outputs, inputs))
    weights[:, DEAD] *= 8
    x = random.normal(0, 1, (tokens, inputs))
    for j in range(1, inputs):
        x[:, j] += 0.8 * x[:, j - 1]
    x[:, 5::16] *= 8
    x[:, DEAD] = 0
    return weights.astype(float32), x.astype(float32)


def without_dead(weights):
    """The authors' code fits the grid of a whole row before it zeroes the weights of dead inputs; the engine after."""
    result = weights.copy()
    result[:, DEAD] = 0
    return result


def linear(weights):
    module = torch.nn.Linear(weights.shape[1], weights.shape[0], bias=False)
    module.weight.data = torch.from_numpy(weights.copy())
    return module


def output_error(weights, approximation, x):
    """‖W xᵀ − V xᵀ‖ / ‖W xᵀ‖ in double."""
    w, v, t = (matrix.astype(numpy.float64) for matrix in (weights, approximation, x.T))
    return numpy.linalg.norm((w - v) @ t) / numpy.linalg.norm(w @ t)


@contextlib.contextmanager
def checkout(path):
    """Imports from `path`, quietly, on the processor."""
    transformers = types.ModuleType("transformers")
    transformers.Conv1D = type("Conv1D", (), {})
    sys.modules["transformers"] = transformers
    torch.cuda.synchronize = lambda: None
    torch.Tensor.cuda = lambda self: self
    torch.set_num_threads(1)
    sys.path.insert(0, str(path))
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    sys.path.remove(str(path))
