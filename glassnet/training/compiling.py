"""From the arguments of ``compile`` to a record: one loss, or one for each output.

Outputs are named as in Keras, by the layers that make them; ``loss``, ``loss_weights`` and
``metrics`` may be dicts by these names, or lists in the order of the outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.losses import get as get_loss
from glassnet.metrics import Metric
from glassnet.metrics import get as get_metric
from glassnet.optimizers import get as get_optimizer
from glassnet.training.compile_record import CompileRecord, Goal

__all__ = ["by_output", "compiled"]


def compiled(
    optimizer: Any,
    loss: Any,
    metrics: Any,
    loss_weights: Any,
    names: Sequence[str],
    is_default: bool = False,
) -> CompileRecord:
    """Return the record of how a network is trained.

    Parameters
    ----------
    optimizer, loss, metrics, loss_weights
        As ``compile`` takes them.
    names : sequence of str
        What the outputs are called.
    is_default : bool

    Raises
    ------
    ArgumentError
        If a name is not known, an output has no loss, or two numbers would have one name.
    """
    if loss is None:
        raise ArgumentError("compile needs a loss, for example loss='mean_squared_error'")
    losses = _losses(loss, names)
    weights = _weights(loss_weights, names)
    lists = _metrics(metrics, names)
    goals = []
    for place, (name, one) in enumerate(zip(names, losses, strict=True)):
        if one is None and lists[place]:
            raise ArgumentError(
                f"the output {name!r} has metrics but no loss; give it a loss, with "
                f"loss_weights={{{name!r}: 0}} if it is not to be trained"
            )
        if one is not None:
            found = tuple(map(get_metric, lists[place]))
            called = name if len(names) > 1 else ""
            goals.append(Goal(place, called, get_loss(one), weights[place], found))
    if not goals:
        raise ArgumentError("no output has a loss: loss gives None for all of them")
    return CompileRecord(get_optimizer(optimizer), tuple(goals), is_default)


def by_output(value: Any, names: Sequence[str], what: str, rest: Any = ...) -> list[Any] | None:
    """Return one part of a dict or list for each output; None if it is neither.

    Parameters
    ----------
    value
    names : sequence of str
        What the outputs are called.
    what : str
        What the value is, for messages.
    rest
        Stands for outputs that a dict does not name; left out, they must all be named.

    Raises
    ------
    ArgumentError
        If a name is not known or missing, or a list has another length.

    Examples
    --------
    >>> by_output({"b": 2.0}, ["a", "b"], "loss_weights", 1.0)
    [1.0, 2.0]
    """
    if isinstance(value, Mapping):
        for name in value:
            if name not in names:
                raise ArgumentError(
                    f"{what} names the output {shown(name)}, but the outputs of this network are "
                    f"{', '.join(names)}{suggestion(str(name), names)}"
                )
        missing = [name for name in names if name not in value]
        if missing and rest is ...:
            raise ArgumentError(
                f"{what} says nothing for the output {missing[0]!r}; name all of "
                f"{', '.join(names)}, with None for an output that is not trained"
            )
        return [value.get(name, rest) for name in names]
    if not isinstance(value, list | tuple):
        return None
    if len(value) != len(names):
        raise ArgumentError(
            f"{what} is a list of {len(value)}, but this network has {len(names)} "
            f"output{'s' if len(names) > 1 else ''}: {', '.join(names)}; give one entry for each, "
            "or a dict by these names"
        )
    return list(value)


def _losses(loss: Any, names: Sequence[str]) -> list[Any]:
    is_description = isinstance(loss, Mapping) and "class" in loss and "class" not in names
    found = None if is_description else by_output(loss, names, "loss")
    return [loss] * len(names) if found is None else found


def _weights(weights: Any, names: Sequence[str]) -> list[float]:
    found = by_output(1.0 if weights is None else weights, names, "loss_weights", 1.0)
    numbers = [1.0 if weights is None else weights] * len(names) if found is None else found
    for number in numbers:
        is_number = isinstance(number, int | float | np.number) and not isinstance(number, bool)
        if not is_number or not np.isfinite(number):
            raise ArgumentError(
                f"loss_weights holds {shown(number)}; give one finite number for each output: a "
                "dict by their names, or a list"
            )
    return [float(number) for number in numbers]


def _metrics(metrics: Any, names: Sequence[str]) -> list[list[Any]]:
    """Return the metrics of every output as a list."""
    if metrics is None:
        return [[] for _ in names]
    if len(names) == 1:
        is_nested = isinstance(metrics, list | tuple) and [type(m) for m in metrics] == [list]
        if isinstance(metrics, Mapping) and "class" not in metrics:
            return [_as_list(by_output(metrics, names, "metrics", None)[0])]  # type: ignore[index]
        return [_as_list(metrics[0] if is_nested else metrics)]
    found = by_output(metrics, names, "metrics", None)
    if found is None:
        raise ArgumentError(
            f"metrics={shown(metrics)}: this network has the outputs {', '.join(names)}; give "
            "their metrics as a dict by these names, or as a list with an entry for each"
        )
    return [_as_list(one) for one in found]


def _as_list(metrics: Any) -> list[Any]:
    """Return the metrics of an output as a list: None, one, or several may be given."""
    if metrics is None:
        return []
    if isinstance(metrics, list | tuple):
        return list(metrics)
    if isinstance(metrics, str | Metric) or callable(metrics):
        return [metrics]
    raise ArgumentError(
        f"metrics={shown(metrics)} must be a list, for example ['accuracy'] or "
        "['mean_absolute_error']"
    )
