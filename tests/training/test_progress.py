"""The progress of a run: a bar in a terminal, else lines, else nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import types

import numpy as np
import pytest

import glassnet as gn
from glassnet.callbacks import PlainProgress, ProgressBar
from glassnet.errors import ArgumentError
from glassnet.training.callbacks import progress_for

SCRIPT = """
import numpy as np, glassnet as gn
net = gn.Sequential([gn.Input((4,)), gn.layers.Dense(1)], seed=0)
net.compile("sgd", "mse")
x = np.ones((40, 4)); y = np.zeros((40, 1))
net.fit(x, y, epochs=3, validation_split=0.2, {extra})
"""


def in_a_terminal(script):
    """What a script writes to a terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    settings = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=theirs, stderr=theirs, stdin=theirs, env=settings
    )
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux: the other side is closed
            break
        if not part:
            break
        text += part
    os.close(ours)
    assert process.wait() == 0, text.decode()
    return text.decode()


def test_a_bar_in_a_terminal():
    text = in_a_terminal(SCRIPT.format(extra=""))
    assert "epoch 3/3" in text and "100 %" in text
    assert "val_loss" in text and "━" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")  # the cursor is back


def test_the_bar_is_put_away_after_an_error():
    extra = "callbacks=[gn.callbacks.LambdaCallback(on_epoch_end=lambda e, l: 1 / 0)]"
    script = "try:\n  exec('''" + SCRIPT.format(extra=extra) + "''')\nexcept ZeroDivisionError:"
    text = in_a_terminal(script + "\n  print('over')")
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") > 0
    assert text.rstrip().endswith("over")


def test_nothing_in_a_terminal_either():
    assert in_a_terminal(SCRIPT.format(extra="verbose=0")) == ""


def test_a_line_at_the_end_when_it_is_no_terminal(make, xy, capsys):
    make().fit(*xy, epochs=3)
    out, err = capsys.readouterr()
    assert out == ""
    chosen = r"NumPy backend: under a second of work, not worth compiling\n"
    assert re.fullmatch(chosen + r"epoch 3/3  loss [\d.]+  accuracy [\d.]+\n", err)


def test_a_line_now_and_then(make, xy, capsys):
    make().fit(*xy, epochs=2000, callbacks=[PlainProgress(seconds=0.05)], verbose=0)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) < 500
    assert lines[-1].startswith("epoch 2000/2000  loss")


def test_a_line_an_epoch(make, xy, capsys):
    make().fit(*xy, epochs=3, validation_split=0.2, verbose=2)
    chosen, *lines = capsys.readouterr().err.splitlines()
    assert chosen.startswith("NumPy backend")
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert all("val_accuracy" in line for line in lines)


@pytest.mark.parametrize("verbose", [0, False, None])
def test_nothing(make, xy, capsys, verbose):
    make().fit(*xy, epochs=2, verbose=verbose)
    assert capsys.readouterr() == ("", "")


def test_nothing_where_there_is_no_standard_error(make, xy, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    make().fit(*xy, epochs=1)


def test_what_verbose_can_be(monkeypatch):
    assert isinstance(progress_for(2), PlainProgress) and progress_for(2).every_epoch
    assert isinstance(progress_for("auto"), PlainProgress)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert isinstance(progress_for("auto"), ProgressBar)
    assert isinstance(progress_for(True), ProgressBar)


@pytest.mark.parametrize("verbose", ["yes", 3, -1, 0.5, [1], "1"])
def test_what_verbose_cannot_be(make, xy, verbose):
    with pytest.raises(ArgumentError, match=r"verbose=.* must be 'auto', 0 .* 1 .* or 2"):
        make().fit(*xy, verbose=verbose)
    with pytest.raises(ArgumentError, match="verbose="):
        make().predict(xy[0], verbose=verbose)


def test_a_bar_in_another_thread(make, xy):
    thread = threading.Thread(
        target=lambda: make().fit(*xy, epochs=2, callbacks=[ProgressBar()], verbose=0)
    )
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


# --- within an epoch


class Slowly(PlainProgress):
    """A line after every stretch, and stretches that end within epochs."""

    def __init__(self):
        super().__init__(seconds=0.0)

    def overrides(self, *names):
        return "on_train_batch_end" in names


def lines_of(capsys, model, x, y, **settings):
    model.fit(x, y, callbacks=[Slowly()], verbose=0, shuffle=False, **settings)
    found = []
    for line in capsys.readouterr().err.splitlines():
        if match := re.fullmatch(
            r"epoch (\d+)/\d+(, (\d+) % of it so far)?  loss ([-\d.e+]+).*", line
        ):
            found.append((int(match[1]), int(match[3]) if match[2] else 100, float(match[4])))
    return found


def line_of(reduction, penalty=0.0):
    net = gn.Sequential(
        [gn.Input((2,)), gn.layers.Dense(1, kernel_regularizer=penalty or None)], seed=0
    )
    net.compile(gn.optimizers.SGD(1e-9), gn.losses.MeanSquaredError(reduction=reduction))
    return net


@pytest.mark.parametrize("penalty", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("rows", [40, 37])
def test_a_part_of_an_epoch_says_so_and_is_of_the_size_of_the_whole(
    capsys, reduction, penalty, rows
):
    x, y = np.ones((rows, 2)), np.full((rows, 1), 3.0)
    regularizer = gn.layers.regularizers.L2(penalty) if penalty else None
    lines = lines_of(capsys, line_of(reduction, regularizer), x, y, epochs=3, batch_size=4)
    assert len(lines) == 3 * -(-rows // 4)
    assert len({(epoch, part) for epoch, part, _ in lines}) == len(lines)
    assert [epoch for epoch, part, _ in lines if part == 100] == [1, 2, 3]
    losses = np.array([loss for _, _, loss in lines])
    assert losses.max() <= 1.001 * losses.min()  # the rows are equal: so is every part of them


def test_a_finished_epoch_is_told_once(make, xy, capsys):
    make().fit(*xy, epochs=4, batch_size=8, callbacks=[Slowly()], verbose=0)
    lines = [line for line in capsys.readouterr().err.splitlines() if "so far" not in line]
    assert [line.split("  ")[0] for line in lines if line.startswith("epoch")] == [
        f"epoch {n}/4" for n in range(1, 5)
    ]


def test_a_second_call_tells_its_own_epochs(make, xy, capsys):
    net = make()
    net.fit(*xy, epochs=2, verbose=1)
    net.fit(*xy, epochs=4, initial_epoch=2, verbose=1)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("epoch")]
    assert [line.split("  ")[0] for line in lines] == ["epoch 2/2", "epoch 4/4"]


# --- in a notebook


@pytest.fixture
def notebook(monkeypatch):
    shell = types.SimpleNamespace(kernel=object())
    module = types.SimpleNamespace(get_ipython=lambda: shell, version_info=(9, 0))
    monkeypatch.setitem(sys.modules, "IPython", module)


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_progress_is_the_output_of_a_notebook(make, xy, capsys, notebook, verbose):
    make().fit(*xy, epochs=3, verbose=verbose)
    out, err = capsys.readouterr()
    assert "epoch 3/3  loss" in out and "backend" in out
    assert err == ""


def test_what_callbacks_say_is_the_output_of_a_notebook(make, xy, capsys, notebook):
    stopping = gn.callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=10.0)
    stopping.verbose = 1
    make().fit(*xy, epochs=5, verbose=0, callbacks=[stopping])
    assert capsys.readouterr().err == ""


def test_a_notebook_whose_output_is_gone(make, xy, monkeypatch, notebook):
    monkeypatch.setattr(sys, "stdout", None)
    make().fit(*xy, epochs=1)
