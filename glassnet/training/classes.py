"""What outputs say about classes: their names, and one probability for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.losses import Loss

__all__ = ["names_in", "probabilities"]


def names_in(info: Mapping[str, Any], key: str, count: int) -> tuple[str, ...]:
    """Return so many names from what a network knows besides its weights, none if they do not fit.

    Examples
    --------
    >>> names_in({"class_names": ["no", "yes"]}, "class_names", 2)
    ('no', 'yes')
    """
    names = info.get(key)
    if not isinstance(names, list | tuple | np.ndarray) or len(names) != count:
        return ()
    return tuple(str(name) for name in names)


def probabilities(outputs: np.ndarray, loss: Loss | None) -> np.ndarray:
    """Return one probability a class, also for a network with one sigmoid unit or with logits.

    Parameters
    ----------
    outputs : array of shape (n, units)
    loss : Loss or None
        Tells whether the outputs are logits.

    Examples
    --------
    >>> probabilities(np.array([[0.25]]), None)
    array([[0.75, 0.25]])
    """
    values = np.asarray(outputs, np.float64)
    is_logits = loss is not None and loss.from_logits
    if values.shape[1] == 1:
        with np.errstate(over="ignore"):
            p = 1 / (1 + np.exp(-values)) if is_logits else values
        return np.concatenate([1 - p, p], axis=1)
    if is_logits:
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
    return values
