"""exp, tanh and log as polynomials: within three units in the last place of the C library's."""

import numpy as np
import pytest

from glassnet.backends.compiled.compiler import mathematics


class Arrays:
    """The machine of :mod:`mathematics`, made of NumPy arrays."""

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype).type
        self.is_single = dtype == "float32"
        self.whole = np.int32 if self.is_single else np.int64
        self.mantissa, self.bias = (23, 127) if self.is_single else (52, 1023)
        self.magic = self.dtype(1.5 * 2.0**self.mantissa)

    def constant(self, value):
        return self.dtype(value)

    def fma(self, a, b, c):
        if self.is_single:
            return self.dtype(np.float64(a) * b + c)
        return self.dtype(np.longdouble(a) * b + c)

    def select(self, condition, a, b):
        return np.where(condition, a, b)

    def absolute(self, x):
        return np.abs(x)

    def copysign(self, x, sign):
        return np.copysign(x, sign)

    def _low_bits(self, shifted):
        return self.dtype(shifted).view(self.whole) - self.magic.view(self.whole)

    def _power(self, k):
        return ((k + self.whole(self.bias)) << self.whole(self.mantissa)).view(self.dtype)

    def scaled(self, x, shifted):
        k = self._low_bits(shifted)
        return x * self._power(k >> 1) * self._power(k - (k >> 1))

    def power_of_two(self, shifted):
        return self._power(self._low_bits(shifted))

    def parts(self, x):
        root = self.dtype(np.sqrt(0.5)).view(self.whole)
        above = x.view(self.whole) - root
        rest = above & self.whole((1 << self.mantissa) - 1)
        return (above >> self.mantissa).astype(self.dtype), (rest + root).view(self.dtype)


RANGES = {"exp": (-100, 88), "tanh": (-12, 12), "log": (-85, 85)}


def numbers(name, dtype):
    low, high = RANGES[name]
    rng = np.random.default_rng(0)
    wide = rng.uniform(low, high, 40_000)
    near = rng.normal(size=20_000) * 10.0 ** rng.uniform(-12, 0, 20_000)
    x = np.concatenate([wide, near])
    return (np.exp(x) if name == "log" else x).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RANGES)
def test_within_three_units_in_the_last_place(name, dtype):
    x = numbers(name, dtype)
    with np.errstate(all="ignore"):
        got = getattr(mathematics, name)(Arrays(dtype), x)
        want = getattr(np, name)(x.astype(np.longdouble))
    assert got.dtype == dtype
    units = np.abs(got - want) / np.spacing(np.abs(want).astype(dtype))
    assert units.max() <= 3.0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RANGES)
def test_at_the_edges_as_numpy(name, dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -1.0, 1.0, tiny, 1e4, -1e4], dtype)
    with np.errstate(all="ignore"):
        got = getattr(mathematics, name)(Arrays(dtype), x)
        want = getattr(np, name)(x)
    np.testing.assert_allclose(got, want, rtol=3e-7 if dtype == "float32" else 5e-16)
