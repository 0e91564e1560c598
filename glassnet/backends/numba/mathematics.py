"""Mathematical functions that a compiler can vectorise: short polynomials without branches.

Each function is written once, for any kind of number that knows ``+ - *`` and the few
operations of a :class:`Machine`. :mod:`glassnet.backends.numba.intrinsics` runs them with
numbers that write machine code; the tests run them with NumPy arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Machine", "exp", "tanh"]


class Machine(Protocol):
    """What a polynomial needs besides arithmetic."""

    is_single: bool

    def constant(self, value: float) -> Any: ...
    def fma(self, a: Any, b: Any, c: Any) -> Any: ...
    def select(self, condition: Any, a: Any, b: Any) -> Any: ...
    def scaled(self, x: Any, shifted: Any) -> Any: ...
    def absolute(self, x: Any) -> Any: ...
    def copysign(self, x: Any, sign: Any) -> Any: ...


@dataclass(frozen=True)
class _Exp:
    low: float  # below: 0
    high: float  # above: infinity
    magic: float  # adding it rounds to a whole number, kept in the lowest bits
    ln2_high: float  # ln 2 in two parts, so that x - k ln 2 is exact
    ln2_low: float
    terms: int


_DOUBLE = _Exp(-746.0, 710.0, 1.5 * 2.0**52, 0.6931471803691238, 1.9082149292705877e-10, 13)
_SINGLE = _Exp(-104.5, 89.0, 1.5 * 2.0**23, 0.693359375, -2.12194440e-4, 7)


def exp(m: Machine, x: Any) -> Any:
    """exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln 2 / 2; exp(r) by its series."""
    kind = _SINGLE if m.is_single else _DOUBLE
    x = m.select(x > m.constant(kind.high), m.constant(kind.high), x)
    x = m.select(x < m.constant(kind.low), m.constant(kind.low), x)
    shifted = m.fma(x, m.constant(1 / math.log(2)), m.constant(kind.magic))
    k = shifted - m.constant(kind.magic)
    r = m.fma(k, m.constant(-kind.ln2_high), x)
    r = m.fma(k, m.constant(-kind.ln2_low), r)
    series = m.constant(1 / math.factorial(kind.terms))
    for power in range(kind.terms - 1, -1, -1):
        series = m.fma(series, r, m.constant(1 / math.factorial(power)))
    return m.scaled(series, shifted)


# Cephes, tanh.c and tanhf.c (Moshier): tanh x = x + x³ P(x²)/Q(x²) for |x| < 0.625.
_P = (-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3)
_Q = (1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3)
_P_SINGLE = (
    -5.70498872745e-3,
    2.06390887954e-2,
    -5.37397155531e-2,
    1.33314422036e-1,
    -3.33332819422e-1,
)


def _polynomial(m: Machine, x: Any, coefficients: tuple[float, ...]) -> Any:
    value = m.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        value = m.fma(value, x, m.constant(coefficient))
    return value


def tanh(m: Machine, x: Any) -> Any:
    """tanh x: a polynomial near 0, elsewhere ±(1 - 2 / (exp(2|x|) + 1))."""
    size = m.absolute(x)
    far = m.constant(1.0) - m.constant(2.0) / (exp(m, size + size) + m.constant(1.0))
    square = x * x
    if m.is_single:
        ratio = _polynomial(m, square, _P_SINGLE)
    else:
        ratio = _polynomial(m, square, _P) / _polynomial(m, square, _Q)
    near = m.fma(square * x, ratio, x)
    return m.select(size < m.constant(0.625), near, m.copysign(far, x))
