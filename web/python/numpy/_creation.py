"""Making arrays."""

import array as _memory
import math

from ._array import asarray, broadcast_shape, common_dtype, ndarray, plain, shape_tuple, size_of
from ._bridge import bridge, call, guarded, js_list
from ._dtypes import dtype as _dtype
from ._dtypes import dtype_of_scalar, generic, promote
from pyodide.ffi import to_js

_SEQUENCES = (list, tuple, range)


def _shape_of(value):
    if isinstance(value, ndarray):
        return value.shape
    if not isinstance(value, _SEQUENCES):
        return ()
    if len(value) == 0:
        return (0,)
    shapes = [_shape_of(item) for item in value]
    if any(shape != shapes[0] for shape in shapes[1:]):
        common = 0
        while all(len(s) > common and s[: common + 1] == shapes[0][: common + 1] for s in shapes):
            common += 1
        detected = (len(value),) + shapes[0][:common]
        raise ValueError(
            "setting an array element with a sequence. The requested array has an inhomogeneous shape after "
            f"{len(detected)} dimensions. The detected shape was {detected} + inhomogeneous part."
        )
    return (len(value),) + shapes[0]


def _flatten(value, into):
    if isinstance(value, ndarray):
        into.extend(value._flat_values())
    elif isinstance(value, _SEQUENCES):
        for item in value:
            _flatten(item, into)
    else:
        into.append(value)


def _deep_dtype(value):
    if isinstance(value, (ndarray, generic)):
        return value.dtype
    if isinstance(value, _SEQUENCES):
        kinds = {_deep_dtype(item) for item in value} - {None}
        result = None
        for kind in kinds:
            result = kind if result is None else promote(result, kind)
        return result
    if isinstance(value, (bool, int, float, complex)):
        return dtype_of_scalar(value)
    if hasattr(value, "__float__"):
        return _dtype("float64")
    if isinstance(value, (str, bytes)):
        raise TypeError("arrays of text are not in this page's NumPy")
    raise TypeError(f"cannot make an array of {type(value).__name__!r} objects in this page's NumPy")


def array(object, dtype=None, copy=True, ndmin=0, **_):
    """An array of the numbers in `object`: nested sequences, arrays, a number."""
    kind = None if dtype is None else _dtype(dtype)
    if isinstance(object, ndarray):
        result = object if kind is None or kind is object.dtype else object.astype(kind)
        if copy and result is object:
            result = object.copy()
    else:
        if hasattr(object, "__array__") and not isinstance(object, generic):
            return array(object.__array__(), dtype, copy, ndmin)
        if isinstance(object, (bytes, bytearray, memoryview, _memory.array)):
            object = list(object)
        elif not isinstance(object, _SEQUENCES) and hasattr(object, "__iter__") and not isinstance(object, generic):
            if isinstance(object, (str, set, dict)):
                raise TypeError("arrays of text and objects are not in this page's NumPy")
            object = list(object)
        result = _from_values(object, kind)
    while result.ndim < ndmin:
        result = result[None]
    return result


def _from_values(value, kind):
    shape = _shape_of(value)
    kind = kind or _deep_dtype(value) or _dtype("float64")
    values = []
    _flatten(value, values)
    return ndarray._over(_handle_of(values, kind, shape), kind, shape)


def _handle_of(values, kind, shape):
    wide = kind if kind.name != "float16" else _dtype("float32")
    if kind.kind == "b":
        memory = _memory.array("B", [bool(v) for v in values])
    elif kind.kind == "c":
        pairs = [part for v in values for part in (complex(v).real, complex(v).imag)]
        memory = _memory.array(kind.code, pairs)
    elif kind.kind == "f":
        memory = _memory.array(wide.code, [float(v) for v in values])
    else:
        try:
            memory = _memory.array(kind.code, [int(v) for v in values])
        except OverflowError:
            for value in values:
                plain(int(value), kind)
            raise
    handle = guarded(bridge.fromBytes, to_js(memory.tobytes()), wide.name, js_list(shape))
    return handle if wide is kind else bridge.cast(handle, kind.name)


def asanyarray(a, dtype=None):
    return asarray(a, dtype)


ascontiguousarray = asfortranarray = asanyarray


def full(shape, fill_value, dtype=None):
    shape = shape_tuple(shape)
    if isinstance(fill_value, (list, tuple, ndarray)) or isinstance(fill_value, complex):
        source = asarray(fill_value, dtype)
        result = zeros(shape, source.dtype)
        result[...] = source
        return result
    kind = _dtype(dtype) if dtype is not None else dtype_of_scalar(fill_value)
    if any(n < 0 for n in shape):
        raise ValueError("negative dimensions are not allowed")
    if size_of(shape) * kind.itemsize > 2**31:
        gigabytes = size_of(shape) * kind.itemsize / 2**30
        raise MemoryError(
            f"Unable to allocate {gigabytes:.3g} GiB for an array with shape {shape} and data type {kind}"
        )
    handle = guarded(bridge.full, js_list(shape), plain(fill_value, kind), kind.name)
    return ndarray._over(handle, kind, shape)


def zeros(shape, dtype=float):
    kind = _dtype(dtype)
    if kind.kind == "c":
        return ndarray._over(call("zeros", js_list(shape_tuple(shape)), kind.name), kind)
    return full(shape, 0, kind)


def ones(shape, dtype=float):
    kind = _dtype(dtype)
    return zeros(shape, kind) + 1 if kind.kind == "c" else full(shape, 1, kind)


empty = zeros


def full_like(a, fill_value, dtype=None, shape=None):
    a = asarray(a)
    return full(a.shape if shape is None else shape, fill_value, dtype or a.dtype)


def zeros_like(a, dtype=None, shape=None):
    a = asarray(a)
    return zeros(a.shape if shape is None else shape, dtype or a.dtype)


def ones_like(a, dtype=None, shape=None):
    a = asarray(a)
    return ones(a.shape if shape is None else shape, dtype or a.dtype)


empty_like = zeros_like


def arange(start, stop=None, step=1, dtype=None):
    if stop is None:
        start, stop = 0, start
    start, stop, step = (v.item() if isinstance(v, (generic, ndarray)) else v for v in (start, stop, step))
    kind = _dtype(dtype) if dtype is not None else common_dtype(start, stop, step)
    if step == 0:
        raise ZeroDivisionError("division by zero")
    count = max(0, math.ceil((stop - start) / step))
    if kind.kind == "f":
        handle = guarded(bridge.ramp, count, float(start), float(start + step) - float(start), "float64")
        return ndarray._over(handle, _dtype("float64"), (count,)).astype(kind, copy=False)
    handle = guarded(bridge.ramp, count, int(start), int(start + step) - int(start), kind.name)
    return ndarray._over(handle, kind, (count,))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    num = int(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    intervals = num - 1 if endpoint else num
    start, stop = asarray(start) * 1.0, asarray(stop) * 1.0
    span = stop - start
    ramp = arange(num, dtype=float).reshape((-1,) + (1,) * len(getattr(span, "shape", ())))
    step = span / intervals if intervals > 0 else float("nan")
    samples = ramp * step + start if intervals > 0 else ramp * span + start
    if endpoint and num > 1:
        samples[-1] = stop
    if axis not in (0, -samples.ndim):
        from ._manipulation import moveaxis

        samples = moveaxis(samples, 0, axis)
    if dtype is not None:
        from ._ufuncs import floor

        samples = (floor(samples) if _dtype(dtype).kind in "iu" else samples).astype(dtype)
    return (samples, step) if retstep else samples


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    from ._ufuncs import power

    result = power(base, linspace(start, stop, num, endpoint))
    return result if dtype is None else result.astype(dtype)


def geomspace(start, stop, num=50, endpoint=True):
    from ._ufuncs import log10

    result = logspace(log10(start), log10(stop), num, endpoint)
    if num > 0:
        result[0] = start
        if num > 1 and endpoint:
            result[-1] = stop
    return result


def eye(N, M=None, k=0, dtype=float):
    columns = N if M is None else M
    result = zeros((N, columns), dtype)
    for row in range(max(0, -k), min(N, columns - k)):
        result[row, row + k] = 1
    return result


def identity(n, dtype=float):
    return eye(n, dtype=dtype)


def diag(v, k=0):
    v = asarray(v)
    if v.ndim == 2:
        return v.diagonal(k).copy()
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = v.size + abs(k)
    result = zeros((n, n), v.dtype)
    rows = arange(v.size) + max(0, -k)
    result[rows, rows + k] = v
    return result


def diagflat(v, k=0):
    return diag(asarray(v).ravel(), k)


def tri(N, M=None, k=0, dtype=float):
    columns = N if M is None else M
    return (arange(N)[:, None] >= arange(columns)[None, :] - k).astype(dtype)


def tril(m, k=0):
    from ._choosing import where

    m = asarray(m)
    return where(tri(*m.shape[-2:], k=k, dtype=bool), m, zeros((), m.dtype))


def triu(m, k=0):
    from ._choosing import where

    m = asarray(m)
    return where(tri(*m.shape[-2:], k=k - 1, dtype=bool), zeros((), m.dtype), m)


def vander(x, N=None, increasing=False):
    x = asarray(x)
    powers = arange(len(x) if N is None else N)
    return x[:, None] ** (powers if increasing else powers[::-1])


def meshgrid(*arrays, indexing="xy", sparse=False, copy=True):
    arrays = [asarray(a).ravel() for a in arrays]
    count = len(arrays)
    grids = [a.reshape((1,) * i + (-1,) + (1,) * (count - i - 1)) for i, a in enumerate(arrays)]
    if indexing == "xy" and count > 1:
        grids[0] = arrays[0].reshape((1, -1) + (1,) * (count - 2))
        grids[1] = arrays[1].reshape((-1, 1) + (1,) * (count - 2))
    if sparse:
        return grids
    shape = broadcast_shape(*(g.shape for g in grids))
    from ._manipulation import broadcast_to

    return [broadcast_to(g, shape).copy() for g in grids]


def indices(dimensions, dtype=int):
    result = zeros((len(dimensions), *dimensions), dtype)
    for axis, n in enumerate(dimensions):
        result[axis] = arange(n).reshape((-1,) + (1,) * (len(dimensions) - axis - 1))
    return result


def fromfunction(function, shape, dtype=float, **keywords):
    return function(*indices(shape, dtype), **keywords)


def fromiter(iterable, dtype, count=-1):
    values = [v for i, v in enumerate(iterable) if count < 0 or i < count]
    return array(values, dtype)


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    kind = _dtype(dtype)
    data = bytes(buffer)[offset:]
    data = data if count < 0 else data[: count * kind.itemsize]
    if len(data) % kind.itemsize:
        raise ValueError("buffer size must be a multiple of element size")
    shape = (len(data) // kind.itemsize,)
    return ndarray._over(guarded(bridge.fromBytes, to_js(data), kind.name, js_list(shape)), kind, shape)


def copy(a):
    return array(a, copy=True)
