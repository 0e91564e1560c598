"""The test: what was taken for what, class by class.

Takes a run, gives the section ``Test`` of the page.
"""

from __future__ import annotations

import numpy as np

from glassnet import metrics
from glassnet.html import Html, element
from glassnet.numbers import column, number
from glassnet.plots import boundary, confusion, predicted_against_true
from glassnet.quoting import mathtext
from glassnet.report.edges import edges_of
from glassnet.report.run import TrainedRun
from glassnet.report.svg import chart
from glassnet.report.tables import bar, percent, table
from glassnet.translation import _

__all__ = ["results_section"]

MOST_CLASSES = 60


def results_section(run: TrainedRun) -> Html:
    """Return the pictures and the table of the test."""
    if not run.is_classification:
        return element("div", _scatter(run), _numbers(run), class_="charts")
    matrix = metrics.confusion_matrix(run.test[1], run.predicted, len(run.data.class_names))
    parts: list[Html] = []
    if len(matrix) <= MOST_CLASSES:
        parts.append(_confusion(run, matrix))
    if run.data.x.ndim == 2 and run.data.x.shape[1] == 2:
        parts.append(_boundary(run))
    else:
        parts.append(_class_table(run, matrix))
    return element("div", *parts, class_="charts")


def _confusion(run: TrainedRun, matrix: np.ndarray) -> Html:
    ax = confusion(matrix, run.data.class_names)
    ax.set_xlabel(_("predicted"))
    ax.set_ylabel(_("true"))
    caption = _("A row for each true class: blue is right, orange is wrong.")
    return chart(ax, _("Confusion matrix of the test rows"), caption)


def _boundary(run: TrainedRun) -> Html:
    names = run.data.feature_names or ("x1", "x2")

    def predict(x: np.ndarray) -> np.ndarray:
        return run.as_probabilities(np.asarray(run.model.predict(x)))

    ax = boundary(predict, *run.test, class_names=run.data.class_names)
    ax.set_xlabel(mathtext(names[0]))
    ax.set_ylabel(mathtext(names[1]))
    caption = _("What the network would say at every point, and the test rows.")
    return chart(ax, _("Regions of the classes"), caption)


def _class_table(run: TrainedRun, matrix: np.ndarray) -> Html:
    rows = []
    for place, name in enumerate(run.data.class_names):
        hits, true, said = matrix[place, place], matrix[place].sum(), matrix[:, place].sum()
        found = hits / true if true else 0.0
        rows.append(
            [
                element("th", name, scope="row"),
                element("td", f"{true:,}", class_="number"),
                element("td", percent(found, 0) if true else "–", class_="number"),
                element("td", percent(hits / said, 0) if said else "–", class_="number"),
                element("td", bar(found), class_="wide"),
            ]
        )
    heads = [_("Class"), _("test rows"), _("found"), _("trusted"), ""]
    note = _(
        "Found: the share of its rows that were recognised (recall). Trusted: how often the "
        "network is right when it names the class (precision)."
    )
    return element(
        "div",
        table(heads, rows, _("Classes"), numeric=(1, 2, 3)),
        element("p", note, class_="note"),
    )


def _scatter(run: TrainedRun) -> Html:
    ax = predicted_against_true(run.test[1], run.outputs, label=_("predicted = true"))
    ax.set_xlabel(mathtext(_("true {name}").format(name=run.data.target_name)))
    ax.set_ylabel(mathtext(_("predicted {name}").format(name=run.data.target_name)))
    return chart(ax, _("Predicted against true numbers of the test rows"), _piles(run))


def _piles(run: TrainedRun) -> str | None:
    """Return what the rows of points at the ends of the targets are; None where there are none."""
    found = []
    for edge in edges_of(run.data.y):
        rows = int((run.test[1] == edge.value).sum())
        if rows > 1:
            text = _(
                "The column of points at {value}: {rows} test rows whose target is the largest "
                "there is, perhaps cut off there."
            ) if edge.is_top else _(
                "The column of points at {value}: {rows} test rows whose target is the smallest "
                "there is, perhaps cut off there."
            )  # fmt: skip
            found.append(text.format(value=number(edge.value), rows=f"{rows:,}"))
    return " ".join(found) or None


def _numbers(run: TrainedRun) -> Html:
    errors = np.abs(run.test[1].reshape(run.outputs.shape) - run.outputs).reshape(-1)
    plain = float(np.abs(run.test[1] - run.train[1].mean()).mean())
    facts = [
        (_("half of the errors are below"), np.median(errors)),
        (_("nine in ten are below"), np.quantile(errors, 0.9)),
        (_("the mean error"), errors.mean()),
        (_("the mean error of always saying the mean"), plain),
    ]
    texts = column(value for _name, value in facts)
    rows = [
        [
            element("th", name, scope="row"),
            element("td", text, class_="number"),
            element("td", bar(float(value) / max(errors.max(), 1e-30)), class_="wide"),
        ]
        for (name, value), text in zip(facts, texts, strict=True)
    ]
    return table([_("Error"), run.data.target_name, ""], rows, _("Errors"), numeric=(1,))
