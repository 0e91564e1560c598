"""Making HTML: text is escaped unless it is HTML already."""

from __future__ import annotations

from typing import Any

from glassnet.quoting import html_text

__all__ = ["Html", "element", "join"]

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

    Examples
    --------
    >>> element("p", "x < y", class_="note")
    '<p class="note">x &lt; y</p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html_text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")
