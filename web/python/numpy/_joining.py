"""Joining, splitting, repeating and padding arrays."""

import builtins

from ._array import asarray, assign, common_dtype, ndarray, normalize_axis, shape_tuple
from ._choosing import apply_along_axis, clip, take, where
from ._creation import arange, zeros
from ._dtypes import dtype as _dtype
from ._manipulation import atleast_1d, atleast_2d, atleast_3d, expand_dims, moveaxis, swapaxes
from ._reductions import _method
from ._indexing import nonzero as _nonzero


def concatenate(arrays, axis=0, out=None, dtype=None):
    arrays = [asarray(a) for a in arrays]
    if not arrays:
        raise ValueError("need at least one array to concatenate")
    if axis is None:
        arrays, axis = [a.ravel() for a in arrays], 0
    first = arrays[0]
    if first.ndim == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    axis = normalize_axis(axis, first.ndim)
    for i, a in enumerate(arrays):
        if a.ndim != first.ndim:
            raise ValueError(
                "all the input arrays must have same number of dimensions, but the array at index 0 has "
                f"{first.ndim} dimension(s) and the array at index {i} has {a.ndim} dimension(s)"
            )
        for k in range(a.ndim):
            if k != axis and a.shape[k] != first.shape[k]:
                raise ValueError(
                    "all the input array dimensions except for the concatenation axis must match exactly, but along "
                    f"dimension {k}, the array at index 0 has size {first.shape[k]} and the array at index {i} has "
                    f"size {a.shape[k]}"
                )
    kind = _dtype(dtype) if dtype is not None else common_dtype(*arrays)
    total = builtins.sum(a.shape[axis] for a in arrays)
    result = zeros(first.shape[:axis] + (total,) + first.shape[axis + 1 :], kind)
    start = 0
    for a in arrays:
        stop = start + a.shape[axis]
        if a.size:
            assign(result[(slice(None),) * axis + (slice(start, stop),)], a)
        start = stop
    return result


concat = concatenate


def stack(arrays, axis=0, out=None, dtype=None):
    arrays = [asarray(a) for a in arrays]
    if not arrays:
        raise ValueError("need at least one array to stack")
    if len({a.shape for a in arrays}) != 1:
        raise ValueError("all input arrays must have the same shape")
    axis = normalize_axis(axis, arrays[0].ndim + 1)
    return concatenate([expand_dims(a, axis) for a in arrays], axis, dtype=dtype)


def vstack(arrays, dtype=None):
    return concatenate([atleast_2d(a) for a in arrays], 0, dtype=dtype)


row_stack = vstack


def hstack(arrays, dtype=None):
    arrays = [atleast_1d(a) for a in arrays]
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1, dtype=dtype)


def dstack(arrays):
    return concatenate([atleast_3d(a) for a in arrays], 2)


def column_stack(arrays):
    arrays = [asarray(a) for a in arrays]
    return concatenate([a if a.ndim > 1 else a.reshape(-1, 1) for a in arrays], 1)


def block(arrays):
    def join(nested, axis):
        if isinstance(nested, list):
            return concatenate([atleast_2d(join(item, axis + 1)) for item in nested], axis)
        return asarray(nested)

    rows = arrays if isinstance(arrays[0], list) else [arrays]
    return concatenate([concatenate([atleast_2d(item) for item in row], 1) for row in rows], 0)


def append(a, values, axis=None):
    a, values = asarray(a), asarray(values)
    if axis is None:
        return concatenate([a.ravel(), values.ravel()])
    return concatenate([a, values], axis)


def array_split(a, sections, axis=0):
    a = asarray(a)
    size = a.shape[axis]
    if isinstance(sections, (list, tuple, ndarray)):
        bounds = [0, *map(int, sections), size]
    else:
        each, extra = divmod(size, sections)
        bounds = [0]
        for i in range(sections):
            bounds.append(bounds[-1] + each + (i < extra))
    ahead = (slice(None),) * normalize_axis(axis, a.ndim)
    return [a[ahead + (slice(low, high),)] for low, high in zip(bounds, bounds[1:])]


def split(a, sections, axis=0):
    a = asarray(a)
    if not isinstance(sections, (list, tuple, ndarray)) and a.shape[axis] % sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(a, sections, axis)


def vsplit(a, sections):
    return split(a, sections, 0)


def hsplit(a, sections):
    return split(a, sections, 0 if asarray(a).ndim == 1 else 1)


def unstack(a, axis=0):
    return tuple(moveaxis(a, axis, 0))


# Repeating and reordering


def tile(a, reps):
    a = asarray(a)
    reps = shape_tuple(reps)
    reps = (1,) * (a.ndim - len(reps)) + reps
    a = a.reshape((1,) * (len(reps) - a.ndim) + a.shape)
    for axis, count in enumerate(reps):
        if count != 1:
            a = concatenate([a] * count, axis) if count else take(a, asarray([], int), axis)
    return a.copy()


def repeat(a, repeats, axis=None):
    a = asarray(a)
    if axis is None:
        a, axis = a.ravel(), 0
    size = a.shape[axis]
    counts = asarray(repeats).ravel().tolist()
    counts = counts * size if len(counts) == 1 else counts
    if len(counts) != size:
        raise ValueError(f"operands could not be broadcast together with shape ({size},) ({len(counts)},)")
    return take(a, [i for i, count in enumerate(counts) for _ in range(count)], axis)


def flip(a, axis=None):
    a = asarray(a)
    axes = range(a.ndim) if axis is None else (axis if isinstance(axis, (tuple, list)) else (axis,))
    axes = {normalize_axis(i, a.ndim) for i in axes}
    return a[tuple(slice(None, None, -1 if i in axes else 1) for i in range(a.ndim))]


def flipud(a):
    return flip(a, 0)


def fliplr(a):
    return flip(a, 1)


def rot90(a, k=1, axes=(0, 1)):
    a, k = asarray(a), k % 4
    if k == 0:
        return a[:]
    if k == 2:
        return flip(a, axes)
    return flip(swapaxes(a, *axes), axes[0]) if k == 1 else swapaxes(flip(a, axes[0]), *axes)


def roll(a, shift, axis=None):
    a = asarray(a)
    if axis is None:
        return roll(a.ravel(), shift, 0).reshape(a.shape)
    shifts = shift if isinstance(shift, (tuple, list)) else (shift,)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    for amount, i in zip(shifts if len(shifts) == len(axes) else shifts * len(axes), axes):
        size = a.shape[i]
        if size:
            a = take(a, (arange(size) - amount) % size, i)
    return a


def delete(a, places, axis=None):
    a = asarray(a)
    if axis is None:
        a, axis = a.ravel(), 0
    keep = zeros(a.shape[axis], bool) == 0
    keep[places if isinstance(places, (slice, int)) else asarray(places)] = False
    return take(a, _nonzero(keep)[0], axis)


def insert(a, place, values, axis=None):
    a = asarray(a)
    if axis is None:
        a, axis = a.ravel(), 0
    if isinstance(place, (list, tuple, ndarray)):
        for offset, (i, value) in enumerate(zip(asarray(place).tolist(), asarray(values) + asarray(place) * 0)):
            a = insert(a, i + offset, value, axis)
        return a
    size = a.shape[axis]
    if not -size <= place <= size:
        raise IndexError(f"index {place} is out of bounds for axis {axis} with size {size}")
    place = place + size if place < 0 else place
    ahead = (slice(None),) * axis
    values = asarray(values, a.dtype)
    hole = a.shape[:axis] + (values.size if a.ndim == 1 else 1,) + a.shape[axis + 1 :]
    middle = zeros(hole, a.dtype)
    fits = a.ndim == 1 or values.ndim in (0, a.ndim)
    middle[...] = values if fits else expand_dims(values, axis)
    return concatenate([a[ahead + (slice(0, place),)], middle, a[ahead + (slice(place, None),)]], axis)


def pad(a, width, mode="constant", constant_values=0, **_):
    a = asarray(a)
    widths = asarray(width) + zeros((a.ndim, 2), int)
    for axis, (before, after) in enumerate(widths.tolist()):
        n = a.shape[axis]
        places = arange(-before, n + after)
        if mode == "constant":
            values = asarray(constant_values, a.dtype)
            sides = (values + zeros(2, a.dtype)).tolist() if values.ndim < 2 else values[axis].tolist()
            shape = lambda count: a.shape[:axis] + (count,) + a.shape[axis + 1 :]
            from ._creation import full

            parts = [full(shape(before), sides[0], a.dtype), a, full(shape(after), sides[1], a.dtype)]
            a = concatenate(parts, axis)
            continue
        if mode == "edge":
            places = clip(places, 0, n - 1)
        elif mode == "wrap":
            places = places % n
        elif mode in ("reflect", "symmetric"):
            period = 2 * n - 2 if mode == "reflect" else 2 * n
            places = places % period
            places = where(places < n, places, period - places - (mode == "symmetric"))
        else:
            raise ValueError(f"numpy.pad mode {mode!r} is not in this page's NumPy")
        a = take(a, places, axis)
    return a


def packbits(a, axis=None):
    """Eight truth values a byte, the first in its highest bit."""
    a = asarray(a).astype(bool)
    if axis is not None:
        return apply_along_axis(packbits, axis, a)
    a = pad(a.ravel(), (0, -a.size % 8)).reshape(-1, 8)
    return (a * asarray([128, 64, 32, 16, 8, 4, 2, 1])).sum(axis=1).astype("uint8")


def unpackbits(a, axis=None):
    """The bits of bytes, the highest first."""
    a = asarray(a)
    if a.dtype.name != "uint8":
        raise TypeError("Expected an input array of unsigned byte data type")
    if axis is not None:
        return apply_along_axis(unpackbits, axis, a)
    return ((a.reshape(-1, 1).astype(int) >> arange(7, -1, -1)) & 1).astype("uint8").ravel()


for _name in "repeat".split():
    setattr(ndarray, _name, _method(globals()[_name]))

__all__ = [
    "packbits", "unpackbits",
    "concatenate", "concat", "stack", "vstack", "row_stack", "hstack", "dstack", "column_stack", "block", "append",
    "array_split", "split", "vsplit", "hsplit", "unstack", "tile", "repeat", "flip", "flipud", "fliplr", "rot90",
    "roll", "delete", "insert", "pad",
]
