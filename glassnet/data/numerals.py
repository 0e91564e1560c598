"""How numbers are written in tables, and what only looks like one.

The rule, for features and targets alike: digits with a decimal point and an exponent are a number
(``1.5e-3``). Decimal commas (``1,5e-3``) are read where commas do not separate the cells, and a
note says so. Text that a person reads as a number but that could mean two things, or carries more
than the number (``$45.00``, ``10%``, ``1.200,00``, ``10,086``), is neither read nor taken for a
class: it is refused, with the way to write it.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = [
    "DECIMAL_COMMA",
    "how_to_write",
    "is_number",
    "looks_grouped",
    "plain_number",
    "starts_with_number",
]

# Both for Python and for polars: what stands before the comma, and what after it.
DECIMAL_COMMA = r"^([-+]?[0-9]*),([0-9]+(?:[eE][-+]?[0-9]+)?|)$"
_COMMA = re.compile(DECIMAL_COMMA)
_PLAIN = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")
_MARKS = r"[.,'\u2019_ \u00a0\u2009\u202f]"
_GROUPS = re.compile(  # 1.200,00 and 1'200.5; 1,20,000 as in India
    rf"([0-9]{{1,3}}(?:({_MARKS})[0-9]{{3}})(?:\2[0-9]{{3}})*|[0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}})"
    r"(?:([.,])([0-9]+))?"
)
_CURRENCIES = re.compile(
    r"\b(?:EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|TRY|Rs|kr)\b"
    r"|z\u0142|(?:US|A|C|R)(?=\$)",
    re.IGNORECASE,
)
_PARTS = "%\u2030\u066a"  # percent, per mille
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})


def is_number(cell: str) -> bool:
    """Return whether a cell is a number with a decimal point or comma; not a word such as ``nan``.

    Examples
    --------
    >>> is_number("-1.5e3"), is_number("1,2E-05"), is_number("nan"), is_number("1.200,5")
    (True, True, False, False)
    """
    cell = cell.strip()
    if "," not in cell:
        return bool(_PLAIN.fullmatch(cell))
    return bool(_COMMA.match(cell)) and any(map(str.isdigit, cell))


def looks_grouped(cell: str) -> bool:
    """Return whether the point or comma of a number may be a mark of thousands.

    Examples
    --------
    >>> looks_grouped("10,086"), looks_grouped("0,086"), looks_grouped("10,5")
    (True, False, False)
    """
    return bool(_GROUPED.fullmatch(cell.strip()))


def starts_with_number(text: str) -> bool:
    """Return whether text begins as a quantity does: ``5 kg``, ``12:30``."""
    return bool(re.match(r"\s*[-+<>~]?\s*[.,]?[0-9]", text))


def plain_number(text: str) -> str | None:
    """Return how to write a number that carries more than digits; ``None`` for other text.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> plain_number("$45.00"), plain_number("1.200,00"), plain_number("10%"), plain_number("(5)")
    ('45.00', '1200.00', '10', '-5')
    >>> plain_number("10,086"), plain_number("1.5"), plain_number("5 kg")
    ('10086', '1.5', None)
    """
    core = text.strip().translate(_MINUS)
    is_negative = core.startswith("(") and core.endswith(")")
    core = core[1:-1] if is_negative else core
    core = "".join(c for c in core if c not in _PARTS)
    core = "".join(c for c in _CURRENCIES.sub("", core) if unicodedata.category(c) != "Sc").strip()
    if core[:1] in ("-", "+") or (core[-1:] == "-" and len(core) > 1):
        is_negative = is_negative or "-" in (core[0], core[-1])
        core = core.strip("-+ \u00a0\u202f")
    number = _without_marks(core)
    if number is None:
        return None
    return f"-{number}" if is_negative else number


def how_to_write(text: str) -> str:
    """Return the plain form of a number, or the two it may have.

    Examples
    --------
    >>> how_to_write("$45.00"), how_to_write("10,086")
    ('45.00', '10086 (or 10.086, if the comma is a decimal mark)')
    """
    plain = plain_number(text) or text
    core = text.strip()
    if looks_grouped(core) and core.count(",") == 1 and "." not in core:
        return f"{plain} (or {core.replace(',', '.')}, if the comma is a decimal mark)"
    return plain


def _without_marks(core: str) -> str | None:
    found = _GROUPS.fullmatch(core)
    if found:
        whole, mark, decimal, rest = found.groups()
        is_ambiguous_point = mark == "." and not decimal and whole.count(".") == 1
        if not is_ambiguous_point and decimal != (mark or ","):
            digits = "".join(c for c in whole if c.isdigit())
            return f"{digits}.{rest}" if decimal else digits
    if _PLAIN.fullmatch(core):
        return core
    if _COMMA.match(core) and core[-1:].isdigit():
        return core.replace(",", ".")
    return None
