"""The ndarray: a handle to an array on the JavaScript side, with its shape and element type at hand."""

import array as _memory
import operator as _operator

from ._bridge import bridge, guarded, js_list
from ._dtypes import dtype, dtype_of_scalar, generic, promote, scalar, weak_promote

newaxis = None


class AxisError(ValueError, IndexError):
    def __init__(self, axis, ndim=None, prefix=None):
        if ndim is None:
            super().__init__(axis)
        else:
            lead = f"{prefix}: " if prefix else ""
            super().__init__(f"{lead}axis {axis} is out of bounds for array of dimension {ndim}")


def normalize_axis(axis, ndim):
    """The axis counted from the front; AxisError where there is no such axis."""
    index = _operator.index(axis)
    if not -ndim <= index < ndim:
        raise AxisError(index, ndim)
    return index % ndim


def shape_tuple(shape):
    return tuple(_operator.index(n) for n in shape) if isinstance(shape, (tuple, list, ndarray)) else (
        _operator.index(shape),
    )


def size_of(shape):
    total = 1
    for n in shape:
        total *= n
    return total


def wrap(handle, kind=None):
    """An ndarray over a numpy-ts array."""
    return ndarray._over(handle, kind or dtype(bridge.dtype(handle)))


class _Flags:
    def __init__(self, a):
        self.c_contiguous = bool(bridge.contiguous(a._js))
        self.f_contiguous = bool(bridge.contiguous(a.T._js))
        self.owndata = a.base is None
        self.writeable = not a._readonly

    def __getitem__(self, name):
        return getattr(self, name.lower())


class ndarray:
    """An n-dimensional array. Views share their elements with the array they come from, as in NumPy."""

    __slots__ = ("_js", "_shape", "dtype", "base", "_readonly", "__weakref__")
    __array_priority__ = 0.0

    def __new__(cls, shape, dtype=float):
        from ._creation import zeros

        return zeros(shape, dtype)

    @classmethod
    def _over(cls, handle, kind, shape=None, base=None):
        self = object.__new__(cls)
        self._js, self.dtype, self._shape, self.base, self._readonly = handle, kind, shape, base, False
        return self

    def _view(self, handle, shape=None):
        view = ndarray._over(handle, self.dtype, shape, self if self.base is None else self.base)
        view._readonly = self._readonly
        return view

    # Description

    @property
    def shape(self):
        if self._shape is None:
            text = bridge.shape(self._js)
            self._shape = tuple(map(int, text.split(","))) if text else ()
        return self._shape

    @shape.setter
    def shape(self, shape):
        changed = self.reshape(shape)
        self._js, self._shape = changed._js, changed._shape

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: size_of(self.shape))
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.dtype.itemsize)
    flags = property(_Flags)
    T = property(lambda self: self.transpose())
    mT = property(lambda self: self.swapaxes(-1, -2))

    @property
    def strides(self):
        text = bridge.strides(self._js)
        return tuple(int(n) * self.itemsize for n in text.split(",")) if text else ()

    @property
    def flat(self):
        return iter(self.ravel())

    @property
    def real(self):
        from ._bridge import call

        return wrap(call("real", self._js)) if self.dtype.kind == "c" else self

    @property
    def imag(self):
        from ._bridge import call
        from ._creation import zeros_like

        return wrap(call("imag", self._js)) if self.dtype.kind == "c" else zeros_like(self)

    # Conversion

    def tobytes(self):
        return bridge.toBytes(self._js).to_bytes()

    def _flat_values(self):
        """All elements in C order as Python numbers."""
        kind = self.dtype
        values = _memory.array(kind.code, self.tobytes()).tolist() if kind.code not in "?e" else None
        if kind.kind == "b":
            return [byte != 0 for byte in self.tobytes()]
        if kind.name == "float16":
            return self.astype("float32")._flat_values()
        if kind.kind == "c":
            return [complex(re, im) for re, im in zip(values[::2], values[1::2])]
        return values

    def tolist(self):
        def nest(values, shape):
            if len(shape) <= 1:
                return values
            step = size_of(shape[1:])
            return [nest(values[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]

        values = self._flat_values()
        return nest(values, self.shape) if self.shape else values[0]

    def item(self, *index):
        if index:
            index = index[0] if len(index) == 1 else index
            if isinstance(index, int) and self.ndim != 1:
                return self.ravel()[index].item()
            return self[index].item()
        if self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self._flat_values()[0]

    def _scalar(self):
        """The NumPy scalar of an array without dimensions."""
        return scalar(self.item(), self.dtype)

    def astype(self, kind, copy=True, **_):
        kind = dtype(kind)
        if kind is self.dtype:
            return self.copy() if copy else self
        return ndarray._over(guarded(bridge.cast, self._js, kind.name), kind, self._shape)

    def copy(self, order="C"):
        return ndarray._over(bridge.copy(self._js), self.dtype, self._shape)

    def view(self, kind=None):
        if kind is None or dtype(kind) is self.dtype:
            return self._view(self._js, self._shape)
        from ._creation import frombuffer

        kind = dtype(kind)
        shape = self.shape[:-1] + (self.shape[-1] * self.itemsize // kind.itemsize,)
        return frombuffer(self.tobytes(), kind).reshape(shape)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __array__(self, *_, **__):
        return self

    # Shape

    def reshape(self, *shape, order="C"):
        shape = shape_tuple(shape[0] if len(shape) == 1 else shape)
        if order == "F":
            return self.T.reshape(shape[::-1]).T
        if shape.count(-1) > 1:
            raise ValueError("can only specify one unknown dimension")
        wanted = shape
        if -1 in shape:
            known = size_of(n for n in shape if n != -1)
            if known and self.size % known == 0:
                shape = tuple(self.size // known if n == -1 else n for n in shape)
        if size_of(shape) != self.size or -1 in shape:
            shown = wanted[1:] if wanted[0] < 0 else wanted
            text = ",".join("newaxis" if n < 0 else str(n) for n in shown) + ("," if len(wanted) == 1 else "")
            text = f"({text})"
            raise ValueError(f"cannot reshape array of size {self.size} into shape {text}")
        handle = bridge.reshape(self._js, js_list(shape))
        if bridge.contiguous(self._js):
            return self._view(handle, shape)
        return ndarray._over(handle, self.dtype, shape)

    def ravel(self, order="C"):
        return self.reshape(-1) if order == "C" else self.T.reshape(-1)

    def flatten(self, order="C"):
        return self.ravel(order).copy()

    def transpose(self, *axes):
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = axes[0]
        if not axes:
            axes = range(self.ndim - 1, -1, -1)
        axes = [normalize_axis(axis, self.ndim) for axis in axes]
        if sorted(axes) != list(range(self.ndim)):
            raise ValueError("axes don't match array")
        return self._view(bridge.permute(self._js, js_list(axes)), tuple(self.shape[axis] for axis in axes))

    def swapaxes(self, first, second):
        axes = list(range(self.ndim))
        first, second = normalize_axis(first, self.ndim), normalize_axis(second, self.ndim)
        axes[first], axes[second] = second, first
        return self.transpose(axes)

    def squeeze(self, axis=None):
        if axis is None:
            gone = {i for i, n in enumerate(self.shape) if n == 1}
        else:
            gone = {normalize_axis(i, self.ndim) for i in (axis if isinstance(axis, tuple) else (axis,))}
            if any(self.shape[i] != 1 for i in gone):
                raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
        return self[tuple(0 if i in gone else slice(None) for i in range(self.ndim))] if gone else self

    def resize(self, *shape):
        raise ValueError("resize in place is not in this page's NumPy: use np.resize(a, shape) or a.reshape(shape)")

    # Indexing

    def __getitem__(self, key):
        from ._indexing import get_item

        return get_item(self, key)

    def __setitem__(self, key, value):
        from ._indexing import set_item

        if self._readonly:
            raise ValueError("assignment destination is read-only")
        set_item(self, key, value)

    def fill(self, value):
        self[...] = value

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self):
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        if self.ndim == 1:
            make = self.dtype.type
            return iter([make(value) for value in self._flat_values()])
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value):
        return bool((self == value).any())

    def __bool__(self):
        if self.size != 1:
            if self.size == 0:
                return False
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
        return bool(self.item())

    def _one(self, convert):
        if self.size != 1:
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        return convert(self.item())

    def __float__(self):
        return self._one(float)

    def __int__(self):
        return self._one(int)

    def __complex__(self):
        return self._one(complex)

    def __index__(self):
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return self.item()

    __hash__ = None

    def __getattr__(self, name):
        raise AttributeError(f"'numpy.ndarray' object has no attribute '{name}'")

    # Printing

    def __str__(self):
        from ._print import array_str

        return array_str(self)

    def __repr__(self):
        from ._print import array_repr

        return array_repr(self)

    def __format__(self, spec):
        if not spec:
            return str(self)
        if self.ndim == 0:
            return format(self.item(), spec)
        raise TypeError("unsupported format string passed to numpy.ndarray.__format__")


def asarray(value, dtype=None):
    from ._creation import array

    return array(value, dtype, copy=False)


def assign(target, value):
    """Writes `value` (array or number), broadcast and cast, into all of `target`."""
    if isinstance(value, (int, float, complex)) and not isinstance(value, generic):
        if isinstance(value, complex) and target.dtype.kind != "c":
            raise TypeError("float() argument must be a string or a real number, not 'complex'")
        guarded(bridge.assign, target._js, plain(value, target.dtype))
        return
    source = asarray(value)
    shape = source.shape
    while len(shape) > target.ndim and shape[0] == 1:
        shape = shape[1:]
    if len(shape) > target.ndim or any(n not in (1, m) for n, m in zip(shape[::-1], target.shape[::-1])):
        raise ValueError(
            f"could not broadcast input array from shape {shape_text(source.shape)} "
            f"into shape {shape_text(target.shape)}"
        )
    guarded(bridge.assign, target._js, source.reshape(shape)._js)


def plain(value, kind):
    """A Python number as JavaScript takes it for elements of type `kind`."""
    if kind.kind == "b":
        return bool(value)
    if kind.kind in "iu":
        value = int(value)
        from ._dtypes import iinfo

        bounds = iinfo(kind)
        if not bounds.min <= value <= bounds.max:
            raise OverflowError(f"Python integer {value} out of bounds for {kind.name}")
        return value
    if kind.kind == "c":
        return asarray(value, kind)._js
    return float(value)


def shape_text(shape):
    """A shape as NumPy writes it in messages: (3,) and (2,3)."""
    return "(" + ",".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def common_dtype(*values):
    """The type to which arrays and scalars promote together; plain Python numbers are weak."""
    strong = [v.dtype for v in values if isinstance(v, (ndarray, generic))]
    weak = [v for v in values if not isinstance(v, (ndarray, generic))]
    if not strong:
        kind = dtype_of_scalar(weak[0])
        for value in weak[1:]:
            kind = promote(kind, dtype_of_scalar(value))
        return kind
    kind = strong[0]
    for other in strong[1:]:
        kind = promote(kind, other)
    for value in weak:
        kind = weak_promote(value, kind)
    return kind


def broadcast_shape(*shapes):
    """The common shape under NumPy's broadcasting; ValueError where there is none."""
    result = []
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        sizes = {shape[-axis] for shape in shapes if len(shape) >= axis} - {1}
        if len(sizes) > 1:
            return None
        result.append(sizes.pop() if sizes else 1)
    return tuple(result[::-1])
