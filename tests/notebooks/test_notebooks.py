"""The notebooks run from top to bottom, and their pages show what they show."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from tests.shared_data import shared_file

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
# Those that train for more than a few seconds.
LONG = {"6-digits", "7-handwriting"}
NEEDS = {"7-handwriting": "mnist/train-images-idx3-ubyte.gz"}


@pytest.fixture(scope="module")
def pages():
    """The script that writes the pages."""
    place = importlib.util.spec_from_file_location("notebooks", ROOT / "scripts" / "notebooks.py")
    module = importlib.util.module_from_spec(place)
    sys.modules["notebooks"] = module  # its dataclass looks itself up
    place.loader.exec_module(module)
    yield module
    del sys.modules["notebooks"]


def source_of(name: str) -> str:
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def page_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def words_of(output: str) -> list[str]:
    """The words of an output; numbers may differ from machine to machine."""
    return re.findall(r"[^\W\d_]{3,}", output)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_the_words_and_the_code_of_its_notebook(pages, name):
    outputs = pages.outputs_of(page_of(name))
    cells = pages.cells_of(source_of(name))
    assert page_of(name) == pages.page_of(name, cells, outputs), (
        f"run python scripts/notebooks.py {name}"
    )
    assert sum(map(bool, outputs)) >= 3


def test_every_picture_is_shown_and_small():
    shown = {link for name in NAMES for link in re.findall(r"\]\((images/.*?)\)", page_of(name))}
    there = {f"images/{path.name}": path.stat().st_size for path in (FOLDER / "images").iterdir()}
    assert shown == set(there)
    assert max(there.values()) < 60_000 and sum(there.values()) < 500_000


def test_accounts_open_and_close_where_notebooks_are_read():
    for name in NAMES:
        calls = re.findall(r"print\(.*explain\(|print\(account\)$", source_of(name), re.MULTILINE)
        assert not calls, f"{name}: end the cell with the account, it is shown with its steps"
    page = page_of("5-backpropagation")
    assert page.count("<details><summary>") == page.count("</details>") >= 15
    assert "![The network](images/5-backpropagation-9.svg)" in page


@pytest.mark.parametrize("name", NAMES)
def test_jupytext_reads_the_same_cells(pages, name):
    jupytext = pytest.importorskip("jupytext")
    cells = jupytext.reads(source_of(name), fmt="py:percent").cells
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")
    mine = [(cell.is_code, cell.source) for cell in pages.cells_of(source_of(name))]
    assert mine == [(cell.cell_type == "code", cell.source.strip("\n")) for cell in cells]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in NAMES],
)
def test_a_notebook_runs(pages, name, tmp_path, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    if name in NEEDS:
        data = shared_file(NEEDS[name])
        monkeypatch.setenv("GLASSNET_DATA", str(data.parents[1]))
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "__main__"}
    sources = [cell.source for cell in pages.cells_of(source_of(name)) if cell.is_code]
    outputs = pages.outputs_of(page_of(name))
    for place, (source, output) in enumerate(zip(sources, outputs, strict=True), 1):
        printed, value = pages.run_cell(source, names)
        html = getattr(value, "_repr_html_", None)
        assert value is None or (html is not None and html()) or repr(value)
        text, _files = pages.shown_as(printed, value, f"images/{name}-{place}")
        assert words_of(text) == words_of(output), f"run python scripts/notebooks.py {name}"
    pyplot.close("all")
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
