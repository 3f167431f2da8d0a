"""Runs the programs of a JSON file under the NumPy of this interpreter; prints their outputs as JSON."""

import contextlib
import io
import json
import sys
import traceback
import warnings

import numpy

warnings.simplefilter("ignore")


def run(source):
    defaults = numpy.get_printoptions()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, "<program>", "exec"), {"__name__": "__main__"})
        except Exception:
            print(traceback.format_exc().splitlines()[-1])
    numpy.set_printoptions(**defaults)
    return printed.getvalue()


programs = json.load(open(sys.argv[1], encoding="utf-8"))
json.dump({"numpy": numpy.__version__, "outputs": [run(program["source"]) for program in programs]}, sys.stdout)
