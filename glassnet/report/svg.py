"""From a matplotlib figure to SVG that is a part of the page, and follows its colours."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from typing import TYPE_CHECKING, Any

import matplotlib

from glassnet.html import Html, element
from glassnet.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["chart"]

# The page says what these are in light and in dark surroundings.
_VARIABLES = {
    style.INK: "var(--ink)",
    style.MUTED: "var(--muted)",
    style.GRID: "var(--line)",
    style.BLUE: "var(--blue)",
    style.ORANGE: "var(--orange)",
}


def chart(ax: Axes, title: str, caption: str | None = None) -> Html:
    """Return the figure of some axes as an HTML figure.

    Parameters
    ----------
    ax : Axes
    title : str
        What the picture shows, for those who cannot see it.
    caption : str, optional
    """
    stream = io.StringIO()
    figure = ax.get_figure(root=True)
    assert figure is not None
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "glassnet"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # The reader's browser has the letters that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    below = element("figcaption", caption) if caption else None
    return element("figure", _inline(stream.getvalue(), title), below, class_="chart")


def _inline(text: str, title: str) -> Html:
    """Return an SVG document as an element: no declarations, own names, the page's colours."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", text)
    mark = hashlib.sha256((title + text).encode("utf-8", "replace")).hexdigest()[:6]
    # Only tags are changed: what stands between them may be a name of the user's.
    text = re.sub(r"<[^>]+>", lambda tag: _own_tag(tag[0], f"c{mark}-"), text)
    label = element("title", title)
    head = re.search(r'<svg[^>]*viewBox="([^"]+)"[^>]*>', text)
    assert head is not None
    width = float(head[1].split()[2]) * 4 / 3  # points to pixels
    start = f'<svg viewBox="{head[1]}" style="max-width:{width:.0f}px" role="img">'
    return Html(start + label + text[head.end() :])


def _own_tag(text: str, prefix: str) -> str:
    text = _with_own_names(text.replace("xlink:href", "href"), prefix)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    return re.sub(r"font: ([\d.]+px) [^;\"]+", r"font-size: \1", text)


def _with_own_names(text: str, prefix: str) -> str:
    """Put a prefix before every name, so that several pictures fit in one page."""
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}\1"', text)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}\1)", text)
