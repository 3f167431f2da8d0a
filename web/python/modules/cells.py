"""Runs a cell: fresh namespace, streamed output, tracebacks that speak of the reader's lines only."""

import builtins
import io
import linecache
import sys
import traceback

import numpy
from _cell_host import host

AVAILABLE = "Python's standard library, numpy and compression"


class Output(io.TextIOBase):
    """A text stream that hands every write to the page until the page has enough."""

    encoding = "utf-8"

    def __init__(self, stream):
        self._stream = stream
        self._open = True

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._open and text:
            self._open = bool(host.write(self._stream, text))
        return len(text)


def _input(prompt=""):
    raise RuntimeError("input() cannot ask here: a cell has no keyboard. Assign the value in the code instead")


def run(source, name):
    """Runs `source` under the file name `name`; True where it ran to its end."""
    sys.stdout, sys.stderr = Output("stdout"), Output("stderr")
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        with numpy.printoptions():  # what a cell sets, the next run must not inherit
            exec(compile(source, name, "exec"), {"__name__": "__main__", "__builtins__": builtins})
    except SystemExit:
        return True
    except BaseException as error:
        _explain(error)
        _report(error, name)
        return False
    return True


def _explain(error):
    """Adds what a reader of this page may not know."""
    if isinstance(error, ModuleNotFoundError):
        error.add_note(f"This page has {AVAILABLE}.")


def _report(error, name):
    summary = traceback.TracebackException.from_exception(error, compact=True)
    _keep_cell_frames(summary, name)
    sys.stderr.write("".join(summary.format(chain=True)))


def _keep_cell_frames(summary, name):
    if summary is None:
        return
    kept = [frame for frame in summary.stack if frame.filename == name]
    summary.stack = traceback.StackSummary.from_list(kept)
    _keep_cell_frames(summary.__cause__, name)
    _keep_cell_frames(summary.__context__, name)
    for inner in getattr(summary, "exceptions", None) or ():
        _keep_cell_frames(inner, name)


def install():
    """Gives every cell plot_xy without an import, the engine as `compression`, and an input() that explains itself."""
    sys.modules.pop("compression", None)
    from plotting import plot_xy

    builtins.plot_xy = plot_xy
    builtins.input = _input


install()
