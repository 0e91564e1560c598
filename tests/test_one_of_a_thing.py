"""One of a thing is not called several: what people read of a network of one input and one unit."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.training.summary import count_text
from glassnet.translation import plural

THINGS = (
    "rows|inputs|outputs|units|layers|epochs|parameters|features|classes|samples|steps|numbers|"
    "weights|values|columns"
)
WRONG = re.compile(rf"(?<![\w.,/:-])1 (?:{THINGS})\b")


@pytest.fixture(scope="module")
def net():
    net = gn.Sequential([gn.Input((1,)), gn.layers.Dense(1, use_bias=False)], seed=0)
    net.compile("sgd", "mse")
    net.fit([[1.0], [2.0]], [[1.0], [2.0]], epochs=1, verbose=0)
    return net


@pytest.mark.parametrize(
    "said",
    [
        lambda net: repr(net),
        lambda net: repr(gn.Sequential([gn.layers.Dense(1)])),
        lambda net: repr(net.history),
        lambda net: count_text(net.network.topology),
        lambda net: net.diagram().svg,
        lambda net: repr(net.diagram()),
        lambda net: net.explain([1.0], [1.0]).text(),
        lambda net: net.explain([1.0], [1.0]).html(),
        lambda net: repr(net.explain([1.0])),
        lambda net: str(net.equations()),
        lambda net: net.source([[1.0]], [[1.0]]),
        lambda net: str(net.diagnose([[1.0], [2.0]], [[1.0], [2.0]])),
        lambda net: repr(
            gn.datasets.Dataset(np.ones((1, 1)), np.zeros(1, int), class_names=("a",))
        ),
    ],
)
def test_one_is_not_called_several(net, said):
    found = WRONG.search(said(net))
    assert not found, found


def test_the_command_counts(net, tmp_path, capsys, monkeypatch):
    from glassnet.cli import main

    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{n},{2 * n}.5" for n in range(40))
    (tmp_path / "line.csv").write_text(f"a,b\n{rows}\n")
    monkeypatch.setenv("NO_COLOR", "1")
    for words in (
        "train line.csv --target b --layers 1 --epochs 1",
        "evaluate line.safetensors line.csv",
        "show line.safetensors",
    ):
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        assert not ended.value.code
        text = " ".join(capsys.readouterr().out.split())
        assert not WRONG.search(text), WRONG.search(text)
    assert not WRONG.search((tmp_path / "line-report.html").read_text(encoding="utf-8"))


def test_the_helper():
    assert plural("{n} output", "{n} outputs", 1) == "1 output"
    assert plural("{n} output", "{n} outputs", 0) == "0 outputs"
