"""Running the command as a person does."""

import dataclasses
import json

import pytest

from glassnet.cli import main
from glassnet.html import element
from glassnet.report import results, training


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The one error message; nothing else may stand on standard error."""
        assert self.err.startswith("error: "), self.err
        assert "Traceback" not in self.err
        return self.err.removeprefix("error: ").rstrip("\n")


@pytest.fixture
def charts():
    """Draws the charts of reports: for tests that look at them."""


@pytest.fixture(autouse=True)
def reports_without_charts(request, monkeypatch):
    """Leaves the charts of reports empty, which take most of a small training's time.

    `tests/report` draws them; a test here that wants them uses the fixture ``charts``.
    """
    if "charts" not in request.fixturenames:
        for module in (results, training):
            monkeypatch.setattr(module, "chart", _no_chart)


def _no_chart(ax, title, caption=None):
    return element("figure", title, element("figcaption", caption) if caption else None)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(folder, capfd):
    """Calls the command with some arguments and returns the result."""

    def call(*arguments):
        code = 0
        try:
            main([str(one) for one in arguments])
        except SystemExit as end:
            code = end.code or 0
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def flowers(folder):
    """A table of flowers with a text target; its classes hold what HTML must escape."""
    import glassnet as gn

    data = gn.datasets.info("iris")
    names = ["setosa", "<b>versi & color</b>", "virginica"]
    lines = ["sepal length,sepal width,petal length,petal width,kind"]
    for x, y in zip(data.x, data.y, strict=True):
        lines.append(",".join([*(f"{value:g}" for value in x), names[y]]))
    path = folder / "flowers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
