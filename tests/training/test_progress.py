"""The progress of a run: a bar in a terminal, else lines, else nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading

import pytest

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
