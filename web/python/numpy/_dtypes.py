"""Element types, their promotion, and the scalar types that indexing and reductions give."""

import struct

__all__ = ["dtype", "generic", "promote", "weak_promote", "dtype_of_scalar", "finfo", "iinfo"]

_SIZES = {
    "bool": ("b", 1, "?"),
    "int8": ("i", 1, "b"),
    "int16": ("i", 2, "h"),
    "int32": ("i", 4, "i"),
    "int64": ("i", 8, "q"),
    "uint8": ("u", 1, "B"),
    "uint16": ("u", 2, "H"),
    "uint32": ("u", 4, "I"),
    "uint64": ("u", 8, "Q"),
    "float16": ("f", 2, "e"),
    "float32": ("f", 4, "f"),
    "float64": ("f", 8, "d"),
    "complex64": ("c", 8, "f"),
    "complex128": ("c", 16, "d"),
}
_ALIASES = {
    "float": "float64", "double": "float64", "single": "float32", "half": "float16", "int": "int64",
    "uint": "uint64", "intp": "int64", "bool_": "bool", "complex": "complex128", "byte": "int8", "ubyte": "uint8",
    "f2": "float16", "f4": "float32", "f8": "float64", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
    "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "c8": "complex64", "c16": "complex128",
    "?": "bool", "d": "float64", "f": "float32", "e": "float16", "b": "int8", "h": "int16", "i": "int32",
    "l": "int64", "q": "int64", "B": "uint8", "H": "uint16", "I": "uint32", "L": "uint64", "Q": "uint64",
    "b1": "bool", "D": "complex128", "F": "complex64",
}


class dtype:
    """An element type: one object per name, so that identity is equality."""

    _known = {}

    def __new__(cls, spec=None):
        if spec is None:
            spec = "float64"
        if isinstance(spec, dtype):
            return spec
        if isinstance(spec, type):
            spec = _PYTHON_TYPES.get(spec) or getattr(spec, "_dtype_name", spec.__name__)
        name = str(spec).lstrip("<>=|")
        name = _ALIASES.get(name, name)
        if name not in cls._known:
            raise TypeError(f"data type {spec!r} not understood")
        return cls._known[name]

    @classmethod
    def _define(cls, name, kind, itemsize, code):
        self = object.__new__(cls)
        self.name, self.kind, self.itemsize, self.code = name, kind, itemsize, code
        cls._known[name] = self

    @property
    def char(self):
        return {"bool": "?", "int64": "l", "uint64": "L", "complex64": "F", "complex128": "D"}.get(self.name, self.code)

    @property
    def str(self):
        return f"{'|' if self.itemsize == 1 else '<'}{self.kind}{self.itemsize}"

    def __eq__(self, other):
        try:
            return self is dtype(other)
        except TypeError:
            return NotImplemented

    def __hash__(self):
        return hash(self.name)

    def __str__(self):
        return self.name

    def __repr__(self):
        return f"dtype('{self.name}')"


for _name, (_kind, _size, _code) in _SIZES.items():
    dtype._define(_name, _kind, _size, _code)

_PYTHON_TYPES = {float: "float64", int: "int64", bool: "bool", complex: "complex128"}


def _integer(kind, itemsize):
    return dtype(("int" if kind == "i" else "uint") + str(8 * itemsize))


def promote(a, b):
    """The type that holds every value of both, by NumPy's rules."""
    if a is b:
        return a
    if a.kind == "b":
        return b
    if b.kind == "b":
        return a
    if a.kind == b.kind:
        return a if a.itemsize >= b.itemsize else b
    kinds = {a.kind, b.kind}
    if kinds == {"i", "u"}:
        signed, unsigned = (a, b) if a.kind == "i" else (b, a)
        if signed.itemsize > unsigned.itemsize:
            return signed
        return dtype("float64") if unsigned.itemsize == 8 else _integer("i", 2 * unsigned.itemsize)
    if "c" in kinds:
        complex_, other = (a, b) if a.kind == "c" else (b, a)
        return dtype("complex128") if float_for(other).itemsize == 8 else complex_
    floating, integer = (a, b) if a.kind == "f" else (b, a)
    return floating if floating.itemsize >= float_for(integer).itemsize else float_for(integer)


def float_for(kind):
    """The floating type in which NumPy computes sqrt, mean, true division … of elements of this type."""
    if kind.kind in "fc":
        return dtype("float64" if kind.itemsize in (8, 16) else kind.name) if kind.kind == "f" else kind
    return dtype({1: "float16", 2: "float32"}.get(kind.itemsize, "float64"))


def dtype_of_scalar(value):
    """The type of a Python or NumPy scalar on its own."""
    if isinstance(value, generic):
        return value.dtype
    if isinstance(value, bool):
        return dtype("bool")
    if isinstance(value, int):
        if value > 0x7FFFFFFFFFFFFFFF:
            return dtype("uint64")
        return dtype("int64")
    return dtype("float64") if isinstance(value, float) else dtype("complex128")


def weak_promote(value, kind):
    """The type of an operation between a plain Python number and an array of type `kind`."""
    if isinstance(value, bool):
        return kind
    if isinstance(value, int):
        if kind.kind == "b":
            return dtype("int64")
        if kind.kind in "iu":
            info = iinfo(kind)
            if not info.min <= value <= info.max:
                raise OverflowError(f"Python integer {value} out of bounds for {kind.name}")
        return kind
    if isinstance(value, float):
        return kind if kind.kind in "fc" else dtype("float64")
    if kind.kind == "c":
        return kind
    return dtype("complex64") if kind.name in ("float32", "float16") else dtype("complex128")


class generic:
    """What every NumPy scalar is an instance of: behaves as an array of no dimensions."""

    ndim = 0
    shape = ()
    size = 1
    _dtype_name = None

    @property
    def dtype(self):
        return dtype(self._dtype_name)

    @property
    def itemsize(self):
        return self.dtype.itemsize

    nbytes = itemsize

    @property
    def T(self):
        return self

    @property
    def real(self):
        return type(self)(complex(self).real) if self.dtype.kind == "c" else self

    def item(self):
        return self._python()

    tolist = item

    def _array(self):
        from ._array import asarray

        return asarray(self)

    def astype(self, kind):
        return scalar(self._python(), dtype(kind))

    def reshape(self, *shape):
        return self._array().reshape(*shape)

    def __getitem__(self, key):
        if key == () or key is Ellipsis:
            return self
        if key is None:
            return self._array()[None]
        raise IndexError("invalid index to scalar variable.")

    def __getattr__(self, name):
        if name.startswith("_") or name not in _ARRAY_METHODS:
            raise AttributeError(f"'{type(self).__module__}.{type(self).__name__}' object has no attribute '{name}'")
        return getattr(self._array(), name)

    def __array__(self):
        return self._array()

    def __repr__(self):
        from ._print import options

        text = str(self)
        if options["legacy"]:
            return text
        return f"np.{text}" if self.dtype.kind == "b" else f"np.{type(self).__name__}({text})"


_ARRAY_METHODS = frozenset(
    "sum prod mean std var min max argmin argmax any all cumsum cumprod round clip conj imag flatten ravel "
    "squeeze transpose copy dot repeat nonzero ptp fill sort argsort view tobytes".split()
)


class number(generic):
    pass


class integer(number):
    pass


class signedinteger(integer):
    pass


class unsignedinteger(integer):
    pass


class inexact(number):
    pass


class floating(inexact):
    pass


class complexfloating(inexact):
    pass


def scalar(value, kind):
    """A NumPy scalar of type `kind` from a Python number."""
    return _SCALARS[kind.name](value)


def _operator(name, reflected=False):
    def apply(self, other):
        from . import _ufuncs

        if not isinstance(other, (int, float, complex, generic)):
            if isinstance(other, (list, tuple)) or type(other).__name__ == "ndarray":
                from ._array import asarray

                other = asarray(other)
            else:
                return NotImplemented
        ufunc = getattr(_ufuncs, name)
        return ufunc(other, self) if reflected else ufunc(self, other)

    return apply


def _define_operators(cls):
    names = {
        "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
        "mod": "remainder", "pow": "power", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
        "lshift": "left_shift", "rshift": "right_shift",
    }
    for method, ufunc in names.items():
        setattr(cls, f"__{method}__", _operator(ufunc))
        setattr(cls, f"__r{method}__", _operator(ufunc, reflected=True))
    for method, ufunc in {
        "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    }.items():
        setattr(cls, f"__{method}__", _operator(ufunc))


def _unary_method(name):
    def apply(self):
        from . import _ufuncs

        return getattr(_ufuncs, name)(self)

    return apply


def _shortest(value, code):
    """The shortest decimal that reads back as the same float of struct type `code`."""
    if value != value or value in (float("inf"), float("-inf")):
        return float.__repr__(value)
    for digits in range(1, 12):
        text = f"{value:.{digits}g}"
        try:
            if struct.unpack(code, struct.pack(code, float(text)))[0] == value:
                break
        except OverflowError:
            continue
    return float.__repr__(float(text))


def _make_float(name, code):
    class Float(floating, float):
        _dtype_name = name

        def __new__(cls, value=0.0):
            if type(value).__name__ == "ndarray":
                return value.astype(name)[()]
            value = float(value)
            if code != "d":
                try:
                    value = struct.unpack(code, struct.pack(code, value))[0]
                except OverflowError:
                    value = float("inf") if value > 0 else float("-inf")
            return float.__new__(cls, value)

        def _python(self):
            return float.__float__(self)

        def __str__(self):
            if code == "d":
                return float.__repr__(self)
            return _shortest(float(self), code)

        def __format__(self, spec):
            return format(float(self), spec) if spec else str(self)

        def __hash__(self):
            return float.__hash__(self)

        def __bool__(self):
            return float.__bool__(self)

        def __round__(self, digits=None):
            if digits is None:
                return float.__round__(self)
            return type(self)(float.__round__(float(self), digits))

        is_integer = float.is_integer
        imag = property(lambda self: type(self)(0.0))

    Float.__name__ = Float.__qualname__ = name
    return Float


def _make_integer(name, kind, itemsize):
    base = signedinteger if kind == "i" else unsignedinteger
    modulus = 1 << (8 * itemsize)

    class Integer(base, int):
        _dtype_name = name

        def __new__(cls, value=0):
            if type(value).__name__ == "ndarray":
                return value.astype(name)[()]
            value = int(value) % modulus
            return int.__new__(cls, value - modulus if kind == "i" and value >= modulus // 2 else value)

        def _python(self):
            return int.__int__(self)

        def __str__(self):
            return int.__repr__(self)

        def __format__(self, spec):
            return format(int(self), spec)

        def __hash__(self):
            return int.__hash__(self)

        def __bool__(self):
            return int.__bool__(self)

        imag = property(lambda self: type(self)(0))

    Integer.__name__ = Integer.__qualname__ = name
    return Integer


def _make_complex(name, part):
    class Complex(complexfloating, complex):
        _dtype_name = name

        def __new__(cls, value=0):
            if type(value).__name__ == "ndarray":
                return value.astype(name)[()]
            return complex.__new__(cls, value)

        def _python(self):
            return complex(complex.__complex__(self))

        def __str__(self):
            return complex.__repr__(self)

        def __format__(self, spec):
            return format(self._python(), spec)

        def __hash__(self):
            return complex.__hash__(self)

        def __bool__(self):
            return complex.__bool__(self)

        real = property(lambda self: _SCALARS[part](complex.real.__get__(self)))
        imag = property(lambda self: _SCALARS[part](complex.imag.__get__(self)))

    Complex.__name__ = Complex.__qualname__ = name
    return Complex


class bool_(generic, int):
    """NumPy's truth value: prints as True or False, and combines with & | ^ ~."""

    _dtype_name = "bool"

    def __new__(cls, value=False):
        return int.__new__(cls, bool(value))

    def _python(self):
        return bool(int(self))

    def __str__(self):
        return "True" if int(self) else "False"

    def __format__(self, spec):
        return format(self._python(), spec)

    def __hash__(self):
        return int.__hash__(self)

    def __bool__(self):
        return int.__bool__(self)


_SCALARS = {"bool": bool_}
for _name, (_kind, _size, _code) in _SIZES.items():
    if _kind == "f":
        _SCALARS[_name] = _make_float(_name, _code)
    elif _kind in "iu":
        _SCALARS[_name] = _make_integer(_name, _kind, _size)
    elif _kind == "c":
        _SCALARS[_name] = _make_complex(_name, "float32" if _name == "complex64" else "float64")

for _scalar in _SCALARS.values():
    _define_operators(_scalar)
    _scalar.__module__ = "numpy"
    _scalar.__neg__ = _unary_method("negative")
    _scalar.__abs__ = _unary_method("absolute")
    _scalar.__invert__ = _unary_method("invert")
    _scalar.__pos__ = lambda self: self
    _scalar.__repr__ = generic.__repr__

dtype.type = property(lambda self: _SCALARS[self.name])
scalar_types = dict(_SCALARS)


class iinfo:
    """Bounds of an integer type."""

    def __init__(self, kind):
        self.dtype = dtype(kind)
        if self.dtype.kind not in "iu":
            raise ValueError(f"Invalid integer data type {self.dtype.kind!r}.")
        self.bits = 8 * self.dtype.itemsize
        self.min = -(1 << (self.bits - 1)) if self.dtype.kind == "i" else 0
        self.max = (1 << (self.bits - (self.dtype.kind == "i"))) - 1

    def __repr__(self):
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype.name})"


class finfo:
    """Limits of a floating type."""

    _LIMITS = {"float16": (10, 5), "float32": (23, 8), "float64": (52, 11)}

    def __init__(self, kind):
        self.dtype = dtype(kind if not isinstance(kind, float) or isinstance(kind, type) else float)
        name = {"complex64": "float32", "complex128": "float64"}.get(self.dtype.name, self.dtype.name)
        if name not in self._LIMITS:
            raise ValueError(f"data type {self.dtype.type!r} not inexact")
        mantissa, exponent = self._LIMITS[name]
        make = _SCALARS[name]
        bias = 2 ** (exponent - 1) - 1
        self.bits = 8 * dtype(name).itemsize
        self.nmant, self.nexp = mantissa, exponent
        self.eps = make(2.0**-mantissa)
        self.max = make((2 - 2.0**-mantissa) * 2.0**bias)
        self.min = make(-self.max)
        self.tiny = self.smallest_normal = make(2.0 ** (1 - bias))
        self.smallest_subnormal = make(2.0 ** (1 - bias - mantissa))
        self.precision = int(mantissa * 0.30103)
        self.resolution = make(10.0**-self.precision)
