"""Products of vectors, matrices and tensors."""

from ._array import asarray, common_dtype, ndarray, shape_text, wrap
from ._bridge import call
from ._reductions import _method


def _operands(a, b):
    a, b = asarray(a), asarray(b)
    kind = common_dtype(a, b)
    return a, b, kind


def _product(name, a, b, kind, *extra):
    work = kind
    if kind.kind == "b":
        work = type(kind)("int64")
    result = call(name, a.astype(work, copy=False)._js, b.astype(work, copy=False)._js, *extra)
    if not hasattr(result, "shape"):
        return kind.type(result)
    result = wrap(result).astype(kind, copy=False)
    return result if result.ndim else result._scalar()


def dot(a, b, out=None):
    a, b, kind = _operands(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    inner = -1 if b.ndim == 1 else -2
    if a.shape[-1] != b.shape[inner]:
        raise ValueError(
            f"shapes {shape_text(a.shape)} and {shape_text(b.shape)} not aligned: "
            f"{a.shape[-1]} (dim {a.ndim - 1}) != {b.shape[inner]} (dim {b.ndim + inner})"
        )
    if a.ndim > 2 or b.ndim > 2:
        return tensordot(a, b, ([a.ndim - 1], [b.ndim + inner]))
    return _matrix_product(a, b, kind)


def _matrix_product(a, b, kind):
    """The product of vectors or matrices: rows by columns in one call."""
    rows = a if a.ndim == 2 else a.reshape(1, -1)
    columns = b if b.ndim == 2 else b.reshape(-1, 1)
    result = _product("matmul", rows, columns, kind)
    result = result.reshape(a.shape[:-1] + (b.shape[1:] if b.ndim == 2 else ()))
    return result if result.ndim else result._scalar()


def matmul(a, b, out=None):
    a, b, kind = _operands(a, b)
    for i, operand in enumerate((a, b)):
        if operand.ndim == 0:
            raise ValueError(
                f"matmul: Input operand {i} does not have enough dimensions (has 0, gufunc core with signature "
                "(n?,k),(k,m?)->(n?,m?) requires 1)"
            )
    inner = -1 if b.ndim == 1 else -2
    if a.shape[-1] != b.shape[inner]:
        raise ValueError(
            "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
            f"(n?,k),(k,m?)->(n?,m?) (size {b.shape[inner]} is different from {a.shape[-1]})"
        )
    if a.ndim <= 2 and b.ndim <= 2:
        return _matrix_product(a, b, kind)
    if a.ndim == 1:
        return _product("matmul", a.reshape(1, -1), b, kind)[..., 0, :]
    if b.ndim == 1:
        return _product("matmul", a, b.reshape(-1, 1), kind)[..., 0]
    return _product("matmul", a, b, kind)


def vdot(a, b):
    a, b = asarray(a).ravel(), asarray(b).ravel()
    return dot(a.conj() if a.dtype.kind == "c" else a, b)


def inner(a, b):
    a, b = asarray(a), asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(
            f"shapes {shape_text(a.shape)} and {shape_text(b.shape)} not aligned: "
            f"{a.shape[-1]} (dim {a.ndim - 1}) != {b.shape[-1]} (dim {b.ndim - 1})"
        )
    return tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def outer(a, b):
    return asarray(a).reshape(-1, 1) * asarray(b).reshape(1, -1)


def tensordot(a, b, axes=2):
    a, b, kind = _operands(a, b)
    if isinstance(axes, int):
        axes = (list(range(a.ndim - axes, a.ndim)), list(range(axes)))
    left, right = ([x] if isinstance(x, int) else list(x) for x in axes)
    left, right = [i % a.ndim for i in left], [i % b.ndim for i in right]
    if [a.shape[i] for i in left] != [b.shape[i] for i in right]:
        raise ValueError("shape-mismatch for sum")
    kept_left = [i for i in range(a.ndim) if i not in left]
    kept_right = [i for i in range(b.ndim) if i not in right]
    count = 1
    for i in left:
        count *= a.shape[i]
    rows = a.transpose(kept_left + left).reshape(-1, count)
    columns = b.transpose(right + kept_right).reshape(count, -1)
    shape = tuple(a.shape[i] for i in kept_left) + tuple(b.shape[i] for i in kept_right)
    result = _matrix_product(rows, columns, kind).reshape(shape)
    return result if shape else result._scalar()


def einsum(subscripts, *operands, **_):
    operands = [asarray(a) for a in operands]
    kind = common_dtype(*operands)
    # numpy-ts cannot sum 64-bit integers here; doubles hold whole numbers exactly up to 2^53.
    work = "float64" if kind.kind in "biu" else kind
    result = call("einsum", subscripts, *(a.astype(work, copy=False).copy()._js for a in operands))
    if not hasattr(result, "shape"):
        return kind.type(result)
    result = wrap(result).astype(kind, copy=False)
    return result if result.ndim else result._scalar()


def kron(a, b):
    a, b = asarray(a), asarray(b)
    if a.ndim == b.ndim == 1:
        return outer(a, b).ravel()
    result = a[:, None, :, None] * b[None, :, None, :]
    return result.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])


def cross(a, b):
    a, b = asarray(a), asarray(b)
    if a.shape[-1] == 2 and b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    from ._joining import stack

    parts = [a[..., i] * b[..., k] - a[..., k] * b[..., i] for i, k in ((1, 2), (2, 0), (0, 1))]
    return stack([asarray(p) for p in parts], axis=-1)


ndarray.dot = _method(dot)
ndarray.__matmul__ = lambda self, other: matmul(self, other)
ndarray.__rmatmul__ = lambda self, other: matmul(other, self)


def _matmul_in_place(self, other):
    self[...] = matmul(self, other)
    return self


ndarray.__imatmul__ = _matmul_in_place
__all__ = ["dot", "matmul", "vdot", "inner", "outer", "tensordot", "einsum", "kron", "cross"]
