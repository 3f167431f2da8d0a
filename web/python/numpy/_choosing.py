"""Choosing, rounding, ordering and marking elements."""

import builtins

from ._array import asarray, assign, broadcast_shape, common_dtype, ndarray, normalize_axis, shape_text
from ._bridge import bridge
from ._creation import arange, array, zeros
from ._dtypes import generic
from ._manipulation import broadcast_arrays, broadcast_to, moveaxis, resize
from ._reductions import _method, argsort, sort
from ._indexing import nonzero as _nonzero


def take(a, indices, axis=None, mode="raise"):
    a = asarray(a)
    if axis is None:
        a, axis = a.ravel(), 0
    index = indices if isinstance(indices, int) else asarray(indices)
    if isinstance(index, ndarray) and index.size == 0:
        index = index.astype(int)
    if mode == "wrap":
        index = index % a.shape[axis]
    elif mode == "clip":
        index = clip(index, 0, a.shape[axis] - 1)
    return a[(slice(None),) * normalize_axis(axis, a.ndim) + (index,)]


def _along(a, indices, axis):
    grid = list(_open_grid(indices.shape))
    grid[axis] = indices
    return tuple(grid)


def _open_grid(shape):
    return [arange(n).reshape((1,) * i + (-1,) + (1,) * (len(shape) - i - 1)) for i, n in enumerate(shape)]


def take_along_axis(a, indices, axis):
    a, indices = asarray(a), asarray(indices)
    return a[_along(a, indices, normalize_axis(axis, a.ndim))]


def put_along_axis(a, indices, values, axis):
    indices = asarray(indices)
    a[_along(a, indices, normalize_axis(axis, a.ndim))] = values


def ix_(*sequences):
    parts = [asarray(s) for s in sequences]
    parts = [_nonzero(p)[0] if p.dtype.kind == "b" else p for p in parts]
    return tuple(p.reshape((1,) * i + (-1,) + (1,) * (len(parts) - i - 1)) for i, p in enumerate(parts))


def where(condition, x=None, y=None):
    condition = asarray(condition)
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    x, y = (v if isinstance(v, (int, float, complex)) else asarray(v) for v in (x, y))
    kind = common_dtype(x, y)
    shapes = [condition.shape] + [getattr(v, "shape", ()) for v in (x, y)]
    shape = broadcast_shape(*shapes)
    if shape is None:
        texts = " ".join(map(shape_text, shapes))
        raise ValueError(f"operands could not be broadcast together with shapes {texts} ")
    result = zeros(shape, kind)
    assign(result, y)
    mask = broadcast_to(condition.astype(bool, copy=False), shape)
    if mask.size:
        chosen = asarray(x) if not isinstance(x, ndarray) else x
        result[mask] = broadcast_to(chosen, shape)[mask] if chosen.ndim else chosen
    return result


def select(conditions, choices, default=0):
    result = asarray(default)
    for condition, choice in list(zip(conditions, choices))[::-1]:
        result = where(condition, choice, result)
    return result


def choose(a, choices):
    a = asarray(a)
    result = asarray(choices[0]) + a * 0
    for i, choice in enumerate(choices[1:], 1):
        result = where(a == i, choice, result)
    return result


def piecewise(x, conditions, functions):
    x = asarray(x)
    result = zeros(x.shape, x.dtype)
    conditions = [asarray(c) for c in conditions]
    if len(functions) == len(conditions) + 1:
        rest = ~conditions[0]
        for c in conditions[1:]:
            rest = rest & ~c
        conditions.append(rest)
    for condition, function in zip(conditions, functions):
        result[condition] = function(x[condition]) if callable(function) else function
    return result


def compress(condition, a, axis=None):
    return take(a, _nonzero(asarray(condition))[0], axis)


def extract(condition, a):
    return asarray(a).ravel()[asarray(condition).ravel().astype(bool)]


def nonzero(a):
    return _nonzero(asarray(a))


def flatnonzero(a):
    return _nonzero(asarray(a).ravel())[0]


def argwhere(a):
    from ._joining import stack

    return stack(nonzero(a), axis=1)


def clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    from ._ufuncs import maximum, minimum

    low, high = a_min if min is None else min, a_max if max is None else max
    result = a if isinstance(a, (ndarray, generic)) else asarray(a)
    if low is not None:
        result = maximum(result, low)
    if high is not None:
        result = minimum(result, high)
    if out is not None:
        out[...] = result
        return out
    return result


def round(a, decimals=0, out=None):
    from ._ufuncs import rint

    a = asarray(a)
    if a.dtype.kind in "iub":
        if decimals >= 0:
            result = a.copy()
        else:
            result = (rint(a / 10**-decimals) * 10**-decimals).astype(a.dtype)
    elif a.dtype.kind == "c":
        result = round(a.real, decimals) + 1j * round(a.imag, decimals)
    elif decimals == 0:
        result = rint(a)
    else:
        power = 10.0 ** abs(decimals)
        result = rint(a * power) / power if decimals > 0 else rint(a / power) * power
    if out is not None:
        out[...] = result
        return out
    result = asarray(result)
    return result if result.ndim else result._scalar()


around = round_ = round


def fix(x):
    from ._ufuncs import trunc

    return trunc(x)


def diagonal(a, offset=0, axis1=0, axis2=1):
    a = moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = a.shape[-2:]
    start_row, start_column = builtins.max(0, -offset), builtins.max(0, offset)
    count = builtins.max(0, builtins.min(rows - start_row, columns - start_column))
    return a[..., arange(start_row, start_row + count), arange(start_column, start_column + count)]


def trace(a, offset=0):
    return diagonal(a, offset).sum(-1)


def fill_diagonal(a, value):
    n = builtins.min(a.shape)
    a[(arange(n),) * a.ndim] = value


def diag_indices(n, ndim=2):
    return (arange(n),) * ndim


def tril_indices(n, k=0, m=None):
    from ._creation import tri

    return nonzero(tri(n, m, k, bool))


def triu_indices(n, k=0, m=None):
    from ._creation import tri

    return nonzero(~tri(n, m, k - 1, bool))


def unravel_index(indices, shape):
    indices = asarray(indices)
    result = []
    for n in shape[::-1]:
        result.append(indices % n)
        indices = indices // n
    return tuple(result[::-1])


def ravel_multi_index(index, shape):
    result = 0
    for part, n in zip(index, shape):
        result = result * n + asarray(part)
    return result


def copyto(target, source, where=True):
    if where is True:
        assign(target, source)
    else:
        target[where] = source if not getattr(asarray(source), "ndim", 0) else broadcast_to(source, target.shape)[where]


def place(a, mask, values):
    mask = asarray(mask)
    count = int(mask.sum())
    a[mask] = resize(values, count)


def putmask(a, mask, values):
    values = asarray(values)
    a[mask] = values if values.ndim == 0 else resize(values, a.shape)[mask]


def put(a, indices, values):
    flat = a.ravel()
    flat[asarray(indices)] = values
    if not bridge.sharesMemory(flat._js, a._js):
        a[...] = flat.reshape(a.shape)


def searchsorted(a, v, side="left", sorter=None):
    a, v = asarray(a), asarray(v)
    if sorter is not None:
        a = a[sorter]
    from bisect import bisect_left, bisect_right

    find = bisect_left if side == "left" else bisect_right
    keys = a.tolist()
    result = array([find(keys, x) for x in v.ravel().tolist()], "int64").reshape(v.shape)
    return result if v.ndim else result._scalar()


def partition(a, kth, axis=-1):
    return sort(a, axis)


def argpartition(a, kth, axis=-1):
    return argsort(a, axis)


def lexsort(keys, axis=-1):
    keys = [asarray(k) for k in keys]
    order = argsort(keys[0])
    for key in keys[1:]:
        order = order[argsort(key[order])]
    return order


def array_equal(a, b, equal_nan=False):
    a, b = asarray(a), asarray(b)
    if a.shape != b.shape:
        return False
    same = asarray(a == b)
    if equal_nan:
        same = same | ((a != a) & (b != b))
    return bool(same.all())


def shares_memory(a, b):
    return isinstance(a, ndarray) and isinstance(b, ndarray) and bool(bridge.sharesMemory(a._js, b._js))


may_share_memory = shares_memory


def apply_along_axis(function, axis, a, *arguments, **keywords):
    from ._joining import stack

    a = asarray(a)
    axis = normalize_axis(axis, a.ndim)
    rows = moveaxis(a, axis, -1)
    kept = rows.shape[:-1]
    results = [asarray(function(row, *arguments, **keywords)) for row in rows.reshape(-1, a.shape[axis])]
    result = stack(results).reshape(kept + results[0].shape)
    return moveaxis(result, -1, axis) if results[0].ndim == 1 else result


class vectorize:
    """A Python function applied element by element, with broadcasting."""

    def __init__(self, function, otypes=None, doc=None, excluded=None):
        self.function, self.otypes = function, otypes
        self.__doc__ = doc or function.__doc__

    def __call__(self, *operands):
        spread = broadcast_arrays(*operands)
        shape = spread[0].shape
        values = [self.function(*items) for items in zip(*(a.ravel() for a in spread))]
        kind = self.otypes[0] if self.otypes else None
        if values and isinstance(values[0], tuple):
            return tuple(array(list(part)).reshape(shape) for part in zip(*values))
        return array(values, kind).reshape(shape)

for _name in "take clip round diagonal trace nonzero searchsorted compress choose put partition".split():
    setattr(ndarray, _name, _method(globals()[_name]))

__all__ = [
    "take", "take_along_axis", "put_along_axis", "ix_", "where", "select", "choose", "piecewise", "compress",
    "extract", "nonzero", "flatnonzero", "argwhere", "clip", "round", "around", "round_", "fix", "diagonal",
    "trace", "fill_diagonal", "diag_indices", "tril_indices", "triu_indices", "unravel_index", "ravel_multi_index",
    "copyto", "place", "putmask", "put", "searchsorted", "partition", "argpartition", "lexsort",
    "array_equal", "shares_memory", "may_share_memory", "apply_along_axis", "vectorize",
]
