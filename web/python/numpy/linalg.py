"""numpy.linalg: decompositions, solutions and norms."""

from collections import namedtuple

from ._array import asarray, wrap
from ._bridge import call
from ._reductions import max as _max
from ._reductions import min as _min
from ._reductions import sum as _sum
from ._ufuncs import absolute, sqrt


class LinAlgError(ValueError):
    pass


EighResult = namedtuple("EighResult", "eigenvalues eigenvectors")
EigResult = namedtuple("EigResult", "eigenvalues eigenvectors")
QRResult = namedtuple("QRResult", "Q R")
SVDResult = namedtuple("SVDResult", "U S Vh")
SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")


def _matrix(a):
    a = asarray(a)
    a = a if a.dtype.kind in "fc" else a.astype("float64")
    if a.ndim < 2:
        raise LinAlgError(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")
    return a


def _square(a):
    a = _matrix(a)
    if a.shape[-1] != a.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    return a


def _call(name, *arguments):
    try:
        return call("linalg." + name, *arguments)
    except ValueError as error:
        if "singular" in str(error).lower():
            raise LinAlgError("Singular matrix") from None
        if "positive" in str(error).lower():
            raise LinAlgError("Matrix is not positive definite") from None
        raise


def _each(function, a, *others):
    """Applies a function of one matrix to a stack of matrices."""
    from ._joining import stack

    if a.ndim == 2:
        return function(a, *others)
    results = [_each(function, matrix, *others) for matrix in a]
    if isinstance(results[0], tuple):
        return type(results[0])(*(stack(part) for part in zip(*results)))
    return stack([asarray(r) for r in results])


def _is_singular(a):
    return a.shape[0] > 0 and det(a) == 0


def inv(a):
    a = _square(a)

    def invert(matrix):
        if _is_singular(matrix):
            raise LinAlgError("Singular matrix")
        return wrap(_call("inv", matrix._js))

    return _each(invert, a)


def solve(a, b):
    a, b = _square(a), asarray(b)
    if _is_singular(a):
        raise LinAlgError("Singular matrix")
    return wrap(_call("solve", a._js, b.astype(a.dtype)._js))


def det(a):
    a = _square(a)

    def determinant(matrix):
        result = _call("det", matrix._js)
        return matrix.dtype.type(result if not hasattr(result, "shape") else wrap(result).item())

    return _each(determinant, a)


def slogdet(a):
    from ._ufuncs import log, sign

    d = det(a)
    return SlogdetResult(sign(d), log(absolute(d)))


def cholesky(a):
    return _each(lambda matrix: wrap(_call("cholesky", matrix._js)), _square(a))


def qr(a, mode="reduced"):
    found = _call("qr", _matrix(a)._js, "reduced" if mode == "r" else mode)
    return wrap(found.r) if mode == "r" else QRResult(wrap(found.q), wrap(found.r))


def svd(a, full_matrices=True, compute_uv=True):
    a = _matrix(a)
    if not compute_uv:
        return svdvals(a)
    found = _call("svd", a._js, full_matrices, True)
    return SVDResult(wrap(found.u), wrap(found.s), wrap(found.vt))


def svdvals(a):
    found = _call("svd", _matrix(a)._js, False, True)
    return wrap(found.s)


def eigh(a, UPLO="L"):
    found = _call("eigh", _square(a)._js, UPLO)
    return EighResult(wrap(found.w), wrap(found.v))


def eigvalsh(a, UPLO="L"):
    return eigh(a, UPLO).eigenvalues


def eig(a):
    found = _call("eig", _square(a)._js)
    values, vectors = wrap(found.w), wrap(found.v)
    if values.dtype.kind == "c" and not values.imag.any():
        values, vectors = values.real.copy(), vectors.real.copy()
    return EigResult(values, vectors)


def eigvals(a):
    return eig(a).eigenvalues


def matrix_rank(a, tol=None):
    from ._dtypes import finfo

    s = svdvals(a)
    limit = s.max() * max(asarray(a).shape) * finfo(s.dtype).eps if tol is None else tol
    return int((s > limit).sum())


def pinv(a, rcond=1e-15):
    a = _matrix(a)
    u, s, vt = svd(a, full_matrices=False)
    from ._choosing import where

    keep = s > rcond * s.max()
    inverse = where(keep, 1 / where(keep, s, 1.0), 0.0)
    return (vt.T * inverse) @ u.T


def lstsq(a, b, rcond=None):
    from ._dtypes import finfo

    a, b = _matrix(a), asarray(b) * 1.0
    u, s, vt = svd(a, full_matrices=False)
    limit = finfo(a.dtype).eps * max(a.shape) if rcond is None else rcond
    from ._choosing import where

    keep = s > limit * s.max()
    inverse = where(keep, 1 / where(keep, s, 1.0), 0.0)
    projected = u.T @ b
    scaled = projected * (inverse if b.ndim == 1 else inverse[:, None])
    x = vt.T @ scaled
    rank = int(keep.sum())
    rest = a @ x - b
    residuals = _sum(rest * rest, axis=0)
    residuals = asarray(residuals).reshape(-1) if rank == a.shape[1] and a.shape[0] > a.shape[1] else asarray([])
    return x, residuals, rank, s


def cond(a, p=None):
    if p is None or p == 2:
        s = svdvals(a)
        return s[0] / s[-1]
    return norm(a, p) * norm(inv(a), p)


def matrix_power(a, n):
    a = asarray(a)
    if n < 0:
        a, n = inv(a), -n
    from ._creation import eye

    result = eye(a.shape[0], dtype=a.dtype)
    while n:
        if n & 1:
            result = result @ a
        a = a @ a
        n >>= 1
    return result


def multi_dot(arrays):
    result = asarray(arrays[0])
    for a in arrays[1:]:
        result = result @ a
    return result


def norm(x, ord=None, axis=None, keepdims=False):
    x = asarray(x)
    x = x if x.dtype.kind in "fc" else x.astype("float64")
    if axis is None and ord is None:
        flat = x.ravel()
        squares = absolute(flat) ** 2 if flat.dtype.kind == "c" else None
        total = _sum(squares) if squares is not None else flat @ flat
        result = sqrt(total)
        return asarray(result).reshape((1,) * x.ndim) if keepdims else result
    if axis is None:
        axis = tuple(range(x.ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    return _matrix_norm(x, ord, axes, keepdims)


def _vector_norm(x, ord, axis, keepdims):
    size = absolute(x)
    if ord is None or ord == 2:
        return sqrt(_sum(size * size, axis, keepdims=keepdims))
    if ord == float("inf"):
        return _max(size, axis, keepdims=keepdims)
    if ord == -float("inf"):
        return _min(size, axis, keepdims=keepdims)
    if ord == 0:
        return _sum((x != 0).astype(x.dtype), axis, keepdims=keepdims)
    if ord == 1:
        return _sum(size, axis, keepdims=keepdims)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    return _sum(size**ord, axis, keepdims=keepdims) ** (1.0 / ord)


def _matrix_norm(x, ord, axes, keepdims):
    size = absolute(x)
    rows, columns = axes
    if ord in (None, "fro"):
        return sqrt(_sum(size * size, axes, keepdims=keepdims))
    if ord in (1, -1, float("inf"), -float("inf")):
        summed = rows if abs(ord) == 1 else columns
        pick = _max if ord > 0 else _min
        return pick(_sum(size, summed, keepdims=True), axes, keepdims=keepdims)
    s = svdvals(x)
    if ord == "nuc":
        return s.sum()
    if ord in (2, -2):
        return s.max() if ord == 2 else s.min()
    raise ValueError("Invalid norm order for matrices.")
