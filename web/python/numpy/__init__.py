"""NumPy for the cells of this page: a thin face over numpy-ts.

Arrays live in JavaScript typed arrays and numpy-ts computes; this package gives them NumPy's names, rules, errors and
printing. What it lacks, it says: `numpy.foo is not in this page's NumPy`.
"""

import contextlib as _contextlib

from . import _reductions, _ufuncs
from ._array import AxisError, asarray, ndarray, newaxis
from ._creation import (
    arange, array, asanyarray, ascontiguousarray, asfortranarray, copy, diag, diagflat, empty, empty_like, eye,
    frombuffer, fromfunction, fromiter, full, full_like, geomspace, identity, indices, linspace, logspace, meshgrid,
    ones, ones_like, tri, tril, triu, vander, zeros, zeros_like,
)
from ._dtypes import (
    bool_, complexfloating, dtype, finfo, floating, generic, iinfo, inexact, integer, number, promote, scalar_types,
    signedinteger, unsignedinteger,
)
from ._linear import *
from ._choosing import *
from ._joining import *
from ._choosing import *
from ._joining import *
from ._manipulation import *
from ._print import (
    array2string, array_repr, array_str, base_repr, binary_repr, format_float_positional, format_float_scientific,
    get_printoptions, printoptions, set_printoptions,
)
from ._reductions import *
from ._statistics import *
from ._ufuncs import *
from . import fft, linalg, random

__version__ = "2.4"
pi = 3.141592653589793
e = 2.718281828459045
euler_gamma = 0.5772156649015329
inf = Inf = Infinity = float("inf")
nan = NaN = NAN = float("nan")

for _name, _type in scalar_types.items():
    globals()["bool_" if _name == "bool" else _name] = _type
bool = bool_
int_ = intp = int64
uint = uint64
double = float64
single = float32
half = float16
longlong = int64
byte, ubyte, short, ushort, intc, uintc = int8, uint8, int16, uint16, int32, uint32
cdouble = complex_ = complex128
csingle = complex64
True_, False_ = bool_(True), bool_(False)
ScalarType = (int, float, complex, *scalar_types.values())


def shape(a):
    return asarray(a).shape


def ndim(a):
    return asarray(a).ndim


def size(a, axis=None):
    return asarray(a).size if axis is None else asarray(a).shape[axis]


def isscalar(value):
    return isinstance(value, (generic, int, float, complex, str, bytes))


def iterable(value):
    return hasattr(value, "__iter__")


def real(a):
    return asarray(a).real


def imag(a):
    return asarray(a).imag


def angle(z, deg=False):
    z = asarray(z)
    result = arctan2(z.imag, z.real)
    return degrees(result) if deg else result


def iscomplexobj(a):
    return asarray(a).dtype.kind == "c"


def isrealobj(a):
    return not iscomplexobj(a)


def isreal(a):
    return imag(a) == 0


def iscomplex(a):
    return imag(a) != 0


def isposinf(a):
    return asarray(a) == inf


def isneginf(a):
    return asarray(a) == -inf


def result_type(*values):
    from ._array import common_dtype

    kinds = [zeros(1, v) if isinstance(v, (type, str, dtype)) else v for v in values]
    return common_dtype(*kinds)


def promote_types(a, b):
    return promote(dtype(a), dtype(b))


def can_cast(source, target, casting="safe"):
    source = source.dtype if isinstance(source, (ndarray, generic)) else dtype(source)
    return promote(source, dtype(target)) is dtype(target)


def issubdtype(kind, group):
    kind = dtype(kind).type
    group = group if isinstance(group, type) and issubclass(group, generic) else dtype(group).type
    return issubclass(kind, group)


def array_equiv(a, b):
    a, b = broadcast_arrays(a, b)
    return array_equal(a, b)


def require(a, dtype=None, requirements=None):
    return asarray(a, dtype)


def asarray_chkfinite(a, dtype=None):
    a = asarray(a, dtype)
    if not isfinite(a).all():
        raise ValueError("array must not contain infs or NaNs")
    return a


@_contextlib.contextmanager
def errstate(**_):
    """Accepted for programs that ask: this page's NumPy gives inf and nan without warnings."""
    yield


def seterr(**_):
    return {"divide": "ignore", "over": "ignore", "under": "ignore", "invalid": "ignore"}


geterr = seterr


class _IndexMaker:
    def __getitem__(self, key):
        return key


s_ = index_exp = _IndexMaker()


class _RowMaker:
    """np.r_: slices and arrays joined in a row."""

    def __getitem__(self, key):
        parts = []
        for part in key if isinstance(key, tuple) else (key,):
            if isinstance(part, slice):
                start, step = part.start or 0, 1 if part.step is None else part.step
                if isinstance(step, complex):
                    part = linspace(start, part.stop, int(abs(step.imag)))
                else:
                    part = arange(start, part.stop, step)
            parts.append(atleast_1d(part))
        return concatenate(parts)


class _ColumnMaker:
    """np.c_: arrays as the columns of a matrix."""

    def __getitem__(self, key):
        return column_stack(key if isinstance(key, tuple) else (key,))


class _GridMaker:
    """np.mgrid: coordinates of a grid."""

    def __getitem__(self, key):
        keys = key if isinstance(key, tuple) else (key,)
        axes = [_RowMaker()[k] for k in keys]
        grids = meshgrid(*axes, indexing="ij")
        return grids[0] if not isinstance(key, tuple) else stack(grids)


r_, c_, mgrid = _RowMaker(), _ColumnMaker(), _GridMaker()


class exceptions:
    AxisError = AxisError


def __getattr__(name):
    if name in ("int", "float", "complex", "object", "str"):
        raise AttributeError(f"module 'numpy' has no attribute '{name}': use Python's own {name}")
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(f"numpy.{name} is not in this page's NumPy (a thin face over numpy-ts, without {name})")
