"""numpy.fft: discrete Fourier transforms."""

from ._array import asarray, wrap
from ._bridge import call


def _transform(name):
    def transform(a, n=None, axis=-1, norm=None):
        return wrap(call("fft." + name, asarray(a)._js, n, axis, norm or "backward"))

    transform.__name__ = name
    return transform


fft, ifft, rfft, irfft = map(_transform, ("fft", "ifft", "rfft", "irfft"))


def fftfreq(n, d=1.0):
    return wrap(call("fft.fftfreq", n, d))


def rfftfreq(n, d=1.0):
    return wrap(call("fft.rfftfreq", n, d))


def fftshift(x):
    from ._joining import roll

    x = asarray(x)
    return roll(x, tuple(n // 2 for n in x.shape), tuple(range(x.ndim)))


def ifftshift(x):
    from ._joining import roll

    x = asarray(x)
    return roll(x, tuple(-(n // 2) for n in x.shape), tuple(range(x.ndim)))


def __getattr__(name):
    raise AttributeError(f"numpy.fft.{name} is not in this page's NumPy (it runs on numpy-ts)")
