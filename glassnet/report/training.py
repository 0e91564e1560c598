"""Network and training: the table of layers, and the curves.

Takes a run, gives the sections ``Network`` and ``Training`` of the page.
"""

from __future__ import annotations

from typing import Any

from glassnet.graph import shape_text
from glassnet.html import Html, element, join
from glassnet.numbers import number
from glassnet.plots import curves
from glassnet.quoting import mathtext
from glassnet.report.run import TrainedRun
from glassnet.report.svg import chart
from glassnet.report.tables import table
from glassnet.training.summary import count_text
from glassnet.translation import _

__all__ = ["network_section", "training_section"]


def network_section(run: TrainedRun) -> Html:
    """Return the table of layers."""
    topology = run.model.network.topology
    first = [
        element("th", _("input"), scope="row"),
        element("td"),
        element("td", shape_text(("n", *topology.input_shapes[0])), class_="number"),
        element("td", class_="number"),
    ]
    rows = [first, *(_layer_row(call) for call in topology.calls)]
    heads = [_("Layer"), _("What it does"), _("Output"), _("Parameters")]
    return join(table(heads, rows, _("Layers"), numeric=(2, 3)), element("p", _settings_text(run)))


def _layer_row(call: Any) -> list[Html]:
    layer = call.layer
    count = layer.parameter_count + layer.buffer_count
    return [
        element("th", type(layer).__name__, scope="row"),
        element("td", layer.in_words()),
        element("td", shape_text(("n", *call.shape)), class_="number"),
        element("td", f"{count:,}" if count else "", class_="number"),
    ]


def _settings_text(run: TrainedRun) -> str:
    model, params = run.model, run.history.params
    optimizer = type(model.optimizer).__name__
    rate = model.optimizer.scalars().get("learning_rate")
    if rate is not None and not model.optimizer.is_host_side:
        optimizer += _(" with learning rate {rate}").format(rate=number(rate))
    loss = type(model.loss).__name__
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in loss)
    text = _("{count}. Loss: {loss}. Optimizer: {optimizer}").format(
        count=count_text(model.network.topology), loss=words.strip(), optimizer=optimizer
    )
    if params.get("batch_size") and not model.optimizer.is_host_side:
        text += _(", batches of {size}").format(size=f"{params['batch_size']:,}")
    return text + "."


def training_section(run: TrainedRun) -> Html:
    """Return the curves and how the run ended."""
    history = run.history.history
    if not history.get("loss"):
        return element("p", _("Not a single epoch was finished."))
    charts = [_curve(run, name) for name in history if not name.startswith("val_")][:2]
    return join(element("div", *charts, class_="charts"), _footnote(run))


def _curve(run: TrainedRun, name: str) -> Html:
    label = name.replace("_", " ")
    best = run.best_epoch
    key = f"val_{name}" if run.history.history.get(f"val_{name}") else name
    if best is not None and best - 1 not in run.history.epochs_of(key):
        best = None
    ax = curves(
        run.history,
        name,
        best_epoch=best,
        labels=(_("training"), _("validation"), _("kept: epoch {epoch}")),
    )
    ax.set_xlabel(_("epoch"))
    ax.set_ylabel(mathtext(label))
    return chart(ax, _("{name} over the epochs").format(name=label))


def _footnote(run: TrainedRun) -> Html | None:
    notes = []
    if any(layer.role == "dropping" for layer in run.model.layers):
        notes.append(
            _("The training curve is measured while units are left out, so it may lie on the wrong "
              "side of the validation curve.")
        )  # fmt: skip
    if not run.is_classification:
        notes.append(
            _("Errors count in standard deviations of the target: a loss of 1 is what always "
              "saying the mean would give.")
        )  # fmt: skip
    return element("p", " ".join(notes), class_="note") if notes else None
