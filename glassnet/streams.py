"""Standard streams that cannot write every character: others are written by readable ASCII.

Output that is redirected on Windows is cp1252, in some terminals and logs it is ASCII; η, z₁ and →
are in neither. The command takes :func:`readable_streams`, by which such a character becomes what a
person would type for it. Files that glassnet writes are UTF-8 and need none of this.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, TextIO

from glassnet.quoting import python_name

__all__ = [
    "ascii_program",
    "ascii_text",
    "in_notebook",
    "is_coloured",
    "is_unicode",
    "progress_stream",
    "readable_streams",
    "tell",
    "written_for",
]

_HANDLER = "glassnet.readable"

# What a person types for a character; letters with marks and Greek ones follow rules, below.
_ASCII = {
    "·": "*", "⊙": "(*)", "•": "*", "×": "x", "−": "-", "–": "-", "—": "-", "±": "+-", "…": "...",
    "⋮": ":", "→": "->", "←": "<-", "⇒": "=>", "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "∂": "d",
    "∇": "grad ", "Σ": "sum", "∑": "sum", "∏": "prod", "√": "sqrt", "∞": "inf", "∈": " in ",
    "‖": "||", "⌊": "floor(", "⌋": ")", "µ": "u", "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE",
    "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "£": "GBP",
    "€": "EUR", "°": " deg", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "─": "-", "━": "-", "═": "=", "│": "|", "┃": "|", "║": "|",
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰╔╗╚╝╠╣╦╩╬", "+"),
    **dict(zip("▁▂▃▄▅▆▇█", "_.-~=+*#", strict=True)),
}  # fmt: skip
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵏᵗⁿ]+")


def ascii_text(text: str) -> str:
    r"""Return a text in ASCII as a person would type it; what has no such form is an escape.

    Examples
    --------
    >>> print(ascii_text("z₁ → η · ∂loss, 10⁻³, größe, β₂ᵗ, ŷ, 层"))
    z1 -> eta * dloss, 10^-3, grosse, beta2^t, y, \u5c42
    """
    if text.isascii():
        return text
    raised = _RAISED.sub(lambda found: f"^{found[0]}", text)
    return "".join(map(_letter, raised))


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _ASCII:
        return _ASCII[letter]
    name = unicodedata.name(letter, "")
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", name)
    if greek:
        return greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
    if unicodedata.combining(letter):
        return ""  # its letter stands before it
    # ö is o and a mark, ₁ a form of 1, ½ of 1⁄2.
    plain = unicodedata.normalize("NFKD", letter).replace("⁄", "/").replace("−", "-")
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if plain and plain.isascii():
        return plain
    return letter.encode("unicode_escape").decode()


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return ascii_text(error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _replace)


def is_unicode(stream: TextIO | None) -> bool:
    """Tell whether a stream writes every character; one that does not say its encoding does."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        return codecs.lookup(encoding).name.startswith("utf")
    except LookupError:
        return False


def written_for(text: str, stream: TextIO | None) -> str:
    """Return a text as a stream can write it.

    Examples
    --------
    >>> import io
    >>> written_for("z₁ = 2 · x", io.TextIOWrapper(io.BytesIO(), "cp1252"))
    'z1 = 2 · x'
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, _HANDLER).decode(encoding)


@contextlib.contextmanager
def readable_streams() -> Iterator[None]:
    """Let standard output and standard error write readable ASCII for what they cannot encode.

    A way of the user's own, as in ``PYTHONIOENCODING=ascii:replace``, is kept.
    """
    changed: list[tuple[Any, str]] = []
    for stream in (sys.stdout, sys.stderr):
        errors = getattr(stream, "errors", None)
        is_default = errors in ("strict", "surrogateescape", "backslashreplace")
        if is_default and hasattr(stream, "reconfigure") and not stream.closed:
            stream.reconfigure(errors=_HANDLER)
            changed.append((stream, str(errors)))
    try:
        yield
    finally:
        for stream, errors in changed:
            with contextlib.suppress(OSError, ValueError):  # it is closed, or its reader is gone
                stream.reconfigure(errors=errors)


def ascii_program(text: str) -> str:
    """Return a program of Python with names of ASCII letters only, each still another name.

    Its texts must be ASCII already.

    Examples
    --------
    >>> ascii_program("W_größe = W_grosse + 1  # β")
    'W_grosse_2 = W_grosse + 1  # beta'
    """
    words = dict.fromkeys(re.findall(r"\w+", text))
    taken = {word for word in words if word.isascii()}
    names = {}
    for word in words:
        if not word.isascii():
            plain = name = (
                python_name(ascii_text(word)) if word.isidentifier() else ascii_text(word)
            )
            number = 1
            while name in taken:
                number += 1
                name = f"{plain}_{number}"
            taken.add(name)
            names[word] = name
    return ascii_text(re.sub(r"\w+", lambda found: names.get(found[0], found[0]), text))


def in_notebook() -> bool:
    """Return whether the program is the cells of a notebook."""
    ipython = sys.modules.get("IPython")  # not imported: then no notebook is at work
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def progress_stream() -> TextIO | None:
    """Return where progress goes: standard error, which leaves the output of a program to itself.

    In a notebook it is the output of the cell: there standard error looks like a fault.
    """
    return sys.stdout if in_notebook() else sys.stderr


def tell(text: str) -> None:
    """Write a line of progress; nothing where there is no stream."""
    stream = progress_stream()
    if stream is not None:
        print(written_for(text, stream), file=stream, flush=True)


def is_coloured(stream: TextIO | None) -> bool:
    """Tell whether a stream shows colours: it is a terminal, and ``NO_COLOR`` is not set."""
    # It is None where the shell closed it.
    return stream is not None and stream.isatty() and not os.environ.get("NO_COLOR")
