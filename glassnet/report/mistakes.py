"""The worst mistakes: as pictures, or as rows of a table.

Takes a run, gives the section ``Worst mistakes`` of the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from glassnet.html import Html, element, join
from glassnet.numbers import Notation, column
from glassnet.quoting import shell_file
from glassnet.report.pictures import Pictures
from glassnet.report.run import TrainedRun
from glassnet.report.tables import percent, table
from glassnet.translation import _, plural

__all__ = ["mistakes_section"]

MOST_PICTURES = 24
MOST_ROWS = 10
MOST_COLUMNS = 8
ROOM, PADDING = 92.0, 1.8  # of a table and between its columns, in letters
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
            names[run.test[1][i]],
            names[run.predicted[i]],
            percent(sure[i], 0),
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
    told = np.stack([true[order, 0], run.outputs[order, 0], errors[order, 0]], axis=1)
    notation = Notation.of(told.reshape(-1))  # all three are of one unit
    said = [
        [notation.write(value, is_signed=place == 2) for place, value in enumerate(row)]
        for row in told
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
    said: list[list[str]],
    numeric: tuple[int, ...],
) -> Html:
    """Return the rows as a table: row number, target, prediction, most unusual features."""
    x = run.test[0].reshape(len(run.test[0]), -1)
    base = run.train[0].reshape(len(run.train[0]), -1)
    deviation = np.maximum(base.std(axis=0), 1e-30)
    scores = (x[order] - base.mean(axis=0)) / deviation
    names = run.data.feature_names or tuple(str(n) for n in range(1, x.shape[1] + 1))
    unusual = np.argsort(-np.abs(scores).mean(axis=0), kind="stable")[:MOST_COLUMNS]
    texts = {place: column(x[order, place]) for place in unusual.tolist()}
    columns = sorted(_fitting(unusual.tolist(), names, texts, heads, said))
    rows = [
        [
            element("th", str(_row_number(run, i)), scope="row"),
            *(
                element("td", text, class_="number" if number in numeric else None)
                for number, text in enumerate(said[place], 1)
            ),
            *(_value(texts[one][place], scores[place, one]) for one in columns),
        ]
        for place, i in enumerate(order)
    ]
    first = 1 + len(heads)
    heads = [_("row"), *heads, *(names[one] for one in columns)]
    numbers = (*numeric, *range(first, first + len(columns)))
    is_marked = bool((np.abs(scores[:, columns]) > UNUSUAL).any())
    note = _note(is_marked, x.shape[1], len(columns))
    how = element("p", _how_to_explain(run, _row_number(run, order[0])), class_="note")
    return join(table(heads, rows, _("Worst mistakes"), numeric=numbers), note, how)


def _fitting(
    columns: list[int],
    names: Sequence[str],
    texts: Mapping[int, list[str]],
    heads: list[str],
    said: list[list[str]],
) -> list[int]:
    """Return as many of the columns, the most unusual first, as a page is wide; one at least."""
    left = ROOM - sum(
        _width(head, [row[place] for row in said]) for place, head in enumerate(heads)
    )
    found: list[int] = []
    for one in columns:
        left -= _width(names[one], texts[one])
        if found and left < 0:
            break
        found.append(one)
    return found


def _width(head: str, cells: Sequence[str]) -> float:
    """Return how many letters wide a column is: a heading breaks between its words."""
    words = re.split(r"[\s_/-]+", head)
    return max(0.9 * max(map(len, words)), *map(len, cells)) + PADDING


def _row_number(run: TrainedRun, i: int) -> int:
    """Return where a test row stands in the data, counted from 0 as ``--row`` does."""
    x, y = run.test[0][i], run.test[1][i]
    data = run.data.x.reshape(len(run.data.x), -1)
    found = (data == x.reshape(-1)).all(axis=1)
    found &= (run.data.y.reshape(len(data), -1) == np.reshape(y, -1)).all(axis=1)
    # Rows that are the same in all numbers are explained in the same words.
    return int(found.argmax()) if found.any() else int(i)


def _how_to_explain(run: TrainedRun, row: int) -> str:
    files = f"{shell_file(run.model_file)} {shell_file(run.source or run.data.name)}"
    command = f"glassnet explain {files} --row {row}"
    text = _("Rows are counted from 0 in the whole data; every number of the first: {command}")
    return text.format(command=command)


def _value(text: str, score: float) -> Html:
    is_unusual = abs(score) > UNUSUAL
    return element("td", text, class_="number unusual" if is_unusual else "number")


def _note(is_marked: bool, features: int, shown: int) -> Html | None:
    notes = []
    if is_marked:
        notes.append(_("Underlined values lie more than two standard deviations from the mean."))
    if shown < features:
        notes.append(
            plural(
                "Of {features} features, the most unusual in these rows is shown.",
                "Of {features} features, the {n} most unusual in these rows are shown.",
                shown, features=f"{features:,}",
            )
        )  # fmt: skip
    return element("p", " ".join(notes), class_="note") if notes else None
