"""How numbers are written for people: as many digits as say something, a column in one notation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "MOST_DIGITS",
    "Notation",
    "column",
    "digits_for_change",
    "number",
    "number_text",
    "own_units",
    "split_exponent",
]

# A number is written with at most this many digits, the most double precision holds.
MOST_DIGITS = 15

# Numbers of up to this many digits before the point are written out, unless they are rounded to
# fewer digits than a whole number may be expected to have.
MOST_PLACES, ROUNDED = 7, 4


# Numbers in formulas -------------------------------------------------------------------------


def number_text(value: float, digits: int = 6) -> str:
    """Return a number with this many significant digits, zeros at the end left out.

    Examples
    --------
    >>> number_text(0.1), number_text(0.6791786991753931), number_text(0.0000125)
    ('0.1', '0.679179', '1.25e-5')
    >>> number_text(450000.0, 5), number_text(388803.7, 5), number_text(4.5e12, 5)
    ('450000', '388804', '4.5e12')
    >>> number_text(float("nan")), number_text(-0.0)
    ('NaN', '0')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    value += 0.0  # takes the sign from a negative zero
    if digits > ROUNDED and 10.0 ** (digits - 1) <= abs(value) < 10.0**MOST_PLACES:
        return f"{value:.0f}"
    text = f"{value:.{digits}g}"
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


# Numbers in tables and sentences -------------------------------------------------------------


DIGITS = 4  # significant digits of a number in a table
LARGEST = 1e12  # from here on, and below SMALLEST, with a power of ten
SMALLEST = 1e-4
WIDEST = 9  # digits of the widest number of a column, all before the point not counted


@dataclass(frozen=True)
class Notation:
    """How the numbers of one column are written: decimals, or all with a power of ten.

    Attributes
    ----------
    decimals : int
        Digits behind the point.
    is_power : bool
        Whether with a power of ten: ``1.25e-5``.
    """

    decimals: int = 0
    is_power: bool = False

    @classmethod
    def of(cls, values: Iterable[float], digits: int = DIGITS) -> Notation:
        """Return the notation for numbers of one unit.

        The largest gets `digits` digits at least, the smallest two; integers get no point. Where
        that would take too many digits, all get a power of ten.
        """
        sizes = [abs(float(value)) for value in values]
        sizes = [size for size in sizes if size and math.isfinite(size)]
        if not sizes:
            return cls()
        top, least = _place(max(sizes)), _place(min(sizes))
        decimals = max(digits - 1 - top, 1 - least, 0)
        is_whole = all(size == round(size) for size in sizes)
        if is_whole and max(sizes) < 10.0**MOST_DIGITS:
            return cls()
        if max(sizes) >= LARGEST or decimals + max(top + 1, 1) > max(WIDEST, top + 1):
            return cls(_needed(f"{size:.{digits - 1}e}".partition("e")[0] for size in sizes), True)
        return cls(_needed(f"{size:.{decimals}f}" for size in sizes))

    def write(self, value: float, is_signed: bool = False) -> str:
        """Return a number; `is_signed` puts a plus before positive ones.

        >>> Notation(2).write(-1234.5), Notation(3, True).write(0.000125, is_signed=True)
        ('−1,234.50', '+1.250e−4')
        """
        value = float(value)
        if not math.isfinite(value):
            return _special(value)
        if self.is_power and value:
            mantissa, exponent = f"{value:.{self.decimals}e}".split("e")
            text = f"{mantissa}e{int(exponent)}"
        else:
            text = f"{value:,.{self.decimals}f}"
            text = text if re.search("[1-9]", text) else text.lstrip("-")
        plus = "+" if is_signed and value > 0 else ""
        return plus + text.replace("-", "−")


def _place(size: float) -> int:
    """Return the place of the first digit: 0 for units, -1 for tenths."""
    return math.floor(math.log10(size))


def _needed(texts: Iterable[str]) -> int:
    """Return how many decimals are left where zeros at the end of all are left out."""
    return max(len(text.partition(".")[2].rstrip("0")) for text in texts)


def _special(value: float) -> str:
    return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"


def column(values: Iterable[float], digits: int = DIGITS, is_signed: bool = False) -> list[str]:
    """Return the numbers of a column, all of one unit, in one notation.

    Examples
    --------
    >>> column([450000.0, 388803.7, -41.5])
    ['450,000', '388,804', '−42']
    >>> column([0.5, 0.125]), column([3e-9, 2.5])
    (['0.500', '0.125'], ['3.0e−9', '2.5e0'])
    """
    numbers = [float(value) for value in values]
    notation = Notation.of(numbers, digits)
    return [notation.write(number, is_signed) for number in numbers]


def number(value: float, digits: int = DIGITS) -> str:
    """Return a number for a sentence, with about four significant digits.

    Examples
    --------
    >>> number(16.0), number(0.123456), number(1234567.8), number(-0.0), number(2613.98)
    ('16', '0.1235', '1,234,568', '0', '2,614')
    >>> number(0.0000125), number(-4.2e15)
    ('1.25e−5', '−4.2e15')
    """
    value = float(value)
    if not math.isfinite(value):
        return _special(value)
    return _written(value, digits, is_power=_needs_power(value))


def _needs_power(value: float) -> bool:
    return value != 0 and not SMALLEST <= abs(value) < LARGEST


def _written(value: float, digits: int, is_power: bool) -> str:
    if is_power and value:
        return Notation(_needed([f"{value:.{digits - 1}e}".partition("e")[0]]), True).write(value)
    place = _place(abs(value)) if value else 0
    decimals = max(digits - 1 - place, 0)
    return Notation(_needed([f"{value:.{decimals}f}"])).write(value)


def own_units(rows: Sequence[Sequence[float]], digits: int = DIGITS) -> list[list[str]]:
    """Return the numbers of a table whose rows have units of their own, all in one notation.

    The numbers of a row are rounded to what counts beside the largest of the row.

    Examples
    --------
    >>> own_units([[4.3, 5.843, 7.9], [-20.0, 0.0000012, 2613.98]])
    [['4.3', '5.843', '7.9'], ['−20', '0', '2,614']]
    >>> own_units([[1e-9, 2e-9], [100.0, 2500.0]])
    [['1e−9', '2e−9'], ['1e2', '2.5e3']]
    """
    tops = [max((abs(v) for v in row if math.isfinite(v)), default=0.0) for row in rows]
    is_power = any(_needs_power(top) for top in tops)
    return [
        [_in_row(float(value), top, digits, is_power) for value in row]
        for row, top in zip(rows, tops, strict=True)
    ]


def _in_row(value: float, top: float, digits: int, is_power: bool) -> str:
    if not math.isfinite(value):
        return _special(value)
    if top:
        value = round(value, digits + 1 - _place(top))
    return _written(value, digits, is_power)
