"""The contract of a loss: what must hold for each, whoever wrote it.

:data:`LOSS_CONTRACTS` holds the promises by name; :func:`check_loss` checks them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.errors import ContractError
from glassnet.graph import input_node, shape_text
from glassnet.losses import Loss
from glassnet.random import uniform
from glassnet.testing.parts import Part, through_json

__all__ = ["LOSS_CONTRACTS", "check_loss"]

# Losses that take logarithms of probabilities keep away from 0 by 1e-7.
FUSED_TOLERANCE = 1e-5


def check_loss(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """Check every promise of a loss on sample targets and predictions.

    It gives one number a sample; the gradient with respect to the predictions equals
    central differences; plain loops and NumPy agree; single precision stays single; behind
    sigmoid or softmax it is the same as on the plain numbers; the description survives a file.

    Parameters
    ----------
    loss : Loss
    y_true, y_pred : array
        Targets and predictions of a few samples, more than one and of unequal sizes.

    Raises
    ------
    ContractError
        At the first promise that does not hold. It is an ``AssertionError``.

    Examples
    --------
    >>> from glassnet.losses import Huber
    >>> check_loss(Huber(), [[0.0, 2.0, 1.0], [1.0, 1.0, 0.0]], [[0.1, 0.2, 0.3], [3.0, 0.8, 0.5]])
    """
    for contract in LOSS_CONTRACTS.values():
        contract(loss, y_true, y_pred)


def part_of(loss: Loss, y_true: Any, y_pred: Any, dtype: str = "float64") -> Part:
    """Make the graph of a loss alone."""
    predictions = np.asarray(y_pred, dtype)
    targets = loss.check_targets(np.asarray(y_true), predictions.shape[1:], dtype)
    y = input_node("y", ("n", *targets.shape[1:]), str(targets.dtype))
    p = input_node("p", ("n", *predictions.shape[1:]), dtype)
    values = {"y": targets, "p": predictions}
    return Part(type(loss).__name__, [y, p], values, loss.per_sample(y, p), [p])


# The contracts ------------------------------------------------------------------------


def check_shape(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """Every sample has its loss, and what stands beside it does not matter."""
    part = part_of(loss, y_true, y_pred)
    each = part.run({"loss": part.output})["loss"]
    if each.shape[:1] != part.values["p"].shape[:1] or part.output.ndim < 1:
        raise part.fails(
            f"per_sample gives the shape {shape_text(part.output.shape)}, but there must be one "
            "loss a sample, (n,)"
        )
    rows = {name: value[:1] for name, value in part.values.items()}
    alone = Part(part.name, part.inputs, rows, part.output, []).run({"loss": part.output})["loss"]
    if not np.allclose(alone[0], each[0], rtol=1e-12):
        raise part.fails("the loss of one sample depends on the samples beside it")


def check_gradient(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """The gradient with respect to the predictions equals central differences."""
    part_of(loss, y_true, y_pred).check_slopes()


def check_backends(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """Plain loops and NumPy agree on the losses and their gradient."""
    part_of(loss, y_true, y_pred).check_backends()


def check_single_precision(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """float32 in gives float32 out, near the value in double precision."""
    part_of(loss, y_true, y_pred, "float32").check_single(part_of(loss, y_true, y_pred))


def check_reduction(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """Called on plain arrays, it gives the mean or the sum over the samples."""
    part = part_of(loss, y_true, y_pred)
    each = part.run({"loss": part.output})["loss"]
    expected = float(each.mean() if loss.reduction == "mean" else each.sum())
    found = float(loss(y_true, np.asarray(y_pred, np.float64)))
    if not np.isclose(found, expected, rtol=1e-12):
        raise part.fails(
            f"called on arrays it gives {found}, but the {loss.reduction} is {expected}"
        )


def check_activations(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """Behind sigmoid or softmax it is what it is on the numbers these give."""
    if getattr(loss, "from_logits", False):
        return
    y, p = part_of(loss, y_true, y_pred).inputs[:2]
    targets = loss.check_targets(np.asarray(y_true), np.shape(y_pred)[1:], "float64")
    z = input_node("z", p.shape, "float64")
    values = {"z": uniform(0, "pre-activations", np.shape(y_pred), -3.0, 3.0)}
    for activation in (ops.sigmoid, ops.softmax):
        given = Part(activation.__name__, [z], values, activation(z), [])
        numbers = given.run({"p": given.output})["p"]
        behind = loss.per_sample(y, activation(z))
        part = Part(
            type(loss).__name__, [y, z, p], {**values, "y": targets, "p": numbers}, behind, []
        )
        found = part.run({"behind": behind, "plain": loss.per_sample(y, p)})
        if not np.allclose(found["behind"], found["plain"], rtol=FUSED_TOLERANCE, atol=1e-9):
            raise part.fails(
                f"behind {activation.__name__} it is {found['behind']}, but on the same numbers "
                f"{found['plain']}"
            )


def check_description(loss: Loss, y_true: Any, y_pred: Any) -> None:
    """The loss made from the description is described in the same way and gives the same."""
    config = through_json(loss)
    settings = {name: value for name, value in config.items() if name != "class"}
    again = type(loss)(**settings)
    if again.to_config() != loss.to_config():
        raise ContractError(f"{loss!r} becomes {again!r} when it is made from its description")
    if float(again(y_true, y_pred)) != float(loss(y_true, y_pred)):
        raise ContractError(f"{loss!r} gives another loss when it is made from its description")


LOSS_CONTRACTS: dict[str, Callable[[Loss, Any, Any], None]] = {
    "shape": check_shape,
    "gradient": check_gradient,
    "backends": check_backends,
    "single precision": check_single_precision,
    "reduction": check_reduction,
    "activations": check_activations,
    "description": check_description,
}
