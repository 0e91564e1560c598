r"""Text that came from elsewhere, on its way into a language: how each language quotes it.

Names of layers, features, classes, files and functions come from files, tables and users. Code that
writes one into a program, a page, a table, a picture or a terminal passes it through the function
of that language here, so that it is text there and nothing else. What cannot be seen
(control characters, marks that turn the direction of writing, halves of characters) is shown as an
escape in all of them: ``\x1b``, ``\u202e``.
"""

from __future__ import annotations

import html
import json
import re
import shlex
import unicodedata
from typing import Any

__all__ = [
    "csv_text",
    "html_text",
    "json_text",
    "latex_text",
    "mathtext",
    "python_docstring",
    "python_name",
    "python_text",
    "shell_file",
    "shell_text",
    "terminal_text",
    "visible",
]

# Separators of lines and paragraphs, controls, formats (marks of direction among them), surrogates.
_HIDDEN = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])
# Joiners of letters, which Persian and the languages of India write, and emoji.
_JOINERS = "\u200c\u200d"


def _is_hidden(letter: str) -> bool:
    if letter.isprintable() or letter in _JOINERS:
        return False
    number = ord(letter)
    is_no_character = number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
    return is_no_character or unicodedata.category(letter) in _HIDDEN


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


def visible(text: object, keep: str = "") -> str:
    r"""Return a text of one line in which everything can be seen.

    Parameters
    ----------
    text : object
        Anything that is no text is written by ``str`` first.
    keep : str, optional
        Characters that are left as they are, such as the end of a line.

    Examples
    --------
    >>> print(visible("setosa\x1b[2J"), visible("a\nb"), visible("größe"))
    setosa\x1b[2J a\nb größe
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(c if c in keep or not _is_hidden(c) else _escape(c) for c in text)


def terminal_text(text: object) -> str:
    """Return a text of several lines for a terminal: nothing in it moves a cursor or a colour."""
    return visible(text, "\n\t")


# Python -----------------------------------------------------------------------------------


def python_text(text: str) -> str:
    r"""Return the literal of a text, in double quotes and ASCII.

    Examples
    --------
    >>> print(python_text('d"+str(1)+"'), python_text("größe\n"))
    "d\"+str(1)+\"" "gr\xf6\xdfe\n"
    """
    return '"' + _escape(text).replace('"', '\\"') + '"'


def python_docstring(text: str) -> str:
    r"""Return a text of one line for the inside of a docstring in double quotes.

    A comment needs :func:`visible` only: nothing but the end of the line ends it.

    Examples
    --------
    >>> print(python_docstring('C:\\N "x"'))
    C:\\N \"x\"
    """
    return visible(text).replace("\\", "\\\\").replace('"', '\\"')


def python_name(text: str) -> str:
    """Return a valid identifier that looks like a text; the caller has to avoid keywords.

    Examples
    --------
    >>> python_name("size-1"), python_name("1st"), python_name("x²"), python_name("")
    ('size_1', 'v_1st', 'x2', 'v_')
    """
    # Python reads identifiers in this form, by which ² is 2.
    plain = unicodedata.normalize("NFKC", text)
    name = "".join(c if c.isalnum() and f"v{c}".isidentifier() else "_" for c in plain)
    return name if name.isidentifier() else f"v_{name}"


# Pages and papers -------------------------------------------------------------------------


def html_text(text: object) -> str:
    """Return a text for HTML, SVG and MathML, between tags or inside an attribute's quotes.

    Examples
    --------
    >>> html_text('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return html.escape(terminal_text(text))


_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "…": r"\dots{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}


def latex_text(text: object) -> str:
    r"""Return a text for the inside of ``\text{}``.

    Examples
    --------
    >>> print(latex_text(r"\input{a_b} 5 %"))
    \textbackslash{}input\{a\_b\} 5 \%
    """
    return "".join(_LATEX.get(letter, letter) for letter in visible(text))


def mathtext(text: object) -> str:
    r"""Return a text for a matplotlib picture, in which a pair of dollar signs begins no formula.

    Examples
    --------
    >>> print(mathtext("$45 to $60"))
    \$45 to \$60
    """
    return visible(text).replace("$", r"\$")


# Tables, JSON and shells ------------------------------------------------------------------

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = tuple("=+-@＝＋－＠")


def csv_text(text: object) -> str:
    """Return a text for a cell of a table, which no spreadsheet takes for a formula.

    Numbers stay as they are. The ``csv`` module sees to separators and quotes.

    Examples
    --------
    >>> csv_text("=cmd|' /C calc'!A0"), csv_text("setosa"), csv_text("-1.5")
    ("'=cmd|' /C calc'!A0", 'setosa', '-1.5')
    """
    shown = visible(text)
    if not shown.startswith(_FORMULA) or re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", shown, re.I):
        return shown
    return f"'{shown}"


def json_text(value: Any) -> str:
    r"""Return a value as JSON in which letters are readable and what cannot be seen is escaped.

    Examples
    --------
    >>> print(json_text({"größe": "\u202e"}))
    {"größe": "\u202e"}
    """
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    # Outside of texts there is nothing that cannot be seen.
    return "".join(json.dumps(c)[1:-1] if _is_hidden(c) else c for c in text)


def shell_text(text: object) -> str:
    """Return a word of a command, in quotes where a shell would read it otherwise.

    Examples
    --------
    >>> shell_text("iris.csv"), shell_text("my data; reboot.csv")
    ('iris.csv', "'my data; reboot.csv'")
    """
    return shlex.quote(visible(text))


def shell_file(path: object) -> str:
    """Return the name of a file for a command: one that begins like an option gets its folder.

    Examples
    --------
    >>> shell_file("my data.csv"), shell_file("-x.csv")
    ("'my data.csv'", './-x.csv')
    """
    text = str(path)
    return shell_text(f"./{text}" if text.startswith("-") else text)
