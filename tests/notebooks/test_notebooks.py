"""The notebooks run from top to bottom, and what a cell shows can be shown."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.shared_data import shared_file

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
# Those that train for more than a few seconds.
LONG = {"6-digits", "7-handwriting"}
NEEDS = {"7-handwriting": "mnist/train-images-idx3-ubyte.gz"}


def code_cells(name: str) -> list[str]:
    jupytext = pytest.importorskip("jupytext")
    notebook = jupytext.read(FOLDER / f"{name}.py")
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def run_cell(source: str, names: dict) -> object:
    """Run a cell as Jupyter does: the value of a last expression is what it shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in NAMES],
)
def test_a_notebook_runs(name, tmp_path, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    if name in NEEDS:
        data = shared_file(NEEDS[name])
        monkeypatch.setenv("GLASSNET_DATA", str(data.parents[1]))
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "__main__"}
    shown = 0
    for source in code_cells(name):
        value = run_cell(source, names)
        if value is not None:
            html = getattr(value, "_repr_html_", None)
            assert (html is not None and html()) or repr(value)
            shown += 1
    pyplot.close("all")
    assert shown, "a notebook shows something"
    CHECKS[name](names)


def digits(names):
    # The rungs of the ladder, as the text promises them.
    assert 0.82 < names["article"] < 0.92
    assert names["initial"] > 0.94
    assert names["best"] > 0.985


def nothing_more(names):
    pass


def neuron(names):
    assert names["learner"].predict(names["messages"]).round().tolist() == names["answers"].tolist()


def eleven_lines(names):
    for mine, article in zip(names["net"].get_weights(), names["start"], strict=True):
        assert mine.shape == article.shape


def backpropagation(names):
    weights = names["net"].get_weights()
    assert round(float(weights[0][0, 0]), 8) == 0.14978072
    assert round(float(weights[2][1, 1]), 8) == 0.56137012


def handwriting(names):
    assert names["card"].mean() > 0.95


def debugging(names):
    assert names["better"].predict(names["x_xor"]).round().ravel().tolist() == [0, 1, 1, 0]


CHECKS = dict.fromkeys(NAMES, nothing_more) | {
    "1-neuron": neuron,
    "4-eleven-lines": eleven_lines,
    "5-backpropagation": backpropagation,
    "6-digits": digits,
    "7-handwriting": handwriting,
    "8-debugging": debugging,
}
