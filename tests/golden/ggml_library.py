"""ggml's own library and its Python package, unpacked from Debian packages under one prefix: what the goldens of ggml's
blocks come from.

The prefix holds libggml0, libc6, libstdc++6, libgcc-s1, libgomp1 and python3-gguf of one release, each unpacked by
`dpkg-deb -x`. The library runs under that release's own loader, so that the machine's C library may be older.
"""

import atexit
import importlib.metadata
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
from numpy import float32, uint8

# Their numbers in ggml and GGUF.
TYPES = {
    "q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8,
    "q2_k": 10, "q3_k": 11, "q4_k": 12, "q5_k": 13, "q6_k": 14,
    "iq4_nl": 20, "iq4_xs": 23, "tq1_0": 34, "tq2_0": 35, "mxfp4_ggml": 39,
    "nvfp4": 40, "q1_0": 41, "q2_0": 42,
}  # fmt: skip


class Ggml:
    """The library under `prefix`."""

    def __init__(self, prefix):
        prefix = pathlib.Path(prefix).resolve()
        sys.path.insert(0, str(prefix / "usr/lib/python3/dist-packages"))
        (folder,) = (path.parent for path in prefix.glob("usr/lib/*/libggml-base.so.0"))
        (loader,) = folder.glob("ld-linux-*.so.*")
        scratch = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, scratch)
        program = pathlib.Path(scratch) / "ggml_quantize"
        source = pathlib.Path(__file__).with_name("ggml_quantize.c")
        library = folder / "libggml-base.so.0"
        subprocess.run(["cc", "-Wl,--unresolved-symbols=ignore-all", source, library, "-o", program], check=True)
        self.command = [loader, "--library-path", folder, program]
        version = library.resolve().name.removeprefix("libggml-base.so.")
        self.origin = f"ggml {version}, gguf {importlib.metadata.version('gguf')}"

    def quantize(self, kind, weights, importance=None):
        """weights [rows, cols], importance [cols] → the bytes of the blocks."""
        rows, cols = weights.shape
        source = weights.astype(float32).tobytes()
        if importance is not None:
            source += importance.astype(float32).tobytes()
        arguments = [str(TYPES[kind]), str(rows), str(cols), "0" if importance is None else "1"]
        run = subprocess.run([*self.command, *arguments], input=source, stdout=subprocess.PIPE, check=True)
        return run.stdout

    def dequantize(self, kind, data):
        """Bytes of blocks → float32, by the Python package."""
        from gguf import GGMLQuantizationType, quants

        return quants.dequantize(numpy.frombuffer(data, uint8), GGMLQuantizationType(TYPES[kind])).astype(float32)
