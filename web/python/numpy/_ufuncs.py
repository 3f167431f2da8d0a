"""Universal functions: element by element, with broadcasting and type promotion."""

from ._array import (
    asarray, assign, broadcast_shape, common_dtype, ndarray, normalize_axis, plain, shape_text,
)
from ._bridge import bridge, guarded
from ._dtypes import dtype, float_for, generic

_BOOL = dtype("bool")


class UFuncTypeError(TypeError):
    pass


def _is_plain(value):
    return isinstance(value, (bool, int, float, complex)) and not isinstance(value, generic)


def _operand(value):
    """A plain number, a NumPy scalar or an ndarray."""
    if isinstance(value, (ndarray, generic)) or _is_plain(value):
        return value
    return asarray(value)


def _handle(value, kind):
    if isinstance(value, ndarray):
        return value._js
    return plain(value._python() if isinstance(value, generic) else value, kind)


class ufunc:
    """A function of one or two arrays; `result` says how its element type follows from the operands'."""

    def __init__(self, name, nin, rule, source=None, identity=None, doc=None):
        self.__name__, self.nin, self.nout = name, nin, 1
        self._rule, self._source, self.identity = rule, source or name, identity
        self.__doc__ = doc

    def __repr__(self):
        return f"<ufunc '{self.__name__}'>"

    def __call__(self, *operands, out=None, where=True, dtype=None, **_):
        if len(operands) == self.nin + 1 and out is None:
            *operands, out = operands
        if len(operands) != self.nin:
            raise TypeError(
                f"{self.__name__}() takes from {self.nin} to {self.nin + 1} positional arguments "
                f"but {len(operands)} were given"
            )
        operands = [_operand(value) for value in operands]
        if dtype is not None:
            operands = [asarray(value).astype(dtype) for value in operands]
        result = self._compute(operands)
        if out is not None:
            out = out[0] if isinstance(out, tuple) else out
            return _store(self.__name__, out, result, where)
        if where is not True:
            from ._creation import zeros_like

            return _store(self.__name__, zeros_like(asarray(result)), result, where)
        return result

    def _compute(self, operands):
        shapes = [value.shape if isinstance(value, ndarray) else () for value in operands]
        shape = broadcast_shape(*shapes)
        if shape is None:
            texts = " ".join(map(shape_text, shapes))
            raise ValueError(f"operands could not be broadcast together with shapes {texts} ")
        kind, result_kind = self._rule(self, operands)
        handles = [_handle(value, kind) for value in operands]
        if self.nin == 1:
            handle = guarded(bridge.unary, self._source, handles[0], kind.name)
        else:
            handle = self._binary(handles, operands, kind)
        result = ndarray._over(handle, result_kind, shape)
        if bridge.dtype(handle) != result_kind.name:
            result._js = bridge.cast(handle, result_kind.name)
        return result if shape else result._scalar()

    def _binary(self, handles, operands, kind):
        if kind.kind in "iu" and self._source in ("floor_divide", "remainder", "fmod"):
            divisor = asarray(operands[1])
            if not divisor.all():
                return self._divide_by_zero(asarray(operands[0]), divisor, kind)._js
            if self._source == "floor_divide":
                # numpy-ts rounds quotients of 64-bit integers towards zero; a multiple of the divisor divides exactly.
                rest = guarded(bridge.binary, "remainder", handles[0], handles[1], kind.name)
                handles[0] = guarded(bridge.binary, "subtract", handles[0], rest, kind.name)
        return guarded(bridge.binary, self._source, handles[0], handles[1], kind.name)

    def _divide_by_zero(self, dividend, divisor, kind):
        zero = divisor == 0
        safe = self(dividend.astype(kind), asarray(divisor + zero).astype(kind))
        return asarray(safe * ~asarray(zero)).astype(kind)

    # Methods of binary ufuncs

    def reduce(self, a, axis=0, dtype=None, keepdims=False, initial=None):
        from . import _reductions

        direct = {
            "add": "sum", "multiply": "prod", "maximum": "amax", "minimum": "amin",
            "logical_and": "all", "logical_or": "any",
        }.get(self.__name__)
        a = asarray(a)
        if dtype is not None:
            a = a.astype(dtype)
        if direct:
            result = getattr(_reductions, direct)(a, axis=axis, keepdims=keepdims)
            return result if initial is None else self(initial, result)
        axis = normalize_axis(axis, a.ndim)
        rows = a.transpose([axis] + [i for i in range(a.ndim) if i != axis])
        result = rows[0]
        for row in rows[1:]:
            result = self(result, row)
        return result

    def accumulate(self, a, axis=0):
        a = asarray(a)
        rows = a.swapaxes(0, axis)
        result = asarray(self(rows, rows) if self.__name__ == "true_divide" else rows).copy()
        for i in range(1, rows.shape[0]):
            result[i] = self(result[i - 1], rows[i])
        return result.swapaxes(0, axis)

    def outer(self, a, b):
        a, b = asarray(a), asarray(b)
        return self(a.reshape(a.shape + (1,) * b.ndim), b)

    def at(self, a, indices, b=None):
        if isinstance(indices, tuple):
            places = list(zip(*(asarray(part).ravel().tolist() for part in indices)))
        else:
            places = asarray(indices).ravel().tolist()
        values = None if b is None else asarray(b) + asarray([0] * len(places))
        for i, place in enumerate(places):
            a[place] = self(a[place]) if b is None else self(a[place], values[i])


def _store(name, out, result, where):
    """Writes a ufunc's result into `out` under NumPy's same-kind casting rule."""
    kind = result.dtype
    order = "biufc".index
    if order(kind.kind) > order(out.dtype.kind) and not (kind.kind == "u" and out.dtype.kind == "i"):
        if not (kind.kind in "iu" and out.dtype.kind in "iu"):
            raise UFuncTypeError(
                f"Cannot cast ufunc '{_REPORTED.get(name, name)}' output from {kind!r} to {out.dtype!r} "
                "with casting rule 'same_kind'"
            )
    value = asarray(result)
    if value.shape != out.shape and broadcast_shape(value.shape, out.shape) != out.shape:
        raise ValueError(
            f"non-broadcastable output operand with shape {shape_text(out.shape)} "
            f"doesn't match the broadcast shape {shape_text(value.shape)}"
        )
    if where is True:
        assign(out, value)
    else:
        from ._choosing import where as choose

        assign(out, choose(where, value, out))
    return out


_REPORTED = {"true_divide": "divide"}


# How the element type of the computation and of the result follow from the operands.


def _same(self, operands):
    kind = common_dtype(*operands)
    return kind, kind


def _arithmetic(self, operands):
    kind = common_dtype(*operands)
    if kind.kind == "b":
        if self.__name__ in ("subtract", "negative"):
            raise TypeError(
                "numpy boolean subtract, the `-` operator, is not supported, "
                "use the bitwise_xor, the `^` operator, or the logical_xor function instead."
                if self.__name__ == "subtract"
                else "The numpy boolean negative, the `-` operator, is not supported, "
                "use the `~` operator or the logical_not function instead."
            )
        if self.__name__ in ("floor_divide", "remainder", "power", "square"):
            kind = dtype("int8")
    if self.__name__ == "power" and kind.kind in "iu":
        exponent = operands[1]
        if asarray(exponent).size and asarray(exponent).min() < 0:
            raise ValueError("Integers to negative integer powers are not allowed.")
    return kind, kind


def _floating(self, operands):
    kind = common_dtype(*operands)
    if all(map(_is_plain, operands)) or self.__name__ == "true_divide" and kind.kind in "biu":
        kind = kind if kind.kind == "c" else dtype("float64")
    kind = float_for(kind)
    return kind, kind


def _comparison(self, operands):
    try:
        kind = common_dtype(*operands)
    except OverflowError:
        kind = dtype("float64")
    return kind, _BOOL


def _test(self, operands):
    return common_dtype(*operands), _BOOL


def _logical(self, operands):
    return _BOOL, _BOOL


def _bitwise(self, operands):
    kind = common_dtype(*operands)
    if kind.kind in "fc":
        raise TypeError(
            f"ufunc '{self.__name__}' not supported for the input types, and the inputs could not be safely coerced "
            "to any supported types according to the casting rule ''safe''"
        )
    return kind, kind


def _modulus(self, operands):
    kind = common_dtype(*operands)
    part = {"complex128": "float64", "complex64": "float32"}.get(kind.name)
    return kind, dtype(part) if part else kind


def _rounding(self, operands):
    kind = common_dtype(*operands)
    return kind, kind


_FAMILIES = (
    (_arithmetic, 2, "add subtract multiply floor_divide remainder power maximum minimum fmax fmin fmod gcd lcm"),
    (_arithmetic, 1, "negative positive square sign conj"),
    (_floating, 2, "true_divide arctan2 hypot logaddexp logaddexp2 copysign nextafter heaviside float_power"),
    (
        _floating,
        1,
        "sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh "
        "arctanh cbrt reciprocal degrees radians deg2rad rad2deg spacing",
    ),
    (_modulus, 1, "absolute fabs"),
    (_rounding, 1, "floor ceil trunc rint"),
    (_comparison, 2, "equal not_equal less less_equal greater greater_equal"),
    (_logical, 2, "logical_and logical_or logical_xor"),
    (_logical, 1, "logical_not"),
    (_test, 1, "isnan isinf isfinite signbit"),
    (_bitwise, 2, "bitwise_and bitwise_or bitwise_xor left_shift right_shift"),
    (_bitwise, 1, "invert"),
)
_BOOLEAN_TWINS = {
    "bitwise_and": "logical_and", "bitwise_or": "logical_or", "bitwise_xor": "logical_xor", "invert": "logical_not",
    "add": "logical_or", "multiply": "logical_and", "maximum": "logical_or", "minimum": "logical_and",
    "absolute": "positive",
}


class _TwinUfunc(ufunc):
    """A ufunc that has a logical meaning of its own on boolean arrays."""

    def _compute(self, operands):
        if all(isinstance(v, bool) or getattr(v, "dtype", None) is _BOOL for v in operands):
            if self.__name__ == "absolute":
                return operands[0]
            return globals()[_BOOLEAN_TWINS[self.__name__]]._compute(operands)
        return super()._compute(operands)


class _RoundingUfunc(ufunc):
    """floor, ceil and their kin: whole numbers come back as floats."""

    def _compute(self, operands):
        kind = common_dtype(*operands)
        if kind.kind in "biu":
            value = asarray(operands[0]).astype("float64")
            return value if value.ndim else value._scalar()
        return super()._compute(operands)


__all__ = ["ufunc", "UFuncTypeError"]
for _rule, _nin, _names in _FAMILIES:
    for _name in _names.split():
        _class = _TwinUfunc if _name in _BOOLEAN_TWINS else _RoundingUfunc if _rule is _rounding else ufunc
        globals()[_name] = _class(_name, _nin, _rule)
        __all__.append(_name)

divide = true_divide = ufunc("true_divide", 2, _floating, "divide")
mod = remainder
abs = absolute
pow = power
conjugate = conj
bitwise_not = invert
acos, asin, atan, atan2, acosh, asinh, atanh = arccos, arcsin, arctan, arctan2, arccosh, arcsinh, arctanh
bitwise_left_shift, bitwise_right_shift = left_shift, right_shift
reciprocal = ufunc("reciprocal", 1, _floating)
sign._rule = _arithmetic
__all__ += ["divide", "mod", "abs", "pow", "conjugate", "bitwise_not", "divmod", "modf"]
__all__ += ["acos", "asin", "atan", "atan2", "acosh", "asinh", "atanh", "bitwise_left_shift", "bitwise_right_shift"]


def divmod(a, b):
    return floor_divide(a, b), remainder(a, b)


def modf(x):
    x = asarray(x) * 1.0
    whole = trunc(x)
    return x - whole, whole


def _forward(function):
    def apply(self, other):
        if isinstance(other, (str, dict, set)) or other is None:
            return NotImplemented
        return function(self, other)

    return apply


def _reflected(function):
    def apply(self, other):
        if isinstance(other, (str, dict, set)) or other is None:
            return NotImplemented
        return function(other, self)

    return apply


def _in_place(function):
    def apply(self, other):
        if self._readonly:
            raise ValueError("output array is read-only")
        return _store(function.__name__, self, function(self, other), True)

    return apply


def _equality(function, otherwise):
    def apply(self, other):
        if other is None or isinstance(other, str):
            from ._creation import full

            return full(self.shape, otherwise, bool)
        return function(self, other)

    return apply


_OPERATORS = {
    "add": add, "sub": subtract, "mul": multiply, "truediv": true_divide, "floordiv": floor_divide, "mod": remainder,
    "pow": power, "and": bitwise_and, "or": bitwise_or, "xor": bitwise_xor, "lshift": left_shift, "rshift": right_shift,
}
for _name, _function in _OPERATORS.items():
    setattr(ndarray, f"__{_name}__", _forward(_function))
    setattr(ndarray, f"__r{_name}__", _reflected(_function))
    setattr(ndarray, f"__i{_name}__", _in_place(_function))
for _name, _function in {"lt": less, "le": less_equal, "gt": greater, "ge": greater_equal}.items():
    setattr(ndarray, f"__{_name}__", _forward(_function))
ndarray.__eq__ = _equality(equal, False)
ndarray.__ne__ = _equality(not_equal, True)
ndarray.__neg__ = lambda self: negative(self)
ndarray.__pos__ = lambda self: positive(self)
ndarray.__abs__ = lambda self: absolute(self)
ndarray.__invert__ = lambda self: invert(self)
ndarray.__divmod__ = lambda self, other: divmod(self, other)
ndarray.conj = ndarray.conjugate = lambda self: conj(self)
