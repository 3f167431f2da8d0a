"""Sums, extremes, means and their kin, over all elements or along axes."""

import builtins
import math

from ._array import asarray, ndarray, normalize_axis, size_of, wrap
from ._bridge import bridge, call, guarded
from ._dtypes import dtype as _dtype
from ._public import public_names


def _axes(axis, ndim):
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(normalize_axis(i, ndim) for i in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    if len(set(axes)) != len(axes):
        raise ValueError("duplicate value in 'axis'")
    return tuple(sorted(axes))


def _finish(result, a, axes, keepdims):
    """Puts the reduced axes back as ones if asked, and turns an array without dimensions into a scalar."""
    if keepdims:
        return result.reshape(tuple(1 if i in axes else n for i, n in enumerate(a.shape)))
    shape = tuple(n for i, n in enumerate(a.shape) if i not in axes)
    result = result.reshape(shape)
    return result if shape else result._scalar()


def _rows(a, axes):
    """The array as [kept, reduced], reduced axes last."""
    kept = [i for i in range(a.ndim) if i not in axes]
    return a.transpose(kept + list(axes)).reshape(size_of(a.shape[i] for i in kept), size_of(a.shape[i] for i in axes))


def _out(result, out):
    if out is not None:
        out[...] = result
        return out
    return result


def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    a = asarray(a)
    if where is not None:
        from ._choosing import where as choose

        a = choose(where, a, asarray(0, a.dtype))
    kind = _dtype(dtype) if dtype is not None else _accumulator(a.dtype)
    a = a.astype(kind, copy=False)
    axes = _axes(axis, a.ndim)
    if kind.kind == "f" and kind.name != "float16":
        result = _sum_floats(a, axes)
    elif kind.name == "float16":
        result = _sum_floats(a.astype("float32"), axes).astype(kind)
    else:
        result = _by_axis("sum", a, axes, kind)
    result = _finish(result, a, axes, keepdims)
    return _out(result if initial is None else result + initial, out)


def _accumulator(kind):
    if kind.kind in "bi":
        return _dtype("int64")
    return _dtype("uint64") if kind.kind == "u" else kind


def _sum_floats(a, axes):
    """Merges neighbouring axes and sums in NumPy's order of additions, which follows memory, not the axes' names."""
    steps = a.strides
    order = sorted(range(a.ndim), key=lambda i: -builtins.abs(steps[i]))
    if order != list(range(a.ndim)):
        moved = _sum_floats(a.transpose(order).copy(), tuple(sorted(order.index(i) for i in axes)))
        kept = [i for i in order if i not in axes]
        return moved.transpose([kept.index(i) for i in sorted(kept)])
    result = a
    while axes:
        last = axes[-1]
        first = last
        while first - 1 in axes:
            first -= 1
        shape = result.shape
        outer, count, inner = size_of(shape[:first]), size_of(shape[first : last + 1]), size_of(shape[last + 1 :])
        handle = guarded(bridge.sumFloats, result._js, outer, count, inner)
        result = ndarray._over(handle, a.dtype, (outer, inner)).reshape(shape[:first] + shape[last + 1 :])
        axes = tuple(i for i in axes if i < first)
    if result is a:
        result = a.copy()
    return result


def _by_axis(name, a, axes, kind):
    """A reduction by numpy-ts along the last axis of [kept, reduced]."""
    rows = _rows(a, axes)
    handle = call(name, rows._js, 1)
    return wrap(handle).astype(kind, copy=False)


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None):
    a = asarray(a)
    kind = _dtype(dtype) if dtype is not None else _accumulator(a.dtype)
    axes = _axes(axis, a.ndim)
    result = _finish(_by_axis("prod", a.astype(kind, copy=False), axes, kind), a, axes, keepdims)
    return _out(result if initial is None else result * initial, out)


def _spread_nan(a, axes, result):
    """A row that holds a NaN has NaN for its extremes."""
    from ._ufuncs import isnan

    unknown = isnan(_rows(a, axes))
    if unknown.any():
        result[unknown.any(axis=1)] = math.nan


def _extreme(name, label):
    def reduce(a, axis=None, out=None, keepdims=False, initial=None):
        a = asarray(a)
        axes = _axes(axis, a.ndim)
        if size_of(a.shape[i] for i in axes) == 0:
            if initial is not None:
                return initial
            raise ValueError(f"zero-size array to reduction operation {label} which has no identity")
        kind = a.dtype
        source = a.astype("uint8") if kind.kind == "b" else a
        rows = _by_axis(name, source, axes, kind)
        if kind.kind == "f":
            _spread_nan(a, axes, rows)
        result = _finish(rows, a, axes, keepdims)
        if initial is not None:
            from . import _ufuncs

            result = getattr(_ufuncs, label)(result, initial)
        return _out(result, out)

    return reduce


max = amax = _extreme("max", "maximum")
min = amin = _extreme("min", "minimum")


def ptp(a, axis=None, keepdims=False):
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


def _truth(name):
    def reduce(a, axis=None, out=None, keepdims=False):
        a = asarray(a).astype(bool, copy=False).astype("uint8")
        axes = _axes(axis, a.ndim)
        if size_of(a.shape[i] for i in axes) == 0:
            rows = asarray([name == "min"] * size_of(n for i, n in enumerate(a.shape) if i not in axes), bool)
        else:
            rows = _by_axis(name, a, axes, _dtype("bool"))
        return _out(_finish(rows, a, axes, keepdims), out)

    return reduce


all = _truth("min")
any = _truth("max")


def count_nonzero(a, axis=None, keepdims=False):
    result = sum(asarray(a) != 0, axis=axis, keepdims=keepdims)
    return int(result) if axis is None and not keepdims else result


def _argument(name):
    def reduce(a, axis=None, out=None, keepdims=False):
        a = asarray(a)
        axes = _axes(axis, a.ndim)
        if size_of(a.shape[i] for i in axes) == 0:
            raise ValueError(f"attempt to get {name} of an empty sequence")
        source = a.astype("uint8") if a.dtype.kind == "b" else a
        if a.dtype.kind == "f" and (a != a).any():
            from ._ufuncs import isnan

            unknown = isnan(_rows(a, axes)).astype("uint8")
            places = _by_axis("argmax", unknown, (1,), _dtype("int64"))
            result = _by_axis(name, _rows(source, axes), (1,), _dtype("int64"))
            held = unknown.any(axis=1)
            result[held] = places[held]
        else:
            result = _by_axis(name, source, axes, _dtype("int64"))
        return _out(_finish(result, a, axes, keepdims), out)

    return reduce


argmax = _argument("argmax")
argmin = _argument("argmin")


def mean(a, axis=None, dtype=None, out=None, keepdims=False, where=None):
    a = asarray(a)
    kind = _dtype(dtype) if dtype is not None else a.dtype if a.dtype.kind in "fc" else _dtype("float64")
    axes = _axes(axis, a.ndim)
    if where is not None:
        return sum(a, axis, kind, keepdims=keepdims, where=where) / sum(asarray(where), axis, keepdims=keepdims)
    count = size_of(a.shape[i] for i in axes)
    work = _dtype("float32") if kind.name == "float16" else kind
    total = sum(a, axis, work, keepdims=keepdims)
    result = total / count if count else total * math.nan
    return _out(result.astype(kind) if work is not kind else result, out)


def average(a, axis=None, weights=None, returned=False, keepdims=False):
    a = asarray(a)
    if weights is None:
        result, scale = mean(a, axis, keepdims=keepdims), a.size if axis is None else a.shape[axis]
    else:
        weights = asarray(weights)
        if weights.shape != a.shape:
            if axis is None:
                raise TypeError("Axis must be specified when shapes of a and weights differ.")
            axis = normalize_axis(axis, a.ndim)
            weights = weights.reshape(tuple(n if i == axis else 1 for i, n in enumerate(a.shape)))
        scale = sum(weights + a * 0, axis, keepdims=keepdims)
        if any(scale == 0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        result = sum(a * weights, axis, keepdims=keepdims) / scale
    return (result, scale) if returned else result


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, correction=None):
    a = asarray(a)
    if dtype is not None or a.dtype.kind not in "fc":
        a = a.astype(dtype or "float64")
    axes = _axes(axis, a.ndim)
    count = size_of(a.shape[i] for i in axes) - (ddof if correction is None else correction)
    from ._ufuncs import absolute

    deviation = a - mean(a, axis=axes, keepdims=True)
    squares = deviation * deviation if a.dtype.kind == "f" else absolute(deviation) ** 2
    total = sum(asarray(squares), axis=axes, keepdims=keepdims)
    return _out(total / count if count > 0 else total * math.nan, out)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, correction=None):
    from ._ufuncs import sqrt

    return _out(sqrt(var(a, axis, dtype, None, ddof, keepdims, correction)), out)


def _running(name):
    def accumulate(a, axis=None, dtype=None, out=None):
        a = asarray(a)
        kind = _dtype(dtype) if dtype is not None else _accumulator(a.dtype)
        a = a.astype(kind, copy=False)
        if axis is None:
            a, axis = a.reshape(-1), 0
        result = wrap(call(name, a._js, normalize_axis(axis, a.ndim))).astype(kind, copy=False)
        return _out(result, out)

    return accumulate


cumsum = cumulative_sum = _running("cumsum")
cumprod = cumulative_prod = _running("cumprod")


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    q = asarray(q)
    if any(q < 0) or any(q > 1):
        raise ValueError("Quantiles must be in the range [0, 1]")
    return _quantile(asarray(a), q, axis, method, keepdims)


def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False):
    q = asarray(q) / 100
    if any(q < 0) or any(q > 1):
        raise ValueError("Percentiles must be in the range [0, 100]")
    return _quantile(asarray(a), asarray(q), axis, method, keepdims)


_METHODS = {
    "lower": math.floor,
    "higher": math.ceil,
    "nearest": round,
    "midpoint": lambda place: (math.floor(place) + math.ceil(place)) / 2,
    "linear": lambda place: place,
}


def _quantile(a, q, axis, method, keepdims):
    if method not in _METHODS:
        raise ValueError(f"numpy.quantile method {method!r} is not in this page's NumPy ({', '.join(_METHODS)})")
    a = a if a.dtype.kind == "f" else a.astype("float64")
    axes = _axes(axis, a.ndim)
    rows = sort(_rows(a, axes), axis=1)
    columns = []
    for share in q.ravel().tolist():
        place = _METHODS[method](share * (rows.shape[1] - 1))
        low = math.floor(place)
        high = low + 1 if low + 1 < rows.shape[1] else low
        weight = place - low
        first, second = rows[:, low], rows[:, high]
        gap = second - first
        if q.ndim:
            gap = gap.astype(q.dtype)
        columns.append(second - gap * (1 - weight) if weight >= 0.5 else first + gap * weight)
    results = [_finish(column, a, axes, keepdims) for column in columns]
    return asarray(results).reshape(q.shape + asarray(results[0]).shape) if q.ndim else results[0]


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    a = asarray(a)
    a = a if a.dtype.kind == "f" else a.astype("float64")
    axes = _axes(axis, a.ndim)
    rows = sort(_rows(a, axes), axis=1)
    n = rows.shape[1]
    if n == 0:
        return _finish(mean(rows, axis=1), a, axes, keepdims)
    middle = rows[:, n // 2] if n % 2 else mean(rows[:, n // 2 - 1 : n // 2 + 1], axis=1)
    return _finish(asarray(middle), a, axes, keepdims)


def _by_last_axis(function, a, axis):
    if axis is None:
        a, axis = a.reshape(-1), 0
    axis = normalize_axis(axis, a.ndim)
    moved = a.swapaxes(axis, -1)
    rows = moved.reshape(-1, moved.shape[-1]) if a.size else moved.reshape(size_of(moved.shape[:-1]), moved.shape[-1])
    return wrap(guarded(function, rows._js)).reshape(moved.shape).swapaxes(axis, -1)


def sort(a, axis=-1, kind=None, order=None, stable=None):
    a = asarray(a)
    return _by_last_axis(bridge.sortRows, a, axis).copy()


def argsort(a, axis=-1, kind=None, order=None, stable=None):
    return _by_last_axis(bridge.argsortRows, asarray(a), axis).copy()


def _ignoring_nan(function, fill):
    def reduce(a, axis=None, dtype=None, out=None, keepdims=False, **keywords):
        from ._choosing import where
        from ._ufuncs import isnan

        a = asarray(a)
        filled = where(isnan(a), asarray(fill, a.dtype), a) if a.dtype.kind == "f" else a
        return function(filled, axis, keepdims=keepdims, **keywords)

    return reduce


nansum = _ignoring_nan(sum, 0.0)
nanprod = _ignoring_nan(prod, 1.0)
nanmax = _ignoring_nan(max, -math.inf)
nanmin = _ignoring_nan(min, math.inf)
nanargmax = _ignoring_nan(argmax, -math.inf)
nanargmin = _ignoring_nan(argmin, math.inf)


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False):
    from ._ufuncs import isnan

    a = asarray(a)
    present = ~asarray(isnan(a))
    return nansum(a, axis, keepdims=keepdims) / sum(present, axis, keepdims=keepdims)


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    from ._ufuncs import isnan

    a = asarray(a)
    count = sum(~asarray(isnan(a)), axis, keepdims=keepdims) - ddof
    deviation = a - nanmean(a, axis, keepdims=True)
    return nansum(deviation * deviation, axis, keepdims=keepdims) / count


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    from ._ufuncs import sqrt

    return sqrt(nanvar(a, axis, ddof=ddof, keepdims=keepdims))


def _present(function):
    def reduce(a, *arguments, axis=None):
        from ._ufuncs import isnan

        a = asarray(a)
        if axis is None:
            return function(a[~asarray(isnan(a))], *arguments)
        rows = a.swapaxes(axis, -1).reshape(-1, a.shape[axis])
        values = [function(row[~asarray(isnan(row))], *arguments) for row in rows]
        return asarray(values).reshape(tuple(n for i, n in enumerate(a.shape) if i != axis % a.ndim))

    return reduce


nanmedian = _present(median)
nanpercentile = _present(percentile)
nanquantile = _present(quantile)


def _method(function):
    def method(self, *arguments, **keywords):
        return function(self, *arguments, **keywords)

    method.__name__ = function.__name__
    return method


for _name in "sum prod max min ptp all any argmax argmin mean var std cumsum cumprod argsort".split():
    setattr(ndarray, _name, _method(globals()[_name]))


def _sort_in_place(self, axis=-1, kind=None, order=None, stable=None):
    self[...] = sort(self, axis)


ndarray.sort = _sort_in_place
__all__ = public_names(globals())
