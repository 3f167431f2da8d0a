"""Arrays as text, laid out as NumPy lays them out."""

import contextlib
import math

from ._array import asarray
from ._dtypes import _shortest

options = {
    "precision": 8,
    "threshold": 1000,
    "edgeitems": 3,
    "linewidth": 75,
    "suppress": False,
    "nanstr": "nan",
    "infstr": "inf",
    "sign": "-",
    "floatmode": "maxprec",
    "formatter": None,
    "legacy": "1.25",
}


def set_printoptions(**changes):
    unknown = changes.keys() - options.keys()
    if unknown:
        raise TypeError(f"set_printoptions() got an unexpected keyword argument {unknown.pop()!r}")
    for name, value in changes.items():
        if value is not None or name == "formatter":
            options[name] = value


def get_printoptions():
    return dict(options)


@contextlib.contextmanager
def printoptions(**changes):
    saved = dict(options)
    try:
        set_printoptions(**changes)
        yield dict(options)
    finally:
        options.update(saved)


# Numbers as digits


def _digits(value, code):
    """Sign, digits and exponent of the shortest decimal 0.d1d2d3… × 10^exponent that reads back as `value`."""
    text = float.__repr__(value) if code == "d" else _shortest(value, code)
    mantissa, _, power = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole.lstrip("0")) if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")))
    return math.copysign(1, value) < 0, digits.rstrip("0") or "0", leading + int(power or 0)


def _positional(value, precision, code, unique=True):
    """Fixed-point text with at most `precision` decimals, without trailing zeros: '1.5', '2.'."""
    negative, digits, exponent = _digits(value, code)
    if not unique or (value and len(digits) - exponent > precision):
        text = f"{abs(value):.{precision}f}"
        whole, _, fraction = text.partition(".")
        fraction = fraction.rstrip("0") if unique else fraction
    else:
        whole = digits[:exponent].ljust(exponent, "0") if exponent > 0 else "0"
        fraction = ("0" * -exponent + digits[max(exponent, 0) :]) if value else ""
    return ("-" if negative else "") + whole + "." + fraction


def _scientific(value, precision, code, unique=True):
    """(mantissa, exponent) with at most `precision` decimals: ('1.5', '+03')."""
    negative, digits, exponent = _digits(value, code)
    power = exponent - 1 if value else 0
    if not unique or len(digits) - 1 > precision:
        mantissa, _, power = f"{abs(value):.{precision}e}".partition("e")
        mantissa = mantissa if "." in mantissa else mantissa + "."
        mantissa = mantissa.rstrip("0") if unique else mantissa
        power = int(power)
    else:
        mantissa = digits[0] + "." + digits[1:]
    return ("-" if negative else "") + mantissa, f"{'-' if power < 0 else '+'}{abs(power):02d}"


class _FloatFormat:
    """One width for all the numbers of an array, chosen from the numbers that will be shown."""

    def __init__(self, values, code, sign=None, settings=options):
        self.code, self.settings = code, settings
        self.sign = sign or settings["sign"]
        self.precision = settings["precision"]
        self.unique = settings["floatmode"] != "fixed"
        finite = [v for v in values if math.isfinite(v)]
        magnitudes = [abs(v) for v in finite if v != 0]
        largest, smallest = max(magnitudes, default=0), min(magnitudes, default=0)
        self.exponential = bool(magnitudes) and (
            largest >= 1e8 or not settings["suppress"] and (smallest < 1e-4 or largest / smallest > 1000.0)
        )
        self.left = self.right = self.exponent_width = 0
        if finite and self.exponential:
            self._fit_scientific(finite)
        elif finite:
            self._fit_positional(finite)
        if self.sign == " " and finite and not any(math.copysign(1, v) < 0 for v in finite):
            self.left += 1
        if len(finite) != len(values):
            self._fit_special(values)

    def _signed(self, text):
        return "+" + text if self.sign == "+" and not text.startswith("-") else text

    def _fit_scientific(self, finite):
        parts = [_scientific(v, self.precision, self.code, self.unique) for v in finite]
        fractions = [mantissa.partition(".")[2] for mantissa, _ in parts]
        self.precision = max(map(len, fractions))
        self.exponent_width = max(len(power) for _, power in parts)
        self.left = max(len(self._signed(mantissa).partition(".")[0]) for mantissa, _ in parts)
        self.right = self.exponent_width + 1 + self.precision

    def _fit_positional(self, finite):
        texts = [self._signed(_positional(v, self.precision, self.code, self.unique)) for v in finite]
        self.left = max(len(text.partition(".")[0]) for text in texts)
        self.right = max(len(text.partition(".")[2]) for text in texts)
        self.fill_zeros = self.settings["floatmode"] in ("fixed", "maxprec_equal")
        if self.fill_zeros:
            self.precision = self.right

    def _fit_special(self, values):
        offset = self.right + 1
        negative = self.sign != "-" or any(v == -math.inf for v in values)
        widths = [len(self.settings["nanstr"]) - offset, len(self.settings["infstr"]) + negative - offset]
        self.left = max(self.left, *widths)

    def __call__(self, value):
        if not math.isfinite(value):
            return self._special(value)
        if self.exponential:
            mantissa, power = _scientific(value, self.precision, self.code, unique=False)
            whole, _, fraction = self._signed(mantissa).partition(".")
            power = power[0] + power[1:].rjust(self.exponent_width - 1, "0")
            return whole.rjust(self.left) + "." + fraction.ljust(self.precision, "0") + "e" + power
        whole, _, fraction = self._signed(_positional(value, self.precision, self.code, self.unique)).partition(".")
        fraction = fraction.ljust(self.right, "0" if self.fill_zeros else " ")
        return whole.rjust(self.left) + "." + fraction

    def _special(self, value):
        if math.isnan(value):
            text = ("+" if self.sign == "+" else "") + self.settings["nanstr"]
        else:
            text = ("-" if value < 0 else "+" if self.sign == "+" else "") + self.settings["infstr"]
        return text.rjust(self.left + self.right + 1)


class _ComplexFormat:
    def __init__(self, values, code, settings):
        self.real = _FloatFormat([v.real for v in values], code, settings=settings)
        self.imaginary = _FloatFormat([v.imag for v in values], code, sign="+", settings=settings)

    def __call__(self, value):
        imaginary = self.imaginary(value.imag)
        kept = imaginary.rstrip()
        return self.real(value.real) + kept + "j" + " " * (len(imaginary) - len(kept))


def _formatter(values, a, settings):
    custom = settings["formatter"] or {}
    kind = a.dtype.kind
    names = {"f": ("float", "float_kind"), "i": ("int", "int_kind"), "u": ("int", "int_kind"), "b": ("bool",)}
    for name in ("all", *names.get(kind, ())):
        if name in custom:
            return custom[name]
    if kind == "b":
        return (lambda value: str(value).rjust(5) if value else str(value)) if a.ndim else str
    if kind == "f":
        return _FloatFormat(values, a.dtype.code, settings=settings)
    if kind == "c":
        return _ComplexFormat(values, a.dtype.code, settings)
    width = max((len(str(value)) for value in values), default=0)
    return lambda value: str(value).rjust(width)


# Nested lists as text


def _edges(a, edge):
    """The array with the middle of every long axis left out."""
    from ._joining import concatenate

    for axis, size in enumerate(a.shape):
        if size > 2 * edge:
            ahead = (slice(None),) * axis
            parts = (a[ahead + (slice(0, edge),)], a[ahead + (slice(size - edge, None),)])
            a = concatenate(parts, axis=axis)
    return a


class _Layout:
    def __init__(self, shape, text_of, separator, settings, summarized):
        self.shape, self.text_of, self.separator = shape, text_of, separator
        self.edge, self.summarized = settings["edgeitems"], summarized

    def rows(self, nested, axis, indent, width):
        if axis == len(self.shape):
            return self.text_of(nested)
        cut = self.summarized and self.shape[axis] > 2 * self.edge
        words = [self.rows(item, axis + 1, indent + " ", width - 1) for item in nested]
        if cut:
            words.insert(self.edge, "...")
        if axis + 1 == len(self.shape):
            return "[" + self._fill(words, indent, width)[len(indent) :] + "]"
        gap = self.separator.rstrip() + "\n" * (len(self.shape) - axis - 1)
        return "[" + (gap + indent).join(words) + "]"

    def _fill(self, words, indent, width):
        """Words in lines no longer than `width`, each line after `indent`."""
        limit = width - max(len(self.separator.rstrip()), 1)
        lines, line = [], indent
        for i, word in enumerate(words):
            if len(line) + len(word.splitlines()[0] if word else word) > limit and len(line) > len(indent):
                lines.append(line.rstrip())
                line = indent
            line += word + (self.separator if i < len(words) - 1 else "")
        return "\n".join([*lines, line])


def array2string(
    a, max_line_width=None, precision=None, suppress_small=None, separator=" ", prefix="", suffix="", **changes
):
    a = asarray(a)
    settings = dict(options)
    changes.update(linewidth=max_line_width, precision=precision, suppress=suppress_small)
    settings.update({name: value for name, value in changes.items() if value is not None})
    if a.size == 0:
        return "[]"
    summarized = a.size > settings["threshold"]
    shown = _edges(a, settings["edgeitems"]) if summarized else a
    text_of = _formatter(shown._flat_values(), a, settings)
    layout = _Layout(a.shape, text_of, separator, settings, summarized)
    return layout.rows(shown.tolist(), 0, " " * (len(prefix) + 1), settings["linewidth"] - len(suffix))


def array_str(a, max_line_width=None, precision=None, suppress_small=None):
    a = asarray(a)
    if a.ndim == 0:
        return str(a._scalar())
    return array2string(a, max_line_width, precision, suppress_small, " ")


def array_repr(a, max_line_width=None, precision=None, suppress_small=None):
    a = asarray(a)
    implied = a.dtype.name in ("int64", "float64", "bool", "complex128") and a.size > 0
    suffix = ")" if implied else ","
    if a.size == 0 and a.shape != (0,):
        body = f"[], shape={a.shape!r}"
    else:
        body = array2string(a, max_line_width, precision, suppress_small, ", ", "array(", suffix)
    text = "array(" + body
    if implied:
        return text + ")"
    kind = f"dtype={a.dtype.name})"
    text += ","
    last = len(text) - (text.rfind("\n") + 1)
    gap = "\n" + " " * len("array(") if last + len(kind) + 1 > options["linewidth"] else " "
    return text + gap + kind


def format_float_positional(x, precision=None, unique=True, trim="k", **_):
    return _positional(float(x), 17 if precision is None else precision, "d", unique)


def format_float_scientific(x, precision=None, unique=True, **_):
    return "e".join(_scientific(float(x), 17 if precision is None else precision, "d", unique))


def binary_repr(num, width=None):
    num = int(num)
    if num < 0 and width:
        num += 1 << width
    return f"{num:b}".rjust(width or 0, "0")


def base_repr(number, base=2, padding=0):
    digits, number = "", int(number)
    negative, number = number < 0, abs(number)
    while number:
        number, digit = divmod(number, base)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return ("-" if negative else "") + "0" * padding + (digits or "0")
