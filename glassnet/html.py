"""HTML: elements, tables and pages; text is escaped unless it is HTML already.

Takes text and pieces of HTML, gives pieces of HTML. The report, the account, the diagnosis and the
cards that notebooks show are all made of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassnet.quoting import html_text

__all__ = ["Html", "element", "join", "page", "table"]

_VOID = ("meta", "img", "br", "hr")


class Html(str):
    """Text that is HTML already."""


def join(*parts: Any) -> Html:
    """Return parts one after the other; None is left out.

    >>> join("a < b", Html("<br>"), None)
    'a &lt; b<br>'
    """
    return Html(
        "".join(
            part if isinstance(part, Html) else html_text(part)
            for part in parts
            if part is not None
        )
    )


def element(name: str, /, *children: Any, **attributes: Any) -> Html:
    """Return an element; ``class_`` and ``aria_label`` are written as HTML has them.

    An attribute that is True has no value, one that is None or False is left out.

    Examples
    --------
    >>> element("p", "x < y", class_="note")
    '<p class="note">x &lt; y</p>'
    >>> element("details", element("summary", "more"), open=True)
    '<details open><summary>more</summary></details>'
    """
    written = "".join(_attribute(*one) for one in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def _attribute(key: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    key = key.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{join(value)}"'


def table(
    rows: Sequence[Html], head: Html | None = None, caption: str | None = None, **attributes: Any
) -> Html:
    """Return a table of rows, each a ``tr``; those of a table with a head stand in a ``tbody``.

    Examples
    --------
    >>> table([element("tr", element("th", "x"), element("td", "1 < 2"))])
    '<table><tr><th>x</th><td>1 &lt; 2</td></tr></table>'
    """
    above = None if caption is None else element("caption", caption)
    body = rows if head is None else [element("thead", head), element("tbody", *rows)]
    return element("table", above, *body, **attributes)


def page(title: str, body: Html, style: str | None = None) -> str:
    """Return a whole page, which needs nothing else.

    Parameters
    ----------
    title : str
    body : Html
        The element ``body``.
    style : str, optional
        A style sheet.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        None if style is None else element("style", Html(style)),
    )
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"
