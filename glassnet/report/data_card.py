"""The data card: what the network was trained on.

Takes a run, gives the section ``Data`` of the page.
"""

from __future__ import annotations

import numpy as np

from glassnet.html import Html, element, join
from glassnet.numbers import own_units
from glassnet.report.edges import edge_text, edges_of
from glassnet.report.pictures import Pictures
from glassnet.report.run import TrainedRun
from glassnet.report.tables import bar, sparkline, table
from glassnet.translation import _, plural

__all__ = ["data_card"]

MOST_CLASSES = 30
MOST_FEATURES = 40
OPEN_FEATURES = 12  # a longer table is folded away


def data_card(run: TrainedRun) -> Html:
    """Return the section about the data."""
    data = run.data
    return join(
        element("p", data.description, class_="lead") if data.description else None,
        _facts(run),
        _classes(run) if run.is_classification else _target(run),
        None if data.image_shape is not None else _features(run),
    )


def _facts(run: TrainedRun) -> Html:
    data = run.data
    rows: list[tuple[str, str]] = [(_("Rows"), _rows_text(run))]
    if data.image_shape is not None:
        height, width, channels = data.image_shape
        colour = _("grey") if channels == 1 else plural("{n} channel", "{n} channels", channels)
        rows.append((_("Pictures"), f"{height} × {width}, {colour}"))
        rows.append((_("Pixels"), _range(data.x)))
    else:
        rows.append((_("Features"), f"{data.x[0].size:,}"))
        rows.append((_("Values"), _range(data.x)))
    kind = plural("{n} class", "{n} classes", len(data.class_names))
    if not run.is_classification:
        kind = _("a number, {range}").format(range=_range(data.y))
    rows.append((_("Target"), f"{data.target_name}: {kind}"))
    if data.notes:
        rows.append((_("Reading"), "; ".join(data.notes)))
    pairs = [element("div", element("dt", name), element("dd", text)) for name, text in rows]
    return element("dl", *pairs, class_="facts")


def _range(values: np.ndarray) -> str:
    low, high = own_units([[values.min(), values.max()]])[0]
    return _("{low} to {high}").format(low=low, high=high)


def _rows_text(run: TrainedRun) -> str:
    total = f"{len(run.data):,}"
    if run.data.complete and len(run.test[0]) == len(run.data):
        return total + _(": the whole table, to train and to test")
    parts = [_("{n} to train").format(n=f"{len(run.train[0]):,}")]
    if run.validation is not None:
        parts.append(_("{n} to validate").format(n=f"{len(run.validation[0]):,}"))
    parts.append(_("{n} to test").format(n=f"{len(run.test[0]):,}"))
    return f"{total}: {', '.join(parts)}"


def _classes(run: TrainedRun) -> Html:
    data = run.data
    counts = np.bincount(data.y, minlength=len(data.class_names))
    shown = range(min(len(counts), MOST_CLASSES))
    pictures = Pictures(data) if data.image_shape is not None else None
    rows = []
    for place in shown:
        first = np.flatnonzero(data.y == place)[:6]
        samples = [pictures.picture(data.x[i], "") for i in first] if pictures else []
        rows.append(
            [
                element("th", data.class_names[place], scope="row"),
                element("td", f"{counts[place]:,}", class_="number"),
                element("td", bar(counts[place] / counts.max()), class_="wide"),
                *([element("td", *samples, class_="strip")] if pictures else []),
            ]
        )
    heads = [_("Class"), _("Rows"), "", *([_("Examples")] if pictures else [])]
    rest = len(counts) - len(rows)
    more = (
        element("p", plural("and {n} more class", "and {n} more classes", rest)) if rest else None
    )
    return join(table(heads, rows, _("Classes"), numeric=(1,)), more)


def _target(run: TrainedRun) -> Html:
    y = run.data.y
    row = [
        element("th", run.data.target_name, scope="row"),
        *(element("td", text, class_="number") for text in own_units([_least_mean_most(y)])[0]),
        element("td", sparkline(y), class_="wide"),
    ]
    heads = [_("Target"), _("least"), _("mean"), _("most"), _("how the values are spread")]
    notes = [element("p", edge_text(edge), class_="note") for edge in edges_of(y)]
    return join(table(heads, [row], _("Target"), numeric=(1, 2, 3)), *notes)


def _least_mean_most(values: np.ndarray) -> tuple[float, float, float]:
    low, high = float(values.min()), float(values.max())
    mean = float(values.mean(dtype=np.float64))
    # A mean that is zero but for rounding is written as zero.
    return low, 0.0 if abs(mean) < 1e-6 * max(abs(low), abs(high)) else mean, high


def _features(run: TrainedRun) -> Html:
    data = run.data
    x = data.x.reshape(len(data), -1)
    names = data.feature_names or tuple(f"{n}" for n in range(1, x.shape[1] + 1))
    rows = []
    shown = x.T[:MOST_FEATURES]
    texts = own_units([_least_mean_most(values) for values in shown])
    for name, values, moments in zip(names, shown, texts, strict=False):
        rows.append(
            [
                element("th", name, scope="row"),
                *(element("td", text, class_="number") for text in moments),
                element("td", sparkline(values), class_="wide"),
            ]
        )
    heads = [_("Feature"), _("least"), _("mean"), _("most"), _("how the values are spread")]
    card = table(heads, rows, _("Features"), numeric=(1, 2, 3))
    if rest := max(x.shape[1] - MOST_FEATURES, 0):
        text = plural("and {n} more feature", "and {n} more features", rest)
        card = join(card, element("p", text))
    if len(rows) <= OPEN_FEATURES:
        return card
    head = plural("{n} feature", "{n} features", x.shape[1])
    return element("details", element("summary", head), card)
