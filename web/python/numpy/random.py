"""numpy.random: `default_rng` and the older module-level functions, with the streams that NumPy gives."""

import builtins

from ._array import asarray, ndarray, shape_tuple, size_of, wrap
from ._bridge import bridge, call, guarded, js_list
from ._creation import arange, zeros
from ._dtypes import dtype as _dtype
from ._dtypes import generic


# The most numbers that numpy-ts draws in one call; a longer draw goes on with the same stream.
_AT_ONCE = 1 << 20


def _size(size):
    return None if size is None else js_list(shape_tuple(size))


def _result(value, kind="float64"):
    """What a draw gives: a Python number for one, an ndarray for a shape."""
    if hasattr(value, "shape"):
        return wrap(value).astype(kind, copy=False)
    return _dtype(kind).type(value)


class _Draws:
    """Distributions over one stream; `_draw(name, …)` asks numpy-ts."""

    def _spread(self, name, parameters, size, kind="float64"):
        """A draw whose parameters may be arrays: the standard stream is scaled element by element."""
        values = [p.item() if isinstance(p, (generic, ndarray)) and p.size == 1 else p for p in parameters]
        total = 1 if size is None else size_of(shape_tuple(size))
        if total <= _AT_ONCE:
            return _result(self._draw(name, *values, _size(size)), kind)
        result = zeros(total, kind)
        for start in range(0, total, _AT_ONCE):
            count = min(_AT_ONCE, total - start)
            result[start : start + count] = wrap(self._draw(name, *values, _size(count)))
        return result.reshape(shape_tuple(size))

    def _shape(self, size, *parameters):
        from ._array import broadcast_shape

        return broadcast_shape(*(asarray(p).shape for p in parameters)) if size is None else size

    def normal(self, loc=0.0, scale=1.0, size=None):
        if asarray(scale).min() < 0:
            raise ValueError("scale < 0")
        if asarray(loc).ndim or asarray(scale).ndim:
            return loc + asarray(scale) * self.standard_normal(self._shape(size, loc, scale))
        return self._spread("normal", (loc, scale), size)

    def uniform(self, low=0.0, high=1.0, size=None):
        if asarray(low).ndim or asarray(high).ndim:
            return low + (asarray(high) - low) * self.random(self._shape(size, low, high))
        return self._spread("uniform", (low, high), size)

    def standard_normal(self, size=None, dtype="float64"):
        if _dtype(dtype).name == "float32":
            raise ValueError("a float32 stream is not in this page's NumPy: draw and use .astype(np.float32)")
        return self._spread("standard_normal", (), size)

    def exponential(self, scale=1.0, size=None):
        return self._spread("exponential", (scale,), size)

    def poisson(self, lam=1.0, size=None):
        return self._spread("poisson", (lam,), size, "int64")

    def binomial(self, n, p, size=None):
        return self._spread("binomial", (n, p), size, "int64")

    def permutation(self, x):
        if isinstance(x, (int,)) and not isinstance(x, bool):
            return _result(self._draw("permutation", int(x)), "int64")
        x = asarray(x)
        if x.ndim == 1:
            return self._shuffled(x)
        return x[self._shuffled(arange(x.shape[0]))]

    def _shuffled(self, x):
        places = arange(x.shape[0])
        self._draw("shuffle", places._js)
        return x[places]

    def shuffle(self, x):
        places = arange(len(x))
        self._draw("shuffle", places._js)
        if isinstance(x, list):
            x[:] = [x[i] for i in places.tolist()]
        else:
            x[...] = x[places]

    def choice(self, a, size=None, replace=True, p=None, axis=0, shuffle=True):
        population = None if isinstance(a, int) else asarray(a) if not _of_text(a) else list(a)
        count = int(a) if population is None else len(population)
        if count == 0:
            raise ValueError("a cannot be empty unless no samples are taken")
        if not replace and size is not None and size_of(shape_tuple(size)) > count:
            raise ValueError("Cannot take a larger sample than population when replace is False")
        if p is not None:
            self._check_probabilities(p, count)
        weights = None if p is None else js_list(asarray(p).tolist())
        drawn = _result(self._draw("choice", count, _size(size), replace, weights), "int64")
        if population is None:
            return drawn
        if isinstance(population, list):
            if size is None:
                return population[int(drawn)]
            return _labels(population, drawn)
        return population[int(drawn)] if size is None else population[drawn]

    def _check_probabilities(self, p, count):
        p = asarray(p)
        if p.size != count:
            raise ValueError("a and p must have same size")
        if p.min() < 0:
            raise ValueError("probabilities are not non-negative")
        if builtins.abs(float(p.sum()) - 1) > 1e-8:
            raise ValueError("probabilities do not sum to 1")


def _of_text(a):
    return isinstance(a, (list, tuple)) and builtins.any(isinstance(item, str) for item in a)


class _labels(list):
    """A drawn selection of words, printed as NumPy prints an array of text."""

    def __init__(self, population, places):
        self.shape = places.shape
        super().__init__(population[i] for i in places.ravel().tolist())

    def __str__(self):
        return "[" + " ".join(map(repr, self)) + "]"

    def tolist(self):
        return list(self)


class Generator(_Draws):
    """A stream of random numbers, equal to NumPy's PCG64 generator of the same seed."""

    def __init__(self, seed=None):
        if isinstance(seed, (list, tuple)):
            raise ValueError("seeding with a sequence is not in this page's NumPy: give one integer")
        if seed is not None and seed < 0:
            raise ValueError("expected non-negative integer")
        self._js = guarded(bridge.generator, None if seed is None else int(seed))

    def __repr__(self):
        return f"Generator(PCG64) at 0x{id(self):X}"

    def _draw(self, name, *arguments):
        return guarded(getattr(self._js, name), *arguments)

    def random(self, size=None, dtype="float64"):
        return self._spread("random", (), size)

    def integers(self, low, high=None, size=None, dtype="int64", endpoint=False):
        low, high = (0, low) if high is None else (low, high)
        low, high = int(low), int(high) + bool(endpoint)
        if low >= high:
            raise ValueError("low >= high")
        kind = _dtype(dtype)
        if kind.itemsize < 4:
            return self._narrow_integers(low, high - 1 - low, size, kind)
        return _result(self._draw("integers", low, high, _size(size)), kind)

    def _narrow_integers(self, low, span, size, kind):
        """Integers of 8 or 16 bits as NumPy draws them: several from each 32 bits, by Lemire's method."""
        bits = 1 if kind.kind == "b" else 8 * kind.itemsize
        pieces = self._pieces(bits)
        count = 1 if size is None else size_of(shape_tuple(size))
        if bits == 1:
            values = [low + next(pieces) if span else low for _ in range(count)]
        else:
            values = [low + self._bounded(pieces, span, bits) for _ in range(count)]
        return kind.type(values[0]) if size is None else asarray(values, kind).reshape(shape_tuple(size))

    def _pieces(self, bits):
        """The stream cut into pieces of so many bits, the lowest of each 32 first."""
        while True:
            word = int(self._draw("integers", 0, 1 << 32, None))
            for _ in range(32 // bits):
                yield word & ((1 << bits) - 1)
                word >>= bits

    @staticmethod
    def _bounded(pieces, span, bits):
        full = (1 << bits) - 1
        if span == 0:
            return 0
        if span == full:
            return next(pieces)
        product = next(pieces) * (span + 1)
        if product & full < span + 1:
            threshold = (full - span) % (span + 1)
            while product & full < threshold:
                product = next(pieces) * (span + 1)
        return product >> bits

    def spawn(self, count):
        raise AttributeError("Generator.spawn is not in this page's NumPy (it runs on numpy-ts)")

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"numpy.random.Generator.{name} is not in this page's NumPy (it runs on numpy-ts)")


def default_rng(seed=None):
    return seed if isinstance(seed, Generator) else Generator(seed)


class RandomState(_Draws):
    """The older stream (MT19937) behind numpy.random.seed, rand, randn …"""

    def _draw(self, name, *arguments):
        return call("random." + name, *arguments)

    def seed(self, seed=None):
        call("random.seed", None if seed is None else int(seed))

    def random(self, size=None):
        return self._spread("random", (), size)

    random_sample = ranf = sample = random

    def rand(self, *shape):
        return self.random(shape or None)

    def randn(self, *shape):
        return self.standard_normal(shape or None)

    def randint(self, low, high=None, size=None, dtype="int64"):
        low, high = (0, low) if high is None else (low, high)
        if low >= high:
            raise ValueError("low >= high")
        return _result(self._draw("randint", int(low), int(high), _size(size)), dtype)


_shared = RandomState()
for _name in (
    "seed random random_sample ranf sample rand randn randint normal uniform standard_normal exponential poisson "
    "binomial permutation shuffle choice"
).split():
    globals()[_name] = getattr(_shared, _name)


def __getattr__(name):
    raise AttributeError(f"numpy.random.{name} is not in this page's NumPy (it runs on numpy-ts)")
