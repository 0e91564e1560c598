"""Names in pages, pictures, tables and terminals are text: nothing of theirs is run or obeyed."""

import csv
import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

import glassnet as gn
from glassnet import plots
from glassnet.cli import main
from glassnet.quoting import csv_text, html_text, latex_text, mathtext, visible
from glassnet.report import TrainedRun, report_html
from glassnet.training.callbacks.progress import ProgressBar
from tests.hostile.names import BOOM, LAYERS, TEXTS, hidden_in, tags_of

L = gn.layers
X = np.linspace(-1, 1, 36).reshape(18, 2)
LABELS = np.arange(18) % 3


def metric_called(name):
    def metric(y_true, y_pred):
        return 0.5

    metric.__name__ = name
    return metric


def text(place):
    return TEXTS[place % len(TEXTS)]


def network(place, own_loss=True):
    """A compiled network in which all that has a name has the next of the hostile ones."""
    layer = LAYERS[place % len(LAYERS)]
    layers = [gn.Input((2,), name=layer), L.Dense(3, "tanh", name=layer)]
    net = gn.Sequential([*layers, L.Dense(3, "softmax")], seed=1, name=text(place))
    loss = gn.losses.SparseCategoricalCrossentropy
    if own_loss and text(place).isprintable():
        loss = type(text(place), (loss,), {})
    net.compile("adam", loss(), [metric_called(text(place))] if own_loss else ["accuracy"])
    net.info.update(class_names=[text(place + n) for n in range(3)])
    net.info.update(feature_names=[text(place + 3), text(place)], target_name=text(place + 4))
    net.info["data"] = {"name": text(place), "rows": 18, "description": text(place + 1)}
    return net


def report(net, place):
    names = [text(place + n) for n in range(5)]
    data = gn.datasets.Dataset(
        X, LABELS, class_names=tuple(names[:3]), feature_names=(names[3], names[0]),
        target_name=names[4], name=names[0], description=names[1], notes=(names[2], names[3]),
    )  # fmt: skip
    history = net.fit(X, LABELS, epochs=2, verbose=0)
    pairs = (X, LABELS), (X, LABELS)
    return report_html(TrainedRun(data, net, history, *pairs, model_file=names[4]))


def explained(net, place):
    account = net.explain(X[:1], LABELS[:1])
    account.sample = text(place + 2)
    return account


def pages(place):
    """Return everything that is HTML or SVG of a network with these names."""
    net = network(place)
    account = explained(net, place)
    weight = next(name for name in account.names if name.startswith("W"))
    made = [report(net, place), account.html(), account.why(weight, (0, 0))._repr_html_()]
    made += [net._repr_html_(), net.diagram(X[:1]).svg]
    return [*made, net.diagnose(X, LABELS, verbose=0)._repr_html_()]


@pytest.fixture(scope="module")
def made_pages():
    return [pages(place) for place in range(0, len(TEXTS), 5)]


@pytest.fixture(scope="module")
def plain_pages():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.hostile.test_shown.TEXTS", ["a", "b", "c", "d", "e"])
        patch.setattr("tests.hostile.test_shown.LAYERS", ["d"])
        return pages(0)


def test_pages_have_the_same_elements_whatever_names_are(made_pages, plain_pages):
    wanted = []
    for page in plain_pages:
        wanted.append({"text": {"transform"}})  # matplotlib turns some texts, and some not
        for tag, attributes in tags_of(page):
            wanted[-1].setdefault(tag, set()).update(attributes)
    for made in made_pages:
        for page, known in zip(made, wanted, strict=True):
            for tag, attributes in tags_of(page):
                assert tag in known and known[tag].issuperset(attributes), (tag, attributes)
            assert not hidden_in(page)
            page.encode()  # no halves of characters


def test_a_browser_runs_nothing_of_theirs(made_pages, tmp_path):
    browser = "/usr/bin/chromium"
    if not os.path.exists(browser):
        if os.environ.get("GLASSNET_REQUIRE_DATA") == "1":
            pytest.fail("chromium is not installed: apt-get install chromium")
        pytest.skip("chromium is not installed, so no page is opened")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --dump-dom"
    flags += " --disable-background-networking --disable-component-update --disable-sync"
    flags += f" --user-data-dir={tmp_path / 'profile'} --virtual-time-budget=3000"
    # Every element gets a mouse event; at last the trap is sprung, to see that the test notices it.
    script = (
        "document.querySelectorAll('*').forEach(one => one.dispatchEvent(new Event('mouseover')));"
        f"let found = document.title; {BOOM}; document.title += found"
    )
    body = "\n".join(f"<div>{page}</div>" for made in made_pages for page in made)
    page = f"<!DOCTYPE html><meta charset=utf-8><title>calm</title>{body}<script>{script}</script>"
    (tmp_path / "page.html").write_text(page, "utf-8")
    words = [browser, *flags.split(), (tmp_path / "page.html").as_uri()]
    found = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert "<title>pwnedcalm</title>" in found.stdout


@pytest.mark.parametrize("place", range(len(TEXTS)))
def test_texts_for_terminals_show_what_cannot_be_seen(place):
    net = network(place)
    account = explained(net, place)
    told = [net.summary_text(), repr(net), repr(net.diagram()), account.text(color=True)]
    told += [str(net.equations()), account.latex(), net.equations().latex()]
    assert not any(hidden_in(text, coloured=True) for text in told)
    # Our own colours come from us alone.
    assert "\x1b[31mred" not in account.text(color=True)
    commands = re.findall(r"\\[A-Za-z]+", account.latex() + net.equations().latex())
    assert not {r"\input", r"\write"} & set(commands)


def test_the_diagnosis_quotes_names():
    net = network(len(TEXTS) - 10)
    told = net.diagnose(X * 1e9, LABELS, verbose=0)
    assert not hidden_in(told.text(colour=True), coloured=True)
    found = type(told[0])("note", *["\x1b[2J\u202e"] * 4)
    assert not hidden_in(found.text(colour=True), coloured=True)
    told.findings.append(found)
    assert not hidden_in(told.to_json()) and json.loads(told.to_json())["findings"]


@pytest.mark.parametrize("place", range(0, len(TEXTS), 2))
def test_pictures_show_names_as_they_are(place):
    name = text(place)
    drawn = [
        plots.curves({name: [1.0, 0.5], f"val_{name}": [1.0, 0.7]}, name),
        plots.learning_curves({name: [1.0, 0.5]}, name),
        plots.runs({name: [1, 2], f"{name}$": [2, 3]}, legend=name, xlabel=name, ylabel=name),
        plots.confusion([[1, 2], [3, 4]], [name, text(place + 1)]),
        plots.boundary(lambda x: x[:, 0] > 0, X, LABELS % 2, class_names=[name, text(place + 1)]),
        plots.weight_bars([1, 2], [name, text(place + 1)]),
    ]
    if name in LAYERS:
        drawn.append(plots.network(network(place)))
    for ax in drawn:
        ax = ax if not isinstance(ax, Figure) else ax.axes[0]
        for one in ax.findobj(lambda item: hasattr(item, "get_parse_math")):
            assert not hidden_in(one.get_text())
            is_number = "mathdefault" in one.get_text()  # on a logarithmic axis
            assert is_number or not re.search(r"(?<!\\)\$", one.get_text())
    labels = [one.get_text() for one in drawn[0].get_legend().get_texts()]
    assert len(labels) == 2


def test_a_picture_with_dollars_and_underscores_is_drawn():
    ax = plots.runs({"_$a_{": [1, 2], "$\\frac{": [2, 3]}, legend="$$^", xlabel="$x^$")
    ax.figure.savefig(io.BytesIO(), format="svg")
    assert len(ax.get_legend().get_texts()) == 2


def test_quoted_texts_hold_nothing_of_the_language():
    for name in TEXTS:
        assert not tags_of(html_text(name)) and not tags_of(f'<p title="{html_text(name)}">')[1:]
        assert not re.search(r"(?<!\\)[$&#%_]", latex_text(name))
        assert not re.search(r"(?<!\\)\$", mathtext(name)) and not hidden_in(visible(name))
        cell = csv_text(name)
        assert cell[:1] not in tuple("=+-@\t\r") and not hidden_in(cell)
    assert [csv_text(one) for one in ("-1", "+2.5", "-1e-5", "a=1")] == [
        "-1",
        "+2.5",
        "-1e-5",
        "a=1",
    ]


def test_tables_hold_no_formulas(tmp_path):
    net = network(TEXTS.index("=cmd|'C'!A0"))
    path = tmp_path / "log.csv"
    for again in range(2):
        logger = gn.callbacks.CSVLogger(path, append=True)
        net.fit(X, LABELS, epochs=2, verbose=0, callbacks=[logger])
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert rows[0] == ["epoch", "loss", "'=cmd|'C'!A0"] and len(rows) == 3 + 2 * again
        assert all(row[2] == "0.5" for row in rows[1:])


def test_progress_shows_brackets(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "xterm")
    net = network(0)
    net.compile("adam", net.network.loss, [metric_called("[red]x[/nothing]\x07")])
    net.fit(X, LABELS, epochs=1, verbose=0, callbacks=[ProgressBar()])
    assert "[red]x[/nothing]\\x07 0.5" in stream.getvalue()


@pytest.mark.parametrize("place", range(1, len(TEXTS), 5))
def test_the_command_shows_names(place, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    table = "\n".join(["a,b,t", *(f"{a},{b},{k}" for (a, b), k in zip(X, "pqr" * 6, strict=True))])
    (tmp_path / "t.csv").write_text(table)
    net = network(place, own_loss=False)
    net.info.update(feature_names=["a", "b"], target_name="t", task="classification")
    net.save("m.safetensors")
    net.info.update(class_names=["p", "q", "r"])
    net.save("known.safetensors")
    for words in ("show m.safetensors", "predict m.safetensors t.csv",
                  "explain m.safetensors t.csv", "evaluate known.safetensors t.csv",
                  "predict m.safetensors t.csv -o out.csv", "source m.safetensors",
                  "explain m.safetensors t.csv --html out.html"):  # fmt: skip
        with pytest.raises(SystemExit):
            main(words.split())
        captured = capfd.readouterr()
        assert not hidden_in(captured.out + captured.err), words
    with open("out.csv", newline="", encoding="utf-8") as file:
        cells = [row[0] for row in csv.reader(file)]
    assert set(cells[1:]) <= {csv_text(text(place + n)) for n in range(3)}
