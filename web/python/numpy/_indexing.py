"""Indexing: integers, slices, new axes and Ellipsis give views; index arrays and masks give copies."""

import operator

from ._array import asarray, assign, broadcast_shape, ndarray, shape_text
from ._bridge import bridge, guarded, js_list
from ._dtypes import bool_, dtype, generic

_INVALID = (
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays "
    "are valid indices"
)


def _entries(key):
    """The index as a list in which every array-like has become an ndarray."""
    entries = []
    for entry in key if isinstance(key, tuple) else (key,):
        if entry is None or entry is Ellipsis or isinstance(entry, slice):
            entries.append(entry)
        elif isinstance(entry, (bool, bool_)):
            entries.append(asarray(bool(entry)))
        elif isinstance(entry, ndarray):
            entries.append(entry if entry.ndim or entry.dtype.kind == "b" else operator.index(entry))
        elif isinstance(entry, (list, tuple, range)):
            found = asarray(entry)
            if found.size and found.dtype.kind not in "biu":
                raise IndexError(_INVALID)
            entries.append(found.astype("int64") if found.size == 0 else found)
        else:
            try:
                entries.append(operator.index(entry))
            except TypeError:
                raise IndexError(_INVALID) from None
    return entries


def _axes_used(entry):
    if entry is None or entry is Ellipsis:
        return 0
    return entry.ndim if isinstance(entry, ndarray) and entry.dtype.kind == "b" else 1


def _expand(a, key):
    """The index with Ellipsis and missing trailing axes written out as full slices."""
    entries = _entries(key)
    used = sum(map(_axes_used, entries))
    if used > a.ndim:
        raise IndexError(
            f"too many indices for array: array is {a.ndim}-dimensional, but {used} were indexed"
        )
    fill = [slice(None)] * (a.ndim - used)
    places = [i for i, entry in enumerate(entries) if entry is Ellipsis]
    if len(places) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if places:
        return entries[: places[0]] + fill + entries[places[0] + 1 :]
    return entries + fill


def _basic_view(a, entries):
    spec, shape, axis = [], [], 0
    for entry in entries:
        if entry is None:
            spec += (2, 0, 0, 1)
            shape.append(1)
            continue
        size = a.shape[axis]
        if isinstance(entry, slice):
            start, stop, step = entry.indices(size)
            count = len(range(start, stop, step))
            spec += (1, start if count else 0, step, count)
            shape.append(count)
        else:
            if not -size <= entry < size:
                raise IndexError(f"index {entry} is out of bounds for axis {axis} with size {size}")
            spec += (0, entry % size, 0, 0)
        axis += 1
    return a._view(bridge.view(a._js, js_list(spec)), tuple(shape))


def _advanced(a, entries):
    """Splits an index with arrays into a basic view and the arrays: (view, axes, arrays, shape, position)."""
    basic, arrays, places = [], [], []
    axis = out = 0
    for entry in entries:
        if isinstance(entry, ndarray) and entry.dtype.kind == "b":
            for k, size in enumerate(entry.shape):
                if a.shape[axis + k] != size:
                    raise IndexError(
                        f"boolean index did not match indexed array along dimension {axis + k}; "
                        f"dimension is {a.shape[axis + k]} but corresponding boolean dimension is {size}"
                    )
            found = nonzero(entry) if entry.ndim else ()
            arrays += found
            places += range(out, out + entry.ndim)
            basic += [slice(None)] * entry.ndim
            axis += entry.ndim
            out += entry.ndim
            continue
        if isinstance(entry, ndarray):
            if entry.dtype.kind not in "iu":
                raise IndexError("arrays used as indices must be of integer (or boolean) type")
            arrays.append(entry.astype("int64", copy=False))
        elif isinstance(entry, int):
            arrays.append(asarray(entry))
        if isinstance(entry, (ndarray, int)):
            size = a.shape[axis]
            if isinstance(entry, int) and not -size <= entry < size:
                raise IndexError(f"index {entry} is out of bounds for axis {axis} with size {size}")
            places.append(out)
            basic.append(slice(None))
        else:
            basic.append(entry)
        out += 1
        axis += entry is not None
    shape = broadcast_shape(*(index.shape for index in arrays))
    if shape is None:
        shapes = " ".join(shape_text(index.shape) for index in arrays)
        raise IndexError(f"shape mismatch: indexing arrays could not be broadcast together with shapes {shapes} ")
    adjacent = places == list(range(places[0], places[0] + len(places)))
    position = places[0] if adjacent else 0
    handles = [bridge.broadcast(index._js, js_list(shape)) for index in arrays]
    return _basic_view(a, basic), js_list(places), js_list(handles), shape, position


def nonzero(a):
    """Indices of the nonzero elements, one int64 array per axis."""
    return tuple(ndarray._over(handle, dtype("int64")) for handle in bridge.nonzero(a._js))


def _is_advanced(entries):
    return any(isinstance(entry, ndarray) for entry in entries)


def get_item(a, key):
    entries = _expand(a, key)
    if not _is_advanced(entries):
        view = _basic_view(a, entries)
        whole = any(entry is Ellipsis for entry in (key if isinstance(key, tuple) else (key,)))
        return view if view.shape or whole else view._scalar()
    if entries[0] is not None and isinstance(entries[0], ndarray) and entries[0].ndim == 0:
        return _zero_dimensional_mask(a, entries)
    view, axes, handles, shape, position = _advanced(a, entries)
    result = guarded(bridge.gather, view._js, axes, handles, js_list(shape), position)
    return ndarray._over(result, a.dtype)


def _zero_dimensional_mask(a, entries):
    picked = a[None] if bool(entries[0]) else a[None][:0]
    return picked


def set_item(a, key, value):
    entries = _expand(a, key)
    if not _is_advanced(entries):
        assign(_basic_view(a, entries), value)
        return
    if isinstance(entries[0], ndarray) and entries[0].ndim == 0:
        if bool(entries[0]):
            assign(a, value)
        return
    view, axes, handles, shape, position = _advanced(a, entries)
    free = [n for i, n in enumerate(view.shape) if i not in set(axes)]
    target = tuple(free[:position]) + shape + tuple(free[position:])
    source = asarray(value) if not isinstance(value, (int, float)) or isinstance(value, generic) else None
    if source is None:
        from ._array import plain

        handle = plain(value, a.dtype)
    else:
        fitted = broadcast_shape(source.shape, target)
        if fitted != target:
            _raise_mismatch(entries, source, target)
        handle = source._js
    guarded(bridge.scatter, view._js, axes, handles, js_list(shape), position, handle)


def _raise_mismatch(entries, source, target):
    masked = len(entries) == 1 and entries[0].dtype.kind == "b"
    if masked and source.ndim == 1:
        raise ValueError(
            f"NumPy boolean array indexing assignment cannot assign {source.size} input values "
            f"to the {target[0]} output values where the mask is true"
        )
    raise ValueError(
        f"shape mismatch: value array of shape {shape_text(source.shape)} "
        f"could not be broadcast to indexing result of shape {shape_text(target)}"
    )
