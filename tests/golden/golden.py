"""What the scripts of golden files share: the digest, the head of a file, writing and checking."""

import pathlib
import platform
import sys

import numpy

VERSION = 1


def digest(data):
    """64-bit FNV-1a over bytes, from the start value that all known answers of this project use."""
    state = 0x14650FB0739D0383
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return state


def run(script, lines):
    """Writes the lines under a head that names the kind of file, its version and its origin; --check compares them."""
    script = pathlib.Path(script)
    target = script.with_suffix(".golden")
    body = list(lines)
    if "--check" in sys.argv:
        stored = target.read_text().splitlines()[2:]
        raise SystemExit(0 if stored == body else f"{target.name} is not what {script.name} writes")
    head = [
        f"golden {script.stem} {VERSION}",
        f"# made by tests/golden/{script.name} with NumPy {numpy.__version__}, Python {platform.python_version()}",
    ]
    target.write_text("\n".join(head + body) + "\n")
