#!/usr/bin/env python3
"""Writes ziggurat_tables.h: the 256 layers of NumPy's normal ziggurat. Run by hand with NumPy at hand; `--check` compares.

The layers follow from r, the start of the tail: all have the area v = r f(r) + integral of f from r on, where
f(x) = exp(-x^2/2), so x[i] solves f(x[i]) = v / x[i+1] + f(x[i+1]). NumPy's own table came out of that recurrence in
double precision on some machine: its last few bits are an accident that no formula gives back, and its stream
depends on them. Hence: compute the layers, find in NumPy's compiled module the tables that lie within 1e-13 of them,
and write those.
"""

import math
import pathlib
import struct
import sys

import numpy.random._generator as generator

LAYERS = 256
TAIL_START = 3.6541528853610088
AREA = TAIL_START * math.exp(-0.5 * TAIL_START**2) + math.sqrt(math.pi / 2) * math.erfc(TAIL_START / math.sqrt(2))
UNIT = 2.0**52  # a draw holds 52 random bits of magnitude


def construct():
    """The layers as the mathematics gives them: width per unit, heights, thresholds of the quick acceptance."""
    edge = [0.0] * LAYERS
    edge[-1] = TAIL_START
    height = lambda x: math.exp(-0.5 * x * x)
    for i in range(LAYERS - 2, 0, -1):
        edge[i] = math.sqrt(-2 * math.log(AREA / edge[i + 1] + height(edge[i + 1])))
    base = AREA / height(TAIL_START)
    widths = [base / UNIT] + [x / UNIT for x in edge[1:]]
    heights = [1.0] + [height(x) for x in edge[1:]]
    thresholds = [TAIL_START / base * UNIT, 0] + [a / b * UNIT for a, b in zip(edge[1:], edge[2:])]
    return widths, heights, [int(t) for t in thresholds]


def find(binary, expected, letter):
    """The one table in the binary within 1e-13 of the expected one."""
    found = set()
    for start in range(0, len(binary) - 8 * LAYERS, 8):
        if not close(struct.unpack_from("<" + letter, binary, start + 8 * (LAYERS - 1))[0], expected[-1]):
            continue
        table = struct.unpack_from(f"<{LAYERS}{letter}", binary, start)
        if all(map(close, table, expected)):
            found.add(table)
    if len(found) != 1:
        raise SystemExit(f"{len(found)} tables of NumPy's module match, not one")
    return found.pop()


def close(a, b):
    return abs(a - b) <= 1e-13 * abs(b)


def rows(values, show, per_line):
    lines = [values[i : i + per_line] for i in range(0, LAYERS, per_line)]
    return "\n".join("    " + ", ".join(show(v) for v in line) + "," for line in lines)


def header():
    binary = pathlib.Path(generator.__file__).read_bytes()
    widths, heights, thresholds = construct()
    return f"""\
/// The layers of NumPy's normal ziggurat. Written by ziggurat_tables.py, which says where they come from.
#pragma once

#include <array>
#include <cstdint>

namespace compression::ziggurat {{

// clang-format off
/// Width of each layer over 2^52.
inline constexpr std::array<double, {LAYERS}> width = {{
{rows(find(binary, widths, "d"), float.hex, 4)}
}};

/// exp(-x^2/2) at the right edge of each layer.
inline constexpr std::array<double, {LAYERS}> height = {{
{rows(find(binary, heights, "d"), float.hex, 4)}
}};

/// Magnitudes below this lie under the curve for sure.
inline constexpr std::array<std::uint64_t, {LAYERS}> threshold = {{
{rows(find(binary, thresholds, "Q"), lambda v: f"{v:#015x}", 5)}
}};
// clang-format on

}}  // namespace compression::ziggurat
"""


def main():
    target = pathlib.Path(__file__).with_suffix(".h")
    text = header()
    if "--check" in sys.argv:
        raise SystemExit(0 if target.read_text() == text else f"{target.name} is not what {sys.argv[0]} writes")
    target.write_text(text)


if __name__ == "__main__":
    main()
