"""bitsandbytes' code under a checkout of it: functions of its CUDA source compiled for the processor, and its functions of
PyTorch without the package around them.
"""

import ast
import ctypes
import importlib
import pathlib
import re
import subprocess
import sys
import tempfile
import types

import numpy
from numpy import float32, uint8

SHIM = """
#include <cmath>
#define __device__
%s
extern "C" void codes_nf4(const float* x, unsigned char* codes, int n) { while (n-- > 0) *codes++ = dQuantizeNF4(*x++); }
extern "C" void codes_fp4(const float* x, unsigned char* codes, int n) { while (n-- > 0) *codes++ = dQuantizeFP4(*x++); }
extern "C" void values_nf4(const unsigned char* codes, const float* absmax, float* x, int n) {
  while (n-- > 0) *x++ = dDequantizeNF4(*codes++) * *absmax++;
}
extern "C" void values_fp4(const unsigned char* codes, const float* absmax, float* x, int n) {
  while (n-- > 0) *x++ = dDequantizeFP4Tree(*codes++, *absmax++);
}
extern "C" void codes_map(float* map, const float* x, unsigned char* codes, int n) {
  while (n-- > 0) *codes++ = dQuantize<0>(map, 0, *x++);
}
"""

PARTS = [
    r"__device__ float dDequantizeFP4Tree\b",
    r"__device__ unsigned char dQuantizeFP4\b",
    r"__device__ float dDequantizeNF4\b",
    r"__device__ unsigned char dQuantizeNF4\b",
    r"template <int STOCHASTIC>\s*__device__ unsigned char dQuantize\b",
]


def part(source, head):
    """What begins with `head`, up to the brace that ends it."""
    begin = re.search(head, source).start()
    end, depth = source.index("{", begin) + 1, 1
    while depth:
        depth += {"{": 1, "}": -1}.get(source[end], 0)
        end += 1
    return source[begin:end]


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


class Kernels:
    """The functions of csrc/kernels.cu for one number, called for arrays."""

    def __init__(self, checkout):
        source = (pathlib.Path(checkout) / "csrc/kernels.cu").read_text()
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "kernels.cc"
            program.write_text(SHIM % "\n".join(part(source, head) for head in PARTS))
            library = program.with_suffix(".so")
            flags = ["-std=c++17", "-O1", "-ffp-contract=off", "-shared", "-fPIC"]
            subprocess.run(["c++", *flags, program, "-o", library], check=True)
            self.library = ctypes.CDLL(library)

    def codes(self, kind, scaled):
        result = numpy.zeros(scaled.size, uint8)
        self.library[f"codes_{kind}"](pointer(scaled), pointer(result), scaled.size)
        return result

    def weights(self, kind, codes, absmax):
        """absmax: one for every code."""
        result = numpy.zeros(codes.size, float32)
        self.library[f"values_{kind}"](pointer(codes), pointer(absmax), pointer(result), codes.size)
        return result

    def codes_of_map(self, values, scaled):
        result = numpy.zeros(scaled.size, uint8)
        self.library["codes_map"](pointer(values), pointer(scaled), pointer(result), scaled.size)
        return result


def torch_functions(checkout):
    """The functions of backends/default/ops.py by the names under which it registers them, and create_dynamic_map."""
    package = pathlib.Path(checkout) / "bitsandbytes"
    for name in ("", ".backends", ".backends.default"):
        module = types.ModuleType("bitsandbytes" + name)
        module.__path__ = [str(package.joinpath(*name.split(".")[1:]))]
        sys.modules[module.__name__] = module
    functions = {}
    registry = types.ModuleType("bitsandbytes._ops")
    registry.register_kernel = lambda name, _: lambda function: functions.setdefault(name.split("::")[1], function)
    sys.modules[registry.__name__] = registry
    importlib.import_module("bitsandbytes.backends.default.ops")
    module = ast.parse((package / "functional.py").read_text())
    (definition,) = (node for node in module.body if getattr(node, "name", "") == "create_dynamic_map")
    torch = sys.modules["torch"]
    names = {"torch": torch, "Tensor": torch.Tensor}
    exec(compile(ast.Module([definition], []), "functional.py", "exec"), names)
    return functions | {"create_dynamic_map": names["create_dynamic_map"]}
