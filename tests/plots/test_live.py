"""Learning curves while a network trains: in a notebook in their place, elsewhere as text."""

import sys
import types

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError
from glassnet.plots.live import small_curve

X, Y = np.eye(4), np.array([[0.0], [1.0], [1.0], [0.0]])


def train(live, epochs=6):
    net = gn.Sequential([gn.layers.Dense(1, "sigmoid")], seed=0)
    net.compile("sgd", "binary_crossentropy", ["accuracy"])
    net.fit(X, Y, epochs=epochs, validation_data=(X, Y), callbacks=[live], verbose=0)
    return net


class Handle:
    def __init__(self, shown):
        self.shown = shown

    def update(self, figure):
        self.shown.append(("update", figure))


def notebook(monkeypatch, kernel):
    """Put a stand-in of IPython in its place; return what it is given to show."""
    shown = []

    def display(figure, display_id):
        assert display_id is True
        shown.append(("display", figure))
        return Handle(shown)

    ipython = types.ModuleType("IPython")
    ipython.version_info = (9, 0)  # matplotlib asks
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=kernel)
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    return shown


def test_in_a_notebook_one_picture_is_drawn_anew(monkeypatch, capsys):
    shown = notebook(monkeypatch, kernel=object())
    live = gn.callbacks.LiveCurves(seconds=0)
    train(live)
    kinds = [kind for kind, _ in shown]
    assert kinds[0] == "display" and set(kinds[1:]) == {"update"} and len(kinds) > 2
    assert [ax.get_ylabel() for ax in shown[-1][1].axes] == ["loss", "accuracy"]
    assert len(shown[-1][1].axes[0].lines[0].get_xdata()) == 6
    assert shown[-1][1]._repr_png_().startswith(b"\x89PNG")
    assert live.figure is shown[-1][1]
    assert capsys.readouterr().err == ""


def test_ipython_without_a_notebook_is_a_terminal(monkeypatch, capsys):
    shown = notebook(monkeypatch, kernel=None)
    train(gn.callbacks.LiveCurves(seconds=0))
    assert not shown and "epoch 6/6" in capsys.readouterr().err


def test_without_a_terminal_lines_are_written(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    live = gn.callbacks.LiveCurves(["loss"], seconds=0)
    train(live)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 2 and "\r" not in lines[0]
    assert lines[-1].startswith("epoch 6/6  █") and "val_accuracy" in lines[-1]
    assert live.figure.axes[0].get_ylabel() == "loss"


def test_in_a_terminal_it_is_one_line(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train(gn.callbacks.LiveCurves(seconds=0))
    text = capsys.readouterr().err
    assert text.count("\n") == 1 and text.endswith("\n")
    assert text.count("\r\x1b[K") > 2


def test_it_is_quick_to_be_silent_between_and_lets_epochs_run_together(capsys):
    live = gn.callbacks.LiveCurves(["loss"])
    assert not live.overrides("on_epoch_end", "on_epoch_begin", "on_train_batch_end")
    train(live)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_drawing_takes_a_tenth_of_the_time_at_most(monkeypatch):
    live, shown = gn.callbacks.LiveCurves(seconds=0.001), []
    clock = [0.0]

    def show(is_last=False):
        shown.append(clock[0])
        clock[0] += 1.0  # a picture that takes a second

    monkeypatch.setattr("glassnet.plots.live.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(live, "_show", show)
    live.on_train_begin()
    for _ in range(300):
        clock[0] += 0.125
        live.on_settled()
    assert shown == [0.125, 10.125, 20.125, 30.125, 40.125]


def test_it_can_be_used_again_and_changes_nothing():
    live, alone = gn.callbacks.LiveCurves(), gn.callbacks.LambdaCallback()
    for _ in range(2):
        a, b = train(live).get_weights(), train(alone).get_weights()
        assert all(np.array_equal(u, v) for u, v in zip(a, b, strict=True))


def test_wrong_arguments_are_told():
    with pytest.raises(ArgumentError, match="no 'accurracy'; did you mean 'accuracy'"):
        train(gn.callbacks.LiveCurves(["accurracy"]))
    with pytest.raises(ArgumentError, match=r"give a list, such as \['loss'\]"):
        gn.callbacks.LiveCurves("loss")
    with pytest.raises(ArgumentError, match="seconds='x' must be a number"):
        gn.callbacks.LiveCurves(seconds="x")


def test_small_curves():
    assert small_curve([1.0, 1.0]) == "▁▁"
    assert small_curve([0.0, float("nan"), 1.0]) == "▁?█"
    assert small_curve([float("nan")]) == "?"
    assert len(small_curve(np.arange(1000.0))) == 32


def test_it_is_found_without_loading_matplotlib_for_the_others():
    import subprocess

    program = (
        "import sys, glassnet as gn\ngn.callbacks.EarlyStopping\n"
        "assert 'matplotlib' not in sys.modules\n"
        "assert 'LiveCurves' in dir(gn.callbacks)\ngn.callbacks.LiveCurves()\n"
        "assert 'IPython' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        gn.callbacks.Nothing  # noqa: B018
