"""The loss around the weights of a network, and the way training took through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet import backends
from glassnet.errors import ArgumentError, ShapeError, TrainingError, shown, suggestion
from glassnet.plots.inputs import check_count, check_number, check_rows
from glassnet.plots.models import network_of
from glassnet.plots.style import BLUE, INK, ORANGE, figure_of, prepared
from glassnet.quoting import mathtext
from glassnet.random import normal
from glassnet.training.callbacks import Snapshots
from glassnet.training.callbacks.snapshots import names_of_weights
from glassnet.training.evaluation import evaluate_rows
from glassnet.training.network import Network
from glassnet.training.programs import evaluation_program
from glassnet.training.samples import training_data

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["loss_landscape"]

LEVELS = 14

Weight = tuple[str, tuple[int, ...]]


@dataclass
class _Direction:
    """A way to go from the weights, with what it is called and how far is now and on the path."""

    name: str
    step: dict[str, np.ndarray]
    here: float
    path: np.ndarray | None


def loss_landscape(
    net: Any,
    x: Any,
    y: Any,
    weights: Sequence[Weight] | None = None,
    *,
    snapshots: Snapshots | None = None,
    span: float = 1.0,
    steps: int = 31,
    seed: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss as a map around the weights of a network; dark is low.

    Parameters
    ----------
    net : model
        Compiled; its weights are the middle, and are not changed.
    x, y : array
        Samples and targets for the loss.
    weights : sequence of (str, tuple of int), optional
        One weight gives a curve, two a map: ``[("W1", (0, 0)), ("W1", (1, 0))]``. By default the
        map lies in two random directions, each scaled unit by unit to the size of the weights.
    snapshots : callbacks.Snapshots, optional
        From the training: its path is drawn. Off the map's plane it is its shadow.
    span : float, default 1
        How far the map reaches: in sizes of the weights, or, for chosen weights, beyond their
        values and path by so much.
    steps : int, default 31
        Points along each side.
    seed : int, default 0
        Of the random directions.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    TrainingError
        If the model has no loss yet.
    ArgumentError
        If there is no such weight, or more than two are named.

    Examples
    --------
    >>> import glassnet as gn
    >>> x, y = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]])
    >>> net = gn.Sequential([gn.layers.Dense(1)], seed=0)
    >>> net.compile(gn.optimizers.SGD(0.1), "mean_squared_error")
    >>> watcher = gn.callbacks.Snapshots(x, y)
    >>> history = net.fit(x, y, epochs=30, batch_size="full", callbacks=[watcher], verbose=0)
    >>> ax = loss_landscape(net, x, y, [("W1", (0, 0)), ("b1", (0,))], snapshots=watcher, steps=9)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('W1[0, 0]', 'b1[0]')

    Source: the scaling of the directions is that of H. Li et al.: "Visualizing the Loss Landscape
    of Neural Nets" (2018).
    """
    network = network_of(net, "loss_landscape")
    weights = _check(network, weights, snapshots, span, steps)
    seed = check_count(seed, "seed")
    if weights is None:
        directions = _random_directions(network, snapshots, seed)
    else:
        directions = [_single(network, weight, snapshots) for weight in weights]
    sides = [_side(direction, span, steps, weights is not None) for direction in directions]
    loss = _Loss(network, x, y)
    if len(directions) == 1:
        return _curve(directions[0], sides[0], loss, prepared(ax))
    values = np.array([[loss(directions, (u, v)) for u in sides[0]] for v in sides[1]])
    return _map(directions, sides, values, prepared(ax, (5.6, 4.4)))


def _check(network: Network, weights: Any, snapshots: Any, span: float, steps: int) -> Any:
    """Return the weights to draw, as a list of one or two."""
    if network.compiled is None:
        raise TrainingError("loss_landscape needs a loss: call compile(optimizer, loss) first")
    if weights is not None:
        weights = check_rows(weights, "weights", 'names and places, such as ("W1", (0, 0))')
    if weights is not None and not 1 <= len(weights) <= 2:
        raise ArgumentError(f"loss_landscape draws one or two weights, not {len(weights)}")
    if snapshots is not None and not isinstance(snapshots, Snapshots):
        raise ArgumentError(f"snapshots={shown(snapshots)} must be a gn.callbacks.Snapshots")
    if not 0 < check_number(span, "span") <= 1e6 or not 3 <= check_count(steps, "steps") <= 1000:
        raise ArgumentError(
            f"span={span} must be greater than 0 (and at most a million) and steps={steps} at "
            "least 3 (and at most 1,000)"
        )
    return weights


class _Loss:
    """The loss of the samples for weights moved from where they are."""

    def __init__(self, network: Network, x: Any, y: Any) -> None:
        self.network = network
        self.data = training_data(network, x, y)
        self.record = network.record.without_metrics()
        self.program = evaluation_program(network.topology, self.record, network.dtype)
        self.middle = network.weights()
        self.backend = backends.get("numpy")

    def __call__(self, directions: Sequence[_Direction], place: Sequence[float]) -> float:
        moved = dict(self.middle)
        for direction, at in zip(directions, place, strict=True):
            for name, step in direction.step.items():
                shift = (at - direction.here) * step
                moved[name] = (moved[name] + shift).astype(step.dtype)
        found = evaluate_rows(self.backend, self.program, self.data, moved, self.record)
        return float(found["loss"])


def _single(network: Network, weight: Weight, snapshots: Snapshots | None) -> _Direction:
    """Return the direction of one weight."""
    arrays = network.weights()
    by_symbol = {name: full for full, name in names_of_weights(network.topology).items()}
    if not isinstance(weight, tuple | list) or len(weight) != 2 or not isinstance(weight[0], str):
        raise ArgumentError(
            f'the weight {shown(weight)} must be a name and a place: ("W1", (0, 0))'
        )
    name, place = weight[0], _place(weight[1])
    if name not in by_symbol:
        raise ArgumentError(
            f"the network has no weights {name!r}{suggestion(str(name), by_symbol)}"
        )
    array = arrays[by_symbol[name]]
    is_inside = len(place) == array.ndim and all(
        -size <= at < size for at, size in zip(place, array.shape, strict=True)
    )
    if not is_inside:
        raise ArgumentError(f"{name} has the shape {array.shape}; there is no place {place} in it")
    step = np.zeros_like(array)
    step[place] = 1
    path = None
    if snapshots is not None:
        kept = _complete(snapshots, name, array)
        path = np.array([one[place] for one in kept], float)
    label = f"{name}[{', '.join(map(str, place))}]"
    return _Direction(label, {by_symbol[name]: step}, float(array[place]), path)


def _place(place: Any) -> tuple[int, ...]:
    """Return the indices of one weight: a whole number, or several."""
    parts = (
        [place] if isinstance(place, int | np.integer) else check_rows(place, "place", "indices")
    )
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, int | np.integer):
            raise ArgumentError(
                f"the place {shown(place)} of a weight must be whole numbers, such as (0, 0)"
            )
    return tuple(int(part) for part in parts)


def _complete(snapshots: Snapshots, name: str, array: np.ndarray) -> list[np.ndarray]:
    kept = snapshots.of("weights").get(name)
    if kept is None or kept[0].shape != array.shape:
        raise ArgumentError(
            f"the snapshots do not hold all of {name}; make them of this network, with "
            "Snapshots(x, y, most=None)"
        )
    return kept


def _random_directions(
    network: Network, snapshots: Snapshots | None, seed: int
) -> list[_Direction]:
    found = []
    for number in (1, 2):
        step = {
            weight.name: _scaled(weight.name, weight.value, f"{seed} {number}")
            for weight in network.topology.parameters()
            if weight.value is not None and weight.value.ndim > 1
        }
        found.append(_Direction(f"direction {number}", step, 0.0, None))
    if snapshots is not None:
        _shadow(found, network, snapshots)
    return found


def _scaled(name: str, array: np.ndarray, stream: str) -> np.ndarray:
    """Return random numbers with, unit by unit, the length of the weights."""
    drawn = normal(0, f"{name} {stream}", array.shape)
    axes = tuple(range(array.ndim - 1))
    length = np.sqrt((array**2).sum(axis=axes) / (drawn**2).sum(axis=axes))
    return (drawn * length).astype(array.dtype)


def _shadow(directions: list[_Direction], network: Network, snapshots: Snapshots) -> None:
    """Find for every snapshot the nearest point of the plane."""
    names = names_of_weights(network.topology)
    steps = np.stack([np.concatenate([s.ravel() for s in d.step.values()]) for d in directions])
    rows = []
    for full in directions[0].step:
        array = network.weights()[full]
        kept = _complete(snapshots, names[full], array)
        rows.append(np.stack([(one - array).ravel() for one in kept]))
    found, *_ = np.linalg.lstsq(steps.T, np.concatenate(rows, axis=1).T, rcond=None)
    for direction, path in zip(directions, found, strict=True):
        direction.path = path


def _side(direction: _Direction, span: float, steps: int, is_weight: bool) -> np.ndarray:
    """Return the points along one side of the map."""
    ends = [direction.here]
    if direction.path is not None:
        ends += [direction.path.min(), direction.path.max()]
    low, high = min(ends), max(ends)
    room = span if is_weight or direction.path is None else 0.15 * (high - low)
    if not is_weight:
        low, high = min(low, -span), max(high, span)
        room = 0.0 if direction.path is None else room
    return np.linspace(low - room, high + room, steps)


def _curve(direction: _Direction, side: np.ndarray, loss: _Loss, ax: Axes) -> Axes:
    side = np.linspace(side[0], side[-1], max(len(side), 101))
    ax.plot(side, [loss([direction], [at]) for at in side], color=INK, lw=1.2)
    if direction.path is not None:
        heights = [loss([direction], [at]) for at in direction.path]
        ax.plot(direction.path, heights, "o-", color=BLUE, ms=3.5, lw=1)
    ax.plot(direction.here, loss([direction], [direction.here]), "X", color=ORANGE, ms=9)
    ax.set(xlabel=mathtext(direction.name), ylabel="loss")
    return ax


def _map(
    directions: Sequence[_Direction], sides: Sequence[np.ndarray], values: np.ndarray, ax: Axes
) -> Axes:
    finite = values[np.isfinite(values)]
    if not len(finite):
        raise ShapeError("the loss is nowhere finite on this map; take a smaller span")
    # Equal steps in rank show valleys and slopes alike, however steep.
    levels = np.unique(np.quantile(finite, np.linspace(0, 1, LEVELS)))
    if len(levels) < 3:
        levels = np.linspace(finite.min(), finite.min() + max(1e-12, float(np.ptp(finite))), 3)
    shades = ax.contourf(*sides, values, levels, cmap="Greys_r", alpha=0.75)
    ax.contour(*sides, values, levels, colors=INK, linewidths=0.4, alpha=0.6)
    figure_of(ax).colorbar(shades, ax=ax, label="loss", format="%.3g")
    here = [direction.here for direction in directions]
    u, v = (direction.path for direction in directions)
    if u is not None and v is not None:
        ax.plot(u, v, color="white", lw=3.2)
        ax.plot(u, v, "o-", color=BLUE, ms=3, lw=1.4)
        ax.plot(u[0], v[0], "o", color="white", mec=INK, ms=8)
    ax.plot(*here, "X", color=ORANGE, mec="white", ms=11)
    ax.set(xlabel=mathtext(directions[0].name), ylabel=mathtext(directions[1].name))
    return ax
