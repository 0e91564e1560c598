"""Mathematical functions that a compiler can vectorise: short polynomials without branches.

Each function is written once, for any kind of number that knows ``+ - *`` and the few
operations of a :class:`Machine`. :mod:`polynomials` runs them with numbers that
write machine code; the tests run them with NumPy arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Machine", "exp", "log", "tanh"]


class Machine(Protocol):
    """What a polynomial needs besides arithmetic."""

    is_single: bool

    def constant(self, value: float) -> Any: ...
    def fma(self, a: Any, b: Any, c: Any) -> Any: ...
    def select(self, condition: Any, a: Any, b: Any) -> Any: ...
    def scaled(self, x: Any, shifted: Any) -> Any: ...
    def power_of_two(self, shifted: Any) -> Any: ...
    def parts(self, x: Any) -> tuple[Any, Any]: ...
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
    """exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln 2 / 2."""
    kind = _SINGLE if m.is_single else _DOUBLE
    x = m.select(x > m.constant(kind.high), m.constant(kind.high), x)
    x = m.select(x < m.constant(kind.low), m.constant(kind.low), x)
    shifted, r = _reduced(m, kind, x)
    return m.scaled(m.constant(1.0) + _above_one(m, kind, r), shifted)


def _reduced(m: Machine, kind: _Exp, x: Any) -> tuple[Any, Any]:
    """Return k (in the lowest bits of a number) and r."""
    shifted = m.fma(x, m.constant(1 / math.log(2)), m.constant(kind.magic))
    k = shifted - m.constant(kind.magic)
    r = m.fma(k, m.constant(-kind.ln2_high), x)
    return shifted, m.fma(k, m.constant(-kind.ln2_low), r)


def _above_one(m: Machine, kind: _Exp, r: Any) -> Any:
    """exp(r) - 1 by its series, the small terms first: r + r² (1/2 + r/6 + ...)."""
    square = r * r
    terms = [m.constant(1 / math.factorial(power)) for power in range(2, kind.terms + 1)]
    return m.fma(square, _in_pairs(m, terms, r, square), r)


def _in_pairs(m: Machine, terms: list[Any], x: Any, square: Any) -> Any:
    """Return Σ termsₖ xᵏ, neighbours first: few steps wait for others (Estrin's scheme)."""
    power = x
    while len(terms) > 1:
        pairs = [m.fma(b, power, a) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs) :]
        power = square if power is x else power * power
    return terms[0]


# Beyond, tanh is 1.
_FAR = 22.0


def tanh(m: Machine, x: Any) -> Any:
    """tanh x = ±e / (e + 2) with e = exp(2|x|) - 1 = 2^k (exp(r) - 1) + (2^k - 1)."""
    kind = _SINGLE if m.is_single else _DOUBLE
    size = m.absolute(x)
    size = m.select(size > m.constant(_FAR), m.constant(_FAR), size)
    shifted, r = _reduced(m, kind, size + size)
    scale = m.power_of_two(shifted)
    e = m.fma(scale, _above_one(m, kind, r), scale - m.constant(1.0))
    return m.copysign(e / (e + m.constant(2.0)), x)


# fdlibm, e_log.c and e_logf.c (Sun Microsystems): log(1 + f) = f - f²/2 + s (f²/2 + R(s²))
# with s = f / (2 + f).
_LOG = (6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
        2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
        1.479819860511658591e-01)  # fmt: skip
_LOG_SINGLE = (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841)


def log(m: Machine, x: Any) -> Any:
    """log(2^k (1 + f)) = k ln 2 + log(1 + f), sqrt(1/2) <= 1 + f < sqrt(2); fdlibm's e_log.c."""
    kind = _SINGLE if m.is_single else _DOUBLE
    tiny = 2.0**-126 if m.is_single else 2.0**-1022
    bits = 25.0 if m.is_single else 54.0
    is_tiny = x < m.constant(tiny)
    k, whole = m.parts(m.select(is_tiny, x * m.constant(2.0**bits), x))
    k = m.select(is_tiny, k - m.constant(bits), k)
    f = whole - m.constant(1.0)
    s = f / (m.constant(2.0) + f)
    square, half = s * s, m.constant(0.5) * f * f
    terms = [m.constant(term) for term in (_LOG_SINGLE if m.is_single else _LOG)]
    rest = square * _in_pairs(m, terms, square, square * square)
    small = m.fma(s, half + rest, k * m.constant(kind.ln2_low))
    value = m.fma(k, m.constant(kind.ln2_high), f - (half - small))
    value = m.select(m.absolute(x) > m.constant(0.0), value, m.constant(-math.inf))
    value = m.select(x < m.constant(0.0), m.constant(math.nan), value)
    return m.select(x < m.constant(math.inf), value, x)  # infinite, or no number
