"""LiveCurves: the learning curves while a network trains."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.plots.learning import learning_curves
from glassnet.plots.panels import panels
from glassnet.streams import in_notebook, written_for
from glassnet.training.callbacks.base import Callback, Logs, check_number
from glassnet.training.callbacks.progress import numbers_text

__all__ = ["LiveCurves"]

BARS = "▁▂▃▄▅▆▇█"
MOST_PANELS = 3
WIDTH = 32  # of the curve in a terminal


class LiveCurves(Callback):
    """Show the learning curves while ``fit`` runs.

    In a notebook a picture is drawn anew in its place. Elsewhere a line is written to standard
    error, with the curve of the loss in small bars: in a terminal the same line again and again,
    else a new one each time. It lets several epochs run in one go, and costs little.

    Parameters
    ----------
    names : sequence of str, optional
        Numbers to draw, such as ``["loss", "accuracy"]``; by default the first three.
    seconds : float, default 1
        Time between two pictures; longer where drawing would take more than a tenth of it. 0
        draws after every stretch of training.

    Attributes
    ----------
    figure : Figure or None
        The last picture.

    Raises
    ------
    ArgumentError
        If the run has no such number; the nearest is suggested.

    Examples
    --------
    >>> import glassnet as gn
    >>> x, y = np.eye(4), np.array([[0.0], [1.0], [1.0], [0.0]])
    >>> net = gn.Sequential([gn.layers.Dense(1, "sigmoid")], seed=0)
    >>> live = gn.callbacks.LiveCurves(["loss"])
    >>> history = net.fit(x, y, epochs=20, callbacks=[live], verbose=0)
    >>> live.figure.axes[0].get_ylabel()
    'loss'
    """

    def __init__(self, names: Sequence[str] | None = None, seconds: float = 1.0) -> None:
        if names is not None and (
            isinstance(names, str) or not names or not all(isinstance(one, str) for one in names)
        ):
            raise ArgumentError(f"LiveCurves(names={shown(names)}): give a list, such as ['loss']")
        self.names = None if names is None else list(names)
        self.seconds = check_number(seconds, "LiveCurves: seconds")
        self.figure: Figure | None = None
        self._handle: Any = None
        self._last = self._cost = 0.0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.figure = self._handle = None
        self._last = time.monotonic()

    def on_settled(self) -> None:
        wait = max(self.seconds, 9 * self._cost) if self.seconds else 0.0
        started = time.monotonic()
        if started - self._last >= wait:
            self._show()
            self._last = time.monotonic()
            self._cost = self._last - started

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._show(is_last=True)

    def _show(self, is_last: bool = False) -> None:
        assert self.training is not None
        history = self.training.history
        if not history.epoch:
            return
        names = self._chosen(history.history)
        display = _notebook_display()
        if display is None:
            self._line(history, names[0], is_last)
        if display is not None or is_last:
            self.figure = _picture(history, names)
        if display is None:
            return
        if self._handle is None:
            self._handle = display(self.figure, display_id=True)
        else:
            self._handle.update(self.figure)

    def _chosen(self, curves: dict[str, list[float]]) -> list[str]:
        if self.names is None:
            return [name for name in curves if not name.startswith("val_")][:MOST_PANELS]
        for name in self.names:
            if name not in curves:
                raise ArgumentError(f"this run has no {name!r}{suggestion(name, curves)}")
        return self.names

    def _line(self, history: Any, name: str, is_last: bool) -> None:
        if sys.stderr is None:
            return
        assert self.training is not None
        text = numbers_text(self.training.history_logs())
        line = f"epoch {history.epoch[-1] + 1}/{self.training.epochs}  "
        line += f"{small_curve(history.history[name])}  {text}"
        is_terminal = sys.stderr.isatty()
        start, end = ("\r\x1b[K", "\n" if is_last else "") if is_terminal else ("", "\n")
        print(f"{start}{written_for(line, sys.stderr)}", end=end, file=sys.stderr, flush=True)


def _notebook_display() -> Any:
    """Return IPython's display in a notebook, None elsewhere."""
    if not in_notebook():
        return None
    from IPython.display import display

    return display


def _picture(history: Any, names: Sequence[str]) -> Figure:
    figure, axes = panels(len(names), 1, (4.8, 3.2))
    for ax, name in zip(axes, names, strict=True):
        learning_curves(history, name, ax=ax)
    return figure


def small_curve(values: Sequence[float]) -> str:
    """Return a curve as a row of small bars.

    Examples
    --------
    >>> small_curve([3.0, 2.0, 1.0])
    '█▅▁'
    """
    numbers = np.asarray(values, float)
    places = np.linspace(0, len(numbers) - 1, min(WIDTH, len(numbers))).astype(int)
    chosen = numbers[places]
    finite = chosen[np.isfinite(chosen)]
    if not len(finite):
        return "?" * len(chosen)
    span = float(finite.max() - finite.min()) or 1.0
    levels = (chosen - finite.min()) / span * (len(BARS) - 1)
    return "".join("?" if not np.isfinite(one) else BARS[round(float(one))] for one in levels)
