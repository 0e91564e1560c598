"""How numbers are written for people: as many digits as say something, and no more."""

from __future__ import annotations

import math
import re

__all__ = ["digits_for_change", "number_text", "split_exponent"]

# A number is written with at most this many digits, the most double precision holds.
MOST_DIGITS = 15


def number_text(value: float, digits: int = 6) -> str:
    """Return a number with so many significant digits, zeros at the end left out.

    Examples
    --------
    >>> number_text(0.1), number_text(0.6791786991753931), number_text(0.0000125)
    ('0.1', '0.679179', '1.25e-5')
    >>> number_text(float("nan")), number_text(-0.0)
    ('NaN', '0')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    text = f"{value + 0.0:.{digits}g}"  # + 0.0 takes the sign from a negative zero
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def split_exponent(text: str) -> tuple[str, str]:
    """Return mantissa and power of ten of a written number.

    >>> split_exponent("1.25e-5"), split_exponent("0.3")
    (('1.25', '-5'), ('0.3', ''))
    """
    match = re.fullmatch(r"(-?[\d.]+)e(-?\d+)", text)
    return (match[1], match[2]) if match else (text, "")


def digits_for_change(before: float, after: float, digits: int) -> int:
    """Return how many digits show that a number has changed: two of the change at least.

    >>> digits_for_change(0.3, 0.2999999, 6)
    8
    """
    change, size = abs(after - before), max(abs(before), abs(after))
    if not change or not size or not math.isfinite(change):
        return digits
    needed = math.floor(math.log10(size)) - math.floor(math.log10(change)) + 2
    return min(max(digits, needed), MOST_DIGITS)
