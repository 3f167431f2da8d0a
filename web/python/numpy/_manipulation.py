"""The shape of arrays: reshaping, reordering axes, broadcasting."""

from ._array import asarray, broadcast_shape, normalize_axis, shape_text, shape_tuple, size_of
from ._bridge import bridge, js_list
from ._creation import arange


def reshape(a, shape=None, order="C", newshape=None):
    return asarray(a).reshape(newshape if shape is None else shape, order=order)


def ravel(a, order="C"):
    return asarray(a).ravel(order)


def transpose(a, axes=None):
    return asarray(a).transpose(axes)


permute_dims = transpose


def swapaxes(a, axis1, axis2):
    return asarray(a).swapaxes(axis1, axis2)


def squeeze(a, axis=None):
    return asarray(a).squeeze(axis)


def moveaxis(a, source, destination):
    a = asarray(a)
    source = [normalize_axis(i, a.ndim) for i in (source if isinstance(source, (tuple, list)) else (source,))]
    destination = destination if isinstance(destination, (tuple, list)) else (destination,)
    destination = [normalize_axis(i, a.ndim) for i in destination]
    order = [i for i in range(a.ndim) if i not in source]
    for place, axis in sorted(zip(destination, source)):
        order.insert(place, axis)
    return a.transpose(order)


def rollaxis(a, axis, start=0):
    a = asarray(a)
    axis = normalize_axis(axis, a.ndim)
    return moveaxis(a, axis, start - 1 if axis < start else start)


def expand_dims(a, axis):
    a = asarray(a)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    ndim = a.ndim + len(axes)
    axes = {normalize_axis(i, ndim) for i in axes}
    sizes = iter(a.shape)
    return a.reshape(tuple(1 if i in axes else next(sizes) for i in range(ndim)))


def atleast_1d(*arrays):
    results = [a if a.ndim else a.reshape(1) for a in map(asarray, arrays)]
    return results[0] if len(results) == 1 else results


def atleast_2d(*arrays):
    results = [a if a.ndim >= 2 else a.reshape((1,) * (2 - a.ndim) + a.shape) for a in map(asarray, arrays)]
    return results[0] if len(results) == 1 else results


def atleast_3d(*arrays):
    results = []
    for a in map(asarray, arrays):
        results.append(a if a.ndim >= 3 else a[:, :, None] if a.ndim == 2 else a.reshape(1, -1, 1))
    return results[0] if len(results) == 1 else results


def broadcast_to(a, shape):
    a = asarray(a)
    shape = shape_tuple(shape)
    if broadcast_shape(a.shape, shape) != shape:
        raise ValueError(
            f"operands could not be broadcast together with remapped shapes [original->remapped]: "
            f"{shape_text(a.shape)}  and requested shape {shape_text(shape)}"
        )
    view = a._view(bridge.broadcast(a._js, js_list(shape)), shape)
    view._readonly = True
    return view


def broadcast_shapes(*shapes):
    shape = broadcast_shape(*map(shape_tuple, shapes))
    if shape is None:
        raise ValueError("shape mismatch: objects cannot be broadcast to a single shape")
    return shape


def broadcast_arrays(*arrays):
    arrays = [asarray(a) for a in arrays]
    shape = broadcast_shapes(*(a.shape for a in arrays))
    return [broadcast_to(a, shape) for a in arrays]


def resize(a, shape):
    a = asarray(a).ravel()
    shape = shape_tuple(shape)
    return a[arange(size_of(shape)) % a.size].reshape(shape)


__all__ = [
    "resize",
    "reshape", "ravel", "transpose", "permute_dims", "swapaxes", "squeeze", "moveaxis", "rollaxis", "expand_dims",
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to", "broadcast_shapes", "broadcast_arrays",
]
