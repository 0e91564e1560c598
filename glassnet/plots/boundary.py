"""What a network says everywhere in a plane of two features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.data.arrays import check_array
from glassnet.data.targets import as_quantity
from glassnet.errors import ArgumentError, ShapeError, shown
from glassnet.plots.inputs import check_class_names, values_of
from glassnet.plots.models import plane
from glassnet.plots.style import INK, class_styles, legend_text, prepared
from glassnet.training.columns import Columns, samples_by_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["boundary", "class_numbers"]

STEPS = 320  # points along each side of the plane: less than a pixel apart


def boundary(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    *,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the regions in which a network says each class, with samples over them.

    Parameters
    ----------
    predict : model or callable
        ``predict(x)`` gives one probability a class for samples ``(n, 2)``, or one number: the
        probability of class 1, or where targets are -1 and 1 an output between them.
    x, y : array or data frame
        Samples of two features, and their classes: numbers, a column of them, or one-hot rows.
    class_names : sequence of str, optional
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ShapeError
        If the samples have not two features, or the targets do not fit them.

    Examples
    --------
    >>> import glassnet as gn
    >>> x, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> net = gn.Sequential([gn.layers.Dense(3, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=0)
    >>> [line.get_label() for line in boundary(net, x, y).lines]
    ['0', '1']
    """
    if not callable(predict):
        raise ArgumentError(f"boundary({shown(predict)}): give a model, or a function of samples")
    columns = getattr(predict, "columns", None)
    if isinstance(columns, Columns):  # a model: frames are matched by name, as it does
        x = samples_by_name(x, columns)
    sides, points = plane(x, STEPS)
    is_signed = check_array(y, "y", "float64").min(initial=0) < 0
    x, y = class_numbers(x, y)
    probabilities = _probabilities(_outputs(predict, points), is_signed)
    if y.max(initial=0) >= probabilities.shape[-1]:
        raise ShapeError(
            f"y has the class {y.max()}, but the network tells {probabilities.shape[-1]} apart"
        )
    count = probabilities.shape[-1]
    names = check_class_names(class_names, count)
    ax = prepared(ax, (5.2, 4.4))
    for number, (colour, marker) in enumerate(class_styles(count)):
        _region(ax, sides, probabilities, number, colour)
        style: Any = {"marker": marker, "color": colour, "ms": 5, "mec": INK, "mew": 0.6}
        ax.plot(*x[y == number].T, ls="", label=legend_text(names[number]), **style)
    ax.set(xlim=sides[0][[0, -1]], ylim=sides[1][[0, -1]], xlabel="x1", ylabel="x2")
    place: Any = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    ax.legend(frameon=False, fontsize=9, labelcolor=INK, **place)
    return ax


def _outputs(predict: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    """Return what is said at every point of the plane, ``(STEPS, STEPS, outputs)``."""
    outputs = values_of(predict, as_quantity(points), "predict")
    if len(np.atleast_1d(outputs)) != len(points):
        raise ShapeError(
            f"predict gives the shape {outputs.shape} for {len(points)} samples; one row a sample "
            "is expected"
        )
    return outputs.reshape(STEPS, STEPS, -1)


def class_numbers(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return samples of two features with their class numbers.

    Classes are numbers, a column of them, one-hot rows, or targets -1 and 1.

    Raises
    ------
    ShapeError
        If the samples have not two features, or the targets do not fit them.
    """
    plane(x, 2)  # refuses what is no plane
    x, array = check_array(x, "x", "float64"), check_array(y, "y", "float64")
    if array.ndim == 2 and array.shape[1] > 1:
        array = array.argmax(axis=1)
    array = array.reshape(-1)
    if len(array) != len(x):
        raise ShapeError(f"x has {len(x)} samples, but y has {len(array)}")
    is_signed = array.min(initial=0) < 0
    return x, (array > 0 if is_signed else np.rint(array)).astype(int)


def _probabilities(outputs: np.ndarray, is_signed: bool) -> np.ndarray:
    """Return one probability a class where a network gives only that of the second."""
    if outputs.shape[-1] > 1:
        return outputs
    p = np.clip((outputs + 1) / 2 if is_signed else outputs, 0.0, 1.0)
    return np.concatenate([1 - p, p], axis=-1)


def _region(
    ax: Axes, sides: list[np.ndarray], probabilities: np.ndarray, number: int, colour: str
) -> None:
    """Tint where a class is the most probable, stronger where it is surer."""
    mine = probabilities[..., number]
    others = np.delete(probabilities, number, axis=-1).max(axis=-1)
    lead = mine - others
    for level, strength in ((0.0, 0.16), (0.5, 0.12), (0.9, 0.12)):
        if lead.max() > level:
            ax.contourf(*sides, lead, levels=[level, 2.0], colors=[colour], alpha=strength)
    if lead.min() < 0 < lead.max():
        ax.contour(*sides, lead, levels=[0.0], colors=[INK], linewidths=0.9)
