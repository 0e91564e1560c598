"""What `callbacks.Snapshots` kept, epoch by epoch: values as histograms, predictions as paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from glassnet.data.arrays import check_array
from glassnet.errors import ArgumentError, ShapeError, shown, suggestion
from glassnet.numbers import number
from glassnet.plots.inputs import check_count, check_name, check_rows
from glassnet.plots.panels import panels
from glassnet.plots.style import BLUE, CYCLE, GRID, INK, ORANGE, prepared
from glassnet.quoting import mathtext
from glassnet.training.callbacks import Snapshots
from glassnet.translation import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["histograms", "prediction_paths"]

BINS = 60  # at most; few numbers get fewer
MOST_COLUMNS = 150  # snapshots of a longer record are thinned
MOST_PANELS = 12
DASHES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (3, 1, 1, 1)))


def histograms(
    snapshots: Snapshots,
    kind: str = "activations",
    names: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Figure:
    """Draw how activations, gradients or weights were spread, epoch by epoch.

    Dark is where many values lie. The line is the median; nine values in ten lie between the dashed
    lines. Gradients have one scale in all panels, so that those that vanish are seen.

    Parameters
    ----------
    snapshots : callbacks.Snapshots
        After ``fit(..., callbacks=[snapshots])``.
    kind : {"activations", "gradients", "weights"}
    names : sequence of str, optional
        Layers, or weights such as ``"W1"``; by default all, at most 12, biases last.
    ax : Axes, optional
        Its place is divided among the panels.

    Returns
    -------
    Figure

    Raises
    ------
    ArgumentError
        If nothing of the kind was kept, or a name is not known.

    Examples
    --------
    >>> import glassnet as gn
    >>> x, y = np.eye(4), np.array([[0.0], [1.0], [1.0], [0.0]])
    >>> net = gn.Sequential([gn.layers.Dense(3, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=0)
    >>> watcher = gn.callbacks.Snapshots(x, y)
    >>> history = net.fit(x, y, epochs=20, callbacks=[watcher], verbose=0)
    >>> [ax.get_title() for ax in histograms(watcher, "gradients").axes]
    ['dW1', 'dW2', 'db1', 'db2']
    """
    kept = _checked(snapshots, "histograms").of(check_name(kind, "kind"))
    if names is None:
        names = sorted(kept, key=lambda name: name[:1] == "b")[:MOST_PANELS]
    else:
        names = _known(names, kept, kind)
    columns = min(3, len(names))
    figure, axes = panels(columns, math.ceil(len(names) / columns), (3.4, 2.5), ax)
    for one, name in zip(axes, names, strict=False):
        _spread(one, snapshots.epochs, kept[name])
        if kind == "gradients":
            _tell_size(one, kept[name])
        one.set_title(mathtext(f"d{name}" if kind == "gradients" else name), fontsize=10, color=INK)
    for one in axes[len(names) :]:
        one.remove()
    if kind == "gradients":
        _share_scale(axes[: len(names)])
    return figure


def _share_scale(axes: Sequence[Axes]) -> None:
    """Give panels one scale: beside a large gradient, one that vanishes is seen to be flat."""
    ends = [ax.get_ylim() for ax in axes]
    for ax in axes:
        ax.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))


def _tell_size(ax: Axes, arrays: Sequence[np.ndarray]) -> None:
    """Write into a panel how large its numbers are, for the scale is that of all panels."""
    sizes = np.abs(np.concatenate([np.ravel(one).astype(float) for one in arrays]))
    sizes = sizes[np.isfinite(sizes)]
    if len(sizes):
        text = _("nine in ten below {size}").format(size=number(float(np.quantile(sizes, 0.9)), 2))
        ax.text(0.98, 0.03, text, transform=ax.transAxes, ha="right", fontsize=9, color=INK,
                bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1.5})  # fmt: skip


def _checked(snapshots: Any, what: str) -> Snapshots:
    if not isinstance(snapshots, Snapshots):
        raise ArgumentError(
            f"{what}({shown(snapshots)}): give a gn.callbacks.Snapshots that was with fit"
        )
    return snapshots


def _known(names: Any, kept: dict[str, Any], kind: str) -> list[str]:
    """Return names of what was kept."""
    rows = check_rows(names, "names", f"names of {kind}")
    found = [check_name(one, f"names[{place}]") for place, one in enumerate(rows)]
    if not found:
        raise ArgumentError("names is empty; give at least one, or None for all")
    for name in found:
        if name not in kept:
            raise ArgumentError(f"the snapshots hold no {kind} of {name!r}{suggestion(name, kept)}")
    return found


def _spread(ax: Axes, epochs: Sequence[int], arrays: Sequence[np.ndarray]) -> None:
    chosen = np.unique(np.linspace(0, len(epochs) - 1, MOST_COLUMNS).astype(int))
    at = np.array([epochs[place] for place in chosen], float)
    rows = [np.ravel(arrays[place]).astype(float) for place in chosen]
    rows = [row[np.isfinite(row)] for row in rows]
    rows = [row if len(row) else np.zeros(1) for row in rows]
    everything = np.concatenate(rows)
    low, high = np.quantile(everything, [0.005, 0.995])
    room = 0.08 * (high - low) or max(abs(high), 1.0) * 0.1
    bins = int(np.clip(3 * np.sqrt(max(map(len, rows))), 12, BINS))
    edges = np.linspace(low - room, high + room, bins + 1)
    counts = np.array([np.histogram(row, edges)[0] / len(row) for row in rows])
    middles = (at[1:] + at[:-1]) / 2
    first, last = (at[0] - 0.5, at[-1] + 0.5)
    times = np.concatenate([[first], middles, [last]])
    # A spike, as the zeros of a ReLU, is not to hide all else: it is as dark as what is common.
    shades = np.sqrt(counts.T)
    darkest = float(np.quantile(shades[shades > 0], 0.95)) if shades.any() else 1.0
    ax.pcolormesh(times, edges, shades, cmap="Greys", vmin=0, vmax=darkest, rasterized=True)
    low_5, median, high_5 = np.array([np.quantile(row, [0.05, 0.5, 0.95]) for row in rows]).T
    ax.plot(at, median, color=BLUE, lw=1.8)
    for line in (low_5, high_5):
        ax.plot(at, line, color=ORANGE, lw=1.2, ls=(0, (4, 2)))
    ax.set(xlabel="epoch", xlim=(first, last), ylim=(edges[0], edges[-1]))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def prediction_paths(
    snapshots: Snapshots,
    y: Any = None,
    *,
    output: int | None = None,
    most: int = 40,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the prediction for each sample moved over the epochs: a line a sample.

    Of one output its value is drawn; of several, the one of the sample's own class.

    Parameters
    ----------
    snapshots : callbacks.Snapshots
        After ``fit(..., callbacks=[snapshots])``.
    y : array, optional
        Classes or targets of its samples, by which lines are told apart; by default its own.
    output : int, optional
        Draw this output for all samples.
    most : int, default 40
        Samples to draw.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ArgumentError
        If nothing was kept, or there is no such output.
    ShapeError
        If there are not as many targets as samples.

    Examples
    --------
    >>> import glassnet as gn
    >>> x, y = np.eye(4), np.array([[0.0], [1.0], [1.0], [0.0]])
    >>> net = gn.Sequential([gn.layers.Dense(3, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=0)
    >>> watcher = gn.callbacks.Snapshots(x, y)
    >>> history = net.fit(x, y, epochs=20, callbacks=[watcher], verbose=0)
    >>> ax = prediction_paths(watcher)
    >>> len(ax.lines), ax.get_ylabel()
    (4, 'prediction')
    """
    _checked(snapshots, "prediction_paths").of("weights")
    if isinstance(snapshots.predictions[0], list):
        raise ArgumentError(
            "prediction_paths draws a network with one output, but these snapshots are of one with "
            f"{len(snapshots.predictions[0])}; watch gn.Model(inputs, one_output) instead"
        )
    predictions = np.stack(snapshots.predictions).astype(float)
    predictions = predictions.reshape(*predictions.shape[:2], -1)
    samples, outputs = predictions.shape[1:]
    kinds = _kinds(snapshots.y if y is None else y, samples)
    most = check_count(most, "most", 1)
    if output is not None and not 0 <= check_count(output, "output") < outputs:
        raise ArgumentError(f"output={output}, but the network has the outputs 0 to {outputs - 1}")
    label = "prediction" if outputs == 1 else f"output {output}"
    if output is not None or outputs == 1:
        values = predictions[:, :, output or 0]
    else:
        own = predictions[-1].argmax(axis=1) if kinds is None else kinds.astype(int)
        if own.max() >= outputs or own.min() < 0:
            raise ShapeError(f"y has the class {own.max()}, but the network has {outputs} outputs")
        values = predictions[:, np.arange(samples), own]
        label = "output for the last answer" if kinds is None else "output for the own class"
    ax = prepared(ax, (6.0, 3.6))
    _paths(ax, snapshots.epochs, values[:, :most], None if kinds is None else kinds[:most])
    ax.set(xlabel="epoch", ylabel=label)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", color=GRID, lw=0.8)
    return ax


def _kinds(y: Any, samples: int) -> np.ndarray | None:
    """Return one number a sample by which lines are told apart."""
    if y is None:
        return None
    array = check_array(y, "y", "float64")
    if array.ndim > 1 and array.shape[-1] > 1:
        array = array.argmax(axis=-1)
    array = array.reshape(-1)
    if len(array) != samples:
        raise ShapeError(f"the snapshots hold {samples} samples, but y has {len(array)}")
    return array


def _paths(ax: Axes, epochs: Sequence[int], values: np.ndarray, kinds: np.ndarray | None) -> None:
    known = [] if kinds is None else np.unique(kinds).tolist()
    has_legend = 1 < len(known) <= len(CYCLE)
    colours = (BLUE, ORANGE) if len(known) == 2 else CYCLE
    seen = set()
    for sample, path in enumerate(values.T):
        place = known.index(kinds[sample]) if kinds is not None and has_legend else 0
        label = f"target {known[place]:g}" if has_legend and place not in seen else None
        seen.add(place)
        ax.plot(epochs, path, color=colours[place], ls=DASHES[place], lw=1.3, alpha=0.75,
                label=label, marker="o" if len(epochs) == 1 else None)  # fmt: skip
    if has_legend:
        ax.legend(frameon=False, fontsize=9, labelcolor=INK, loc="center left",
                  bbox_to_anchor=(1.0, 0.5))  # fmt: skip
