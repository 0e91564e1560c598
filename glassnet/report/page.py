"""The page: one HTML file that needs nothing else.

Takes a run, gives the page. ``glassnet train`` calls it; the sections stand in files of their own.
"""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np

from glassnet.formats.files import write_text
from glassnet.html import Html, element, join, page
from glassnet.numbers import Notation, number
from glassnet.quoting import python_text, shell_file
from glassnet.report.data_card import data_card
from glassnet.report.mistakes import mistakes_section
from glassnet.report.results import results_section
from glassnet.report.run import TrainedRun
from glassnet.report.tables import percent
from glassnet.report.training import network_section, training_section
from glassnet.report.verdict import Verdict, verdict
from glassnet.translation import _, plural

__all__ = ["report_html", "write_report"]

_STYLE = Path(__file__).with_name("style.css")


def write_report(path: str | Path, run: TrainedRun) -> Path:
    """Write the report of a training run as one HTML file.

    Raises
    ------
    OutputError
        If the file cannot be written; nothing half-written stays.
    """
    return write_text(path, report_html(run))


def report_html(run: TrainedRun) -> str:
    """Return the report of a training run as one HTML page."""
    title = _("{name}: training report").format(name=run.data.name)
    body = element("body", _header(run), _main(run), _footer(run))
    return page(title, body, _STYLE.read_text(encoding="utf-8"))


def _section(title: str, content: Html) -> Html:
    return element("section", element("h2", title), content)


def _main(run: TrainedRun) -> Html:
    return element(
        "main",
        _verdict(verdict(run)),
        _section(_("Training"), training_section(run)),
        _section(_("Test"), results_section(run)),
        _section(
            _("Worst mistakes") if run.is_classification else _("Largest errors"),
            mistakes_section(run),
        ),
        _section(_("Data"), data_card(run)),
        _section(_("Network"), network_section(run)),
        _section(_("How to use it"), _use(run)),
    )


def _header(run: TrainedRun) -> Html:
    tiles = [_tile(*one) for one in _key_numbers(run)]
    return element(
        "header",
        element("p", "glassnet", class_="brand"),
        element("h1", run.data.name),
        element("div", *tiles, class_="tiles"),
    )


def _tile(value: str, label: str) -> Html:
    return element("div", element("strong", value), element("span", label))


def _key_numbers(run: TrainedRun) -> list[tuple[str, str]]:
    scores, count = run.scores or {}, len(run.test[0])
    tiles = []
    if "accuracy" in scores:
        right = round(scores["accuracy"] * count)
        label = plural(
            "right: {right} of {n} test row", "right: {right} of {n} test rows", count,
            right=f"{right:,}",
        )  # fmt: skip
        tiles.append((percent(scores["accuracy"]), label))
    elif "r2" in scores:
        tiles.append(
            (
                Notation(2).write(scores["r2"]),
                plural("R² on {n} test row", "R² on {n} test rows", count),
            )
        )
        error = number(scores["mean_absolute_error"])
        tiles.append((error, _("mean absolute error")))
    epochs, size = len(run.history.epoch), run.model.count_params()
    tiles.append((f"{epochs:,}", plural("epoch", "epochs", epochs)))
    tiles.append((_("{n:.1f} s").format(n=run.history.seconds), _("of training")))
    tiles.append((f"{size:,}", plural("parameter", "parameters", size)))
    return tiles


def _verdict(found: Verdict) -> Html:
    parts = [
        element("h2", found.title),
        element("p", found.summary[:1].upper() + found.summary[1:], class_="lead"),
    ]
    if found.evidence:
        parts.append(element("ul", *(element("li", line) for line in found.evidence)))
    if found.advice:
        parts.append(element("h3", _("What to try")))
        parts.append(element("ul", *(element("li", line) for line in found.advice)))
    kind = "good" if found.kind == "converged" else "careful"
    return element("section", *parts, class_=f"verdict {kind}")


def _use(run: TrainedRun) -> Html:
    shell = f"glassnet predict {shell_file(run.model_file)} new.csv"
    python = (
        "import glassnet as gn\n\n"
        f"net = gn.load({python_text(run.model_file)})\n"
        f"net.predict({'x' if run.data.image_shape is None else 'pictures'})"
    )
    return join(
        element("p", _("In a shell:")),
        element("pre", element("code", shell)),
        element("p", _("In Python:")),
        element("pre", element("code", python)),
    )


def _footer(run: TrainedRun) -> Html:
    seed = "" if run.seed is None else _("Seed {seed}. ").format(seed=run.seed)
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    classes = plural("{n} row", "{n} rows", len(run.data))
    return element("footer", element("p", seed, f"{run.data.name}, {classes}. {versions}."))
