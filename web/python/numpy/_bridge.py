"""The crossing to numpy-ts, the JavaScript library that holds the arrays and does the arithmetic."""

from _numpy_bridge import bridge
from pyodide.ffi import JsException, to_js

__all__ = ["bridge", "call", "js_list", "guarded"]


def js_list(values):
    """A JavaScript array of the given numbers or array handles (no Python proxies are left behind)."""
    return to_js(list(values))


def guarded(function, *arguments):
    """Calls into JavaScript; what is thrown there becomes the Python error that NumPy would raise."""
    try:
        return function(*arguments)
    except JsException as error:
        message = error.message or str(error)
        kind = _kind_of_error(error.name, message)
    raise kind(message) from None


def _kind_of_error(name, message):
    if "out of bounds" in message:
        return IndexError
    if "array length" in message or "allocation failed" in message or "Array buffer" in message:
        return MemoryError
    if name == "LinAlgError" or "ingular matrix" in message:
        from .linalg import LinAlgError

        return LinAlgError
    return TypeError if name == "TypeError" else ValueError


def call(name, *arguments):
    """Calls the numpy-ts function `name`."""
    return guarded(bridge.call, name, *arguments)
