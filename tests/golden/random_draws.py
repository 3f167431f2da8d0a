#!/usr/bin/env python3
"""Writes random.golden: what NumPy's default_rng draws. `--check` compares instead. Run with NumPy at hand.

One line per seed and method: the FNV digest of 10,000 draws as little-endian 64-bit numbers, the first and the last one.
"""

import numpy

from golden import digest, run

SEEDS = [0, 1, 7, 42, 12345, 2**32 - 1, 2**32, 2**53 - 1]
COUNT = 10_000

# The arguments stand in the name of the method, as the test in C++ reads them.
METHODS = {
    "random": lambda rng: rng.random(COUNT),
    "standard_normal": lambda rng: rng.standard_normal(COUNT),
    "normal(0.5,0.02)": lambda rng: rng.normal(0.5, 0.02, COUNT),
    "integers(-5,100)": lambda rng: rng.integers(-5, 100, COUNT),
    "integers(0,3000000000)": lambda rng: rng.integers(0, 3_000_000_000, COUNT),
    "integers(0,4294967296)": lambda rng: rng.integers(0, 2**32, COUNT),
    "integers(-4611686018427387904,4611686018427387905)": lambda rng: rng.integers(-(2**62), 2**62 + 1, COUNT),
}


def show(number):
    return float(number).hex() if isinstance(number, numpy.floating) else str(int(number))


def lines():
    yield "# seed method digest first last"
    for seed in SEEDS:
        for name, draw in METHODS.items():
            draws = draw(numpy.random.default_rng(seed))
            yield f"{seed} {name} {digest(draws.tobytes()):016x} {show(draws[0])} {show(draws[-1])}"
    # Far enough for tail draws, which are one in four thousand.
    draws = numpy.random.default_rng(2026).standard_normal(1_000_000)
    tail = draws[numpy.abs(draws) > 3.6541528853610088]
    yield f"2026 tail({tail.size}) {digest(tail.tobytes()):016x} {show(tail[0])} {show(tail[-1])}"


if __name__ == "__main__":
    run(__file__, lines())
