"""The worst mistakes: as pictures, or as rows of a table."""

from __future__ import annotations

import numpy as np

from glassnet.report.html import Html, element, join
from glassnet.report.pictures import Pictures
from glassnet.report.run import TrainedRun
from glassnet.report.tables import number, percent, table
from glassnet.translation import _, plural

__all__ = ["mistakes_section"]

MOST_PICTURES = 24
MOST_ROWS = 10
MOST_COLUMNS = 8
UNUSUAL = 2.0  # standard deviations from the mean


def mistakes_section(run: TrainedRun) -> Html:
    """Return the worst mistakes, worst first; where there are none, the least sure answers."""
    if not run.is_classification:
        return _regression(run)
    y = run.test[1]
    sure = run.probabilities[np.arange(len(y)), run.predicted]
    wrong = np.flatnonzero(run.predicted != y)
    if len(wrong):
        order = wrong[np.argsort(-sure[wrong], kind="stable")]
        text = plural(
            "{n} test row was taken for another class.",
            "{n} test rows were taken for another class; the network was surest of the first.",
            len(wrong),
        )
    else:
        order = np.argsort(sure, kind="stable")[:8]
        text = _("There are none. These are the right answers it was least sure of:")
    return join(element("p", text), _shown(run, order, sure))


def _shown(run: TrainedRun, order: np.ndarray, sure: np.ndarray) -> Html:
    if run.data.image_shape is not None:
        return _gallery(run, order[:MOST_PICTURES], sure)
    order = order[:MOST_ROWS]
    names = run.data.class_names
    said = [
        [
            element("td", names[run.test[1][i]]),
            element("td", names[run.predicted[i]]),
            element("td", percent(sure[i], 0), class_="number"),
        ]
        for i in order
    ]
    return _rows(run, order, [_("true"), _("predicted"), _("sure")], said, (3,))


def _gallery(run: TrainedRun, order: np.ndarray, sure: np.ndarray) -> Html:
    pictures = Pictures(run.data)
    names = run.data.class_names
    figures = []
    for i in order:
        true, said = names[run.test[1][i]], names[run.predicted[i]]
        text = _("a {true} taken for a {said}").format(true=true, said=said)
        caption = join(
            element("b", said),
            f" {percent(sure[i], 0)}",
            Html("<br>"),
            _("is {true}").format(true=true),
        )
        figures.append(
            element(
                "figure", pictures.picture(run.test[0][i], text), element("figcaption", caption)
            )
        )
    note = _("Under each picture: what the network said and how sure it was, and what it is.")
    return join(element("div", *figures, class_="gallery"), element("p", note, class_="note"))


def _regression(run: TrainedRun) -> Html:
    true = run.test[1].reshape(run.outputs.shape)
    errors = run.outputs - true
    order = np.argsort(-np.abs(errors).max(axis=1), kind="stable")[:MOST_ROWS]
    said = [
        [
            element("td", *(number(round(float(v), 6)) for v in values), class_="number")
            for values in (true[i, :1], run.outputs[i, :1])
        ]
        + [element("td", f"{float(errors[i, 0]):+.4g}".replace("-", "−"), class_="number")]
        for i in order
    ]
    text = plural(
        "The test row with the largest error.", "The {n} test rows with the largest errors.",
        len(order),
    )  # fmt: skip
    heads = [_("true"), _("predicted"), _("error")]
    return join(element("p", text), _rows(run, order, heads, said, (1, 2, 3)))


def _rows(
    run: TrainedRun,
    order: np.ndarray,
    heads: list[str],
    said: list[list[Html]],
    numeric: tuple[int, ...],
) -> Html:
    """Return the rows as a table: row number, what was said, and the most unusual features."""
    x = run.test[0].reshape(len(run.test[0]), -1)
    base = run.train[0].reshape(len(run.train[0]), -1)
    deviation = np.maximum(base.std(axis=0), 1e-30)
    scores = (x[order] - base.mean(axis=0)) / deviation
    names = run.data.feature_names or tuple(str(n) for n in range(1, x.shape[1] + 1))
    columns = np.sort(np.argsort(-np.abs(scores).mean(axis=0), kind="stable")[:MOST_COLUMNS])
    rows = [
        [
            element("th", str(_row_number(run, i)), scope="row"),
            *said[place],
            *(_value(x[i, column], scores[place, column]) for column in columns),
        ]
        for place, i in enumerate(order)
    ]
    first = 1 + len(heads)
    heads = [_("row"), *heads, *(names[column] for column in columns)]
    numbers = (*numeric, *range(first, first + len(columns)))
    is_marked = bool((np.abs(scores[:, columns]) > UNUSUAL).any())
    note = _note(is_marked, x.shape[1], len(columns))
    how = element("p", _how_to_explain(run, _row_number(run, order[0])), class_="note")
    return join(table(heads, rows, _("Worst mistakes"), numeric=numbers), note, how)


def _row_number(run: TrainedRun, i: int) -> int:
    """Return where a test row stands in the data, as ``glassnet explain --row`` counts: from 0."""
    x, y = run.test[0][i], run.test[1][i]
    data = run.data.x.reshape(len(run.data.x), -1)
    found = (data == x.reshape(-1)).all(axis=1)
    found &= (run.data.y.reshape(len(data), -1) == np.reshape(y, -1)).all(axis=1)
    # Rows that are the same in all numbers are explained in the same words.
    return int(found.argmax()) if found.any() else int(i)


def _how_to_explain(run: TrainedRun, row: int) -> str:
    command = f"glassnet explain {run.model_file} {run.data.name} --row {row}"
    text = _("Rows are counted from 0 in the whole data; every number of the first: {command}")
    return text.format(command=command)


def _value(value: float, score: float) -> Html:
    is_unusual = abs(score) > UNUSUAL
    return element("td", number(value), class_="number unusual" if is_unusual else "number")


def _note(is_marked: bool, features: int, shown: int) -> Html | None:
    notes = []
    if is_marked:
        notes.append(_("Underlined values lie more than two standard deviations from the mean."))
    if shown < features:
        text = _("Of {n} features, the {k} most unusual in these rows are shown.")
        notes.append(text.format(n=f"{features:,}", k=shown))
    return element("p", " ".join(notes), class_="note") if notes else None
