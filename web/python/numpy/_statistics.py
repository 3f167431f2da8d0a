"""Sets, histograms, differences, interpolation, polynomials, correlation."""

import builtins
import math

from ._array import asarray, wrap
from ._bridge import call
from ._creation import arange, array, linspace, zeros
from ._choosing import searchsorted, where
from ._joining import append, concatenate, flip
from ._public import public_names
from ._reductions import all as _all
from ._reductions import argsort, cumsum, max, mean, min, sort, sum
from ._ufuncs import absolute, divide, isfinite, isnan, sqrt


# Sets


def unique(a, return_index=False, return_inverse=False, return_counts=False, axis=None):
    a = asarray(a)
    if axis is not None:
        rows = sorted({tuple(row) for row in a.swapaxes(0, axis).tolist()})
        return array([list(row) for row in rows], a.dtype).swapaxes(0, axis)
    flat = a.ravel()
    order = argsort(flat)
    values = flat[order]
    if values.size == 0:
        starts = asarray([], bool)
    else:
        fresh = values[1:] != values[:-1]
        if values.dtype.kind == "f":
            fresh = fresh & ~(isnan(values[1:]) & isnan(values[:-1]))
        starts = concatenate([asarray([True]), fresh])
    results = [values[starts]]
    if return_index:
        results.append(order[starts])
    if return_inverse:
        inverse = zeros(flat.size, int)
        inverse[order] = cumsum(starts) - 1
        results.append(inverse)
    if return_counts:
        bounds = append(starts.nonzero()[0], flat.size)
        results.append(bounds[1:] - bounds[:-1])
    return tuple(results) if len(results) > 1 else results[0]


def isin(a, b, invert=False):
    a = asarray(a)
    known = set(asarray(b).ravel().tolist())
    return array([(x in known) != invert for x in a.ravel().tolist()], bool).reshape(a.shape)


in1d = isin


def intersect1d(a, b):
    a = unique(a)
    return a[isin(a, b)]


def union1d(a, b):
    return unique(concatenate([asarray(a).ravel(), asarray(b).ravel()]))


def setdiff1d(a, b):
    a = unique(a)
    return a[isin(a, b, invert=True)]


def setxor1d(a, b):
    return unique(concatenate([setdiff1d(a, b), setdiff1d(b, a)]))


# Counting


def bincount(x, weights=None, minlength=0):
    x = asarray(x)
    if x.size and min(x) < 0:
        raise ValueError("'list' argument must have no negative elements")
    counts = [0] * builtins.max(minlength, int(max(x)) + 1 if x.size else 0)
    if weights is None:
        for value in x.tolist():
            counts[value] += 1
        return array(counts, int)
    counts = [0.0] * len(counts)
    for value, weight in zip(x.tolist(), asarray(weights).tolist()):
        counts[value] += weight
    return array(counts, float)


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    a = asarray(a)
    if isinstance(bins, str):
        raise ValueError("automatic bins are not in this page's NumPy: give their number or their edges")
    if not isinstance(bins, int):
        return asarray(bins)
    if bins < 1:
        raise ValueError("`bins` must be positive, when an integer")
    low, high = range if range is not None else (min(a), max(a)) if a.size else (0, 1)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"autodetected range of [{low}, {high}] is not finite")
    if low > high:
        raise ValueError("max must be larger than min in range parameter.")
    if low == high:
        low, high = low - 0.5, high + 0.5
    return linspace(low, high, bins + 1)


def histogram(a, bins=10, range=None, density=None, weights=None):
    a = asarray(a).ravel()
    edges = histogram_bin_edges(a, bins, range)
    values = sort(a)
    if weights is None:
        places = append(searchsorted(values, edges[:-1], "left"), searchsorted(values, edges[-1], "right"))
        counts = places[1:] - places[:-1]
    else:
        order = argsort(a)
        total = concatenate([zeros(1), cumsum(asarray(weights).ravel()[order])])
        places = append(searchsorted(values, edges[:-1], "left"), searchsorted(values, edges[-1], "right"))
        counts = total[places[1:]] - total[places[:-1]]
    if density:
        counts = counts / (edges[1:] - edges[:-1]) / sum(counts)
    return counts, edges


def digitize(x, bins, right=False):
    bins = asarray(bins)
    side = "left" if right else "right"
    if bins.size > 1 and bins[0] > bins[-1]:
        return bins.size - searchsorted(flip(bins), x, "right" if right else "left")
    return searchsorted(bins, x, side)


# Differences and curves


def diff(a, n=1, axis=-1, prepend=None, append=None):
    a = asarray(a)
    axis = axis % a.ndim
    parts = [None if p is None else asarray(p) for p in (prepend, append)]
    shape = a.shape[:axis] + (1,) + a.shape[axis + 1 :]
    parts = [p if p is None or p.ndim else p + zeros(shape, p.dtype) for p in parts]
    a = concatenate([p for p in (parts[0], a, parts[1]) if p is not None], axis)
    ahead = (slice(None),) * axis
    for _ in range(n):
        later, earlier = a[ahead + (slice(1, None),)], a[ahead + (slice(None, -1),)]
        a = later != earlier if a.dtype.kind == "b" else later - earlier
    return a


def ediff1d(a):
    return diff(asarray(a).ravel())


def gradient(f, *spacing, axis=None, edge_order=1):
    f = asarray(f)
    f = f if f.dtype.kind in "fc" else f.astype(float)
    axes = range(f.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = [i % f.ndim for i in axes]
    steps = list(spacing) or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    results = []
    for i, step in zip(axes, steps):
        rows = f.swapaxes(0, i)
        if rows.shape[0] < 2:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are "
                "required."
            )
        result = zeros(rows.shape, f.dtype)
        step = asarray(step)
        if step.ndim == 0:
            result[1:-1] = (rows[2:] - rows[:-2]) / (2.0 * step)
            result[0] = (rows[1] - rows[0]) / step
            result[-1] = (rows[-1] - rows[-2]) / step
        else:
            gaps = diff(step).reshape((-1,) + (1,) * (f.ndim - 1))
            before, after = gaps[:-1], gaps[1:]
            a = -after / (before * (before + after))
            b = (after - before) / (before * after)
            c = before / (after * (before + after))
            result[1:-1] = a * rows[:-2] + b * rows[1:-1] + c * rows[2:]
            result[0] = (rows[1] - rows[0]) / gaps[0]
            result[-1] = (rows[-1] - rows[-2]) / gaps[-1]
        results.append(result.swapaxes(0, i))
    return results[0] if len(results) == 1 else results


def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = asarray(y)
    gaps = dx if x is None else diff(asarray(x))
    moved = y.swapaxes(axis, -1)
    return sum(gaps * (moved[..., 1:] + moved[..., :-1]) / 2.0, axis=-1)


trapz = trapezoid


def interp(x, xp, fp, left=None, right=None):
    x, xp, fp = asarray(x) * 1.0, asarray(xp) * 1.0, asarray(fp) * 1.0
    places = asarray(searchsorted(xp, x, "right")) - 1
    inside = asarray(where(places < 0, 0, where(places > xp.size - 2, xp.size - 2, places)))
    slopes = (fp[1:] - fp[:-1]) / (xp[1:] - xp[:-1])
    result = slopes[inside] * (x - xp[inside]) + fp[inside]
    result = where(x == xp[inside], fp[inside], result)
    result = where(x >= xp[-1], where(x == xp[-1], fp[-1], fp[-1] if right is None else right), result)
    result = where(x < xp[0], fp[0] if left is None else left, result)
    return result if result.ndim else result._scalar()


def convolve(a, v, mode="full"):
    a, v = asarray(a), asarray(v)
    if a.size == 0 or v.size == 0:
        raise ValueError("a cannot be empty" if a.size == 0 else "v cannot be empty")
    if v.size > a.size:
        a, v = v, a
    kernel = v.ravel()
    total = zeros(a.size + v.size - 1, (a[:1] * v[:1]).dtype)
    for i in range(v.size):
        total[i : i + a.size] += a * kernel[i]
    if mode == "full":
        return total
    if mode == "same":
        start = (v.size - 1) // 2
        return total[start : start + a.size]
    return total[v.size - 1 : a.size]


def correlate(a, v, mode="valid"):
    return convolve(a, flip(asarray(v)), mode)


def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    from ._linear import dot
    from ._joining import vstack
    from ._manipulation import atleast_2d

    x = atleast_2d(asarray(m)) * 1.0
    if not rowvar and x.shape[0] != 1:
        x = x.T
    if y is not None:
        x = vstack([x, atleast_2d(asarray(y)) * 1.0])
    correction = ddof if ddof is not None else (0 if bias else 1)
    x = x - mean(x, axis=1, keepdims=True)
    result = dot(x, x.T.conj()) * divide(1, float(x.shape[1] - correction))
    return result.squeeze() if result.size > 1 else result.reshape(())


def corrcoef(x, y=None, rowvar=True):
    c = asarray(cov(x, y, rowvar))
    if c.ndim == 0:
        return c / c
    spread = sqrt(c.diagonal())
    from ._choosing import clip

    return clip(c / spread[:, None] / spread[None, :], -1, 1)


# Polynomials


def polyval(p, x):
    p = asarray(p)
    x = asarray(x)
    result = zeros(x.shape, p.dtype)
    for coefficient in p:
        result = result * x + coefficient
    return result


def polyfit(x, y, deg):
    from . import linalg
    from ._creation import vander

    x, y = asarray(x) * 1.0, asarray(y) * 1.0
    columns = vander(x, deg + 1)
    scale = sqrt(sum(columns * columns, axis=0))
    solution = linalg.lstsq(columns / scale, y)[0]
    return (solution.T / scale).T


def poly(roots):
    result = array([1.0])
    for root in asarray(roots).ravel():
        result = convolve(result, asarray([1.0, -root]))
    return result


def polyadd(a, b):
    a, b = asarray(a), asarray(b)
    n = builtins.max(a.size, b.size)
    grow = lambda p: concatenate([zeros(n - p.size, p.dtype), p])
    return grow(a) + grow(b)


def polymul(a, b):
    return convolve(a, b)


def polyder(p, m=1):
    p = asarray(p)
    for _ in range(m):
        p = p[:-1] * arange(p.size - 1, 0, -1)
    return p


def polyint(p):
    p = asarray(p)
    return concatenate([p / arange(p.size, 0, -1), zeros(1)])


def roots(p):
    found = wrap(call("roots", (asarray(p) * 1.0)._js))
    return found if found.dtype.kind != "c" or found.imag.any() else found.real.copy()


# Closeness


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    a, b = asarray(a), asarray(b)
    near = absolute(a - b) <= atol + rtol * absolute(b)
    result = (near & isfinite(b)) | (a == b)
    return result | (isnan(a) & isnan(b)) if equal_nan else result


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return bool(_all(isclose(a, b, rtol, atol, equal_nan)))


def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    from ._dtypes import finfo
    from ._ufuncs import isinf

    x = asarray(x)
    if x.dtype.kind != "f":
        return x.copy()
    limits = finfo(x.dtype)
    x = where(isnan(x), asarray(nan, x.dtype), x)
    x = where(isinf(x) & (x > 0), asarray(limits.max if posinf is None else posinf, x.dtype), x)
    result = where(isinf(x) & (x < 0), asarray(limits.min if neginf is None else neginf, x.dtype), x)
    return result if result.ndim else result._scalar()


def sinc(x):
    from ._ufuncs import sin

    x = asarray(x) * math.pi
    x = where(x == 0, 1.0e-20, x)
    return sin(x) / x


__all__ = public_names(globals())
