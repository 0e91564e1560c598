"""From the targets and sample weights that a caller passes to arrays by their names in the graph.

A network with one output takes an array of targets, one with several a dict by the names of the
outputs or a list in their order; sample weights may come in the same forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.data.arrays import check_array, check_same_length
from glassnet.errors import ArgumentError, DataError, GlassnetError, ShapeError, shown
from glassnet.graph import shape_text
from glassnet.training.columns import targets_by_name
from glassnet.training.compile_record import Goal
from glassnet.training.compiling import by_output
from glassnet.training.network import Network
from glassnet.training.run import Data

__all__ = [
    "add_targets",
    "check_targets",
    "checked_parts",
    "named_targets",
    "target_parts",
    "weights_by_goal",
]


def check_targets(y: Any) -> np.ndarray:
    """Return targets as an array of whatever they are, one row a sample."""
    if y is None:
        raise ArgumentError("y is missing: training and evaluation need the targets of the samples")
    try:
        array = np.asarray(y)
    except ValueError:
        check_array(y, "y", None)  # says which row is longer than the others
        raise
    if array.ndim == 0:
        raise ShapeError(f"y is {shown(y)}; give an array of targets, one row a sample")
    if len(array) == 0:
        raise DataError("y is empty; at least one sample is needed")
    return array


def target_parts(y: Any, names: Sequence[str]) -> list[Any]:
    """Return the targets of each of several outputs as they came, None where there are none."""
    if y is None:
        check_targets(y)
    parts = by_output(y, names, "y", None)
    if parts is None:
        raise ArgumentError(
            f"this network has the outputs {', '.join(names)}, but y is one "
            f"{type(y).__name__}; give y as a dict by these names, or as a list of arrays"
        )
    return parts


def checked_parts(y: Any, names: Sequence[str]) -> list[np.ndarray | None]:
    """Return the targets of each of several outputs as arrays of whatever they are."""
    parts = zip(names, target_parts(y, names), strict=True)
    return [None if part is None else _said(name, check_targets, part) for name, part in parts]


def named_targets(network: Network, y: Any) -> Any:
    """Return targets as an array if they came as a frame or a column of one."""
    shapes = network.topology.output_shapes
    if len(shapes) > 1:
        return y  # each part is looked at for itself
    takes_labels = network.compiled is not None and network.compiled.only.loss.takes_labels
    return targets_by_name(y, network.info, shapes[0], takes_labels)


def add_targets(network: Network, data: Data, y: Any) -> int:
    """Add targets to inputs, checked against the losses; return the number of samples."""
    goals = network.record.goals
    if not goals[0].name:
        return _add_one(network, goals[0], data, named_targets(network, y))
    parts = target_parts(y, network.topology.output_names)
    inputs = dict(data)
    for goal in goals:
        _said(goal.name, _add_part, network, goal, data, parts[goal.place])
    named = {f"y[{goal.name!r}]": data[goal.target] for goal in goals}
    return check_same_length(**inputs, **named)


def _add_one(network: Network, goal: Goal, data: Data, given: Any) -> int:
    targets = check_targets(given)
    rows = check_same_length(**data, y=targets)
    _add(network, goal, data, given, targets)
    return rows


def _add_part(network: Network, goal: Goal, data: Data, given: Any) -> None:
    if given is None:
        raise ArgumentError("y has nothing for it; give its targets, or compile it without a loss")
    shape = network.topology.output_shapes[goal.place]
    given = targets_by_name(given, {}, shape, goal.loss.takes_labels)
    _add(network, goal, data, given, check_targets(given))


def _add(network: Network, goal: Goal, data: Data, given: Any, targets: np.ndarray) -> None:
    shape = network.topology.output_shapes[goal.place]
    if targets.ndim == 1 and shape == (1,) and not goal.loss.takes_labels:
        targets = targets[:, None]  # one number a sample: a column is what is meant
    try:
        data[goal.target] = goal.loss.check_targets(targets, shape, network.dtype)
    except ShapeError:
        goal.loss.check_targets(given, shape, network.dtype)  # what to do with a list
        raise


def weights_by_goal(network: Network, given: Any, rows: int) -> Data:
    """Return sample weights by their names among the data; nothing if there are none.

    One array is that of every output; an output that a dict or list leaves out weighs 1.
    """
    if given is None:
        return {}
    goals, dtype = network.record.goals, network.dtype
    if not goals[0].name:
        return {goals[0].sample_weight: _sample_weights(given, rows, dtype)}
    names = network.topology.output_names
    is_flat = isinstance(given, list | tuple) and all(np.ndim(part) == 0 for part in given)
    has_none = isinstance(given, list | tuple) and any(part is None for part in given)
    parts = by_output(given, names, "sample_weight", None) if has_none or not is_flat else None
    if parts is None:
        parts = [given] * len(names)
    one = np.ones(rows, dtype)
    return {
        goal.sample_weight: one
        if parts[goal.place] is None
        else _said(goal.name, _sample_weights, parts[goal.place], rows, dtype)
        for goal in goals
    }


def _sample_weights(weights: Any, rows: int, dtype: str) -> np.ndarray:
    array = check_array(weights, "sample_weight", dtype)
    if array.shape != (rows,):
        raise ShapeError(
            f"sample_weight has the shape {shape_text(array.shape)}, but one weight a sample is "
            f"needed: ({rows},)"
        )
    if array.min() < 0:
        raise DataError(f"sample_weight must be 0 or greater, but holds {array.min():g}")
    return array


def _said(name: str, function: Any, *arguments: Any) -> Any:
    """Call a function; its errors say of which output they speak."""
    try:
        return function(*arguments)
    except GlassnetError as error:
        raise type(error)(f"the output {name!r}: {error}") from error
