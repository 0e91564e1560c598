"""Tables, and the small pictures in them.

Takes cells, gives tables, bars and histograms as HTML; all sections call it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from glassnet import html
from glassnet.html import Html, element

__all__ = ["bar", "percent", "sparkline", "table"]

BARS = 24
LONG_HEAD = 10  # letters of a heading that may be broken


def percent(share: float, digits: int = 1) -> str:
    """Return a share as a percentage; what is not quite all is never written as 100.

    Examples
    --------
    >>> percent(0.9861), percent(1.0), percent(0.99999)
    ('98.6 %', '100 %', '> 99.9 %')
    """
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    most = 100 - 10.0**-digits
    if 100 * share > most:
        return f"> {most:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Html]],
    caption: str,
    numeric: Sequence[int] = (),
) -> Html:
    """Return a table of cells; the caption is for those who cannot see the heading above it."""
    head = [
        element("th", *breakable(text), scope="col", class_="number" if place in numeric else None)
        for place, text in enumerate(heads)
    ]
    lines = [element("tr", *row) for row in rows]
    return element("div", html.table(lines, element("tr", *head), caption), class_="scroll")


def breakable(text: str) -> list[str]:
    """Return a heading in parts between which a browser may break it, if it is long.

    >>> breakable("housing_median_age"), breakable("sepal length (cm)")
    (['housing_', '<wbr/>', 'median_', '<wbr/>', 'age'], ['sepal length (cm)'])
    """
    if len(text) < LONG_HEAD or "_" not in text.strip("_"):
        return [text]
    parts = re.findall(r"_*[^_]+_*", text)
    return [one for part in parts for one in (part, Html("<wbr/>"))][:-1]


def bar(share: float) -> Html:
    """Return a bar of a length between 0 and 1."""
    return element("span", class_="bar", style=f"width:{100 * share:.1f}%", aria_hidden="true")


def sparkline(values: np.ndarray) -> Html:
    """Return a histogram of the size of a word."""
    low, high = float(values.min()), float(values.max())
    # Not np.histogram: it finds no room for the bars where the values lie too close together.
    places = (values.astype(np.float64) - low) / ((high - low) or 1.0) * BARS
    counts = np.bincount(places.astype(np.int64).reshape(-1).clip(0, BARS - 1), minlength=BARS)
    highest = max(int(counts.max()), 1)
    heights = np.maximum(22 * counts / highest, 1.5) * (counts > 0)
    parts = [
        f"M{4 * place},24v{-height:.1f}h3v{height:.1f}z"
        for place, height in enumerate(heights)
        if height
    ]
    return element(
        "svg", element("path", d="".join(parts)), viewBox=f"0 0 {4 * BARS} 24", class_="spark",
        aria_hidden="true",
    )  # fmt: skip
