"""What comes in: rows with NaN are set aside and targets brought to the shape of the outputs.

Takes x and y as they came, gives arrays and an :class:`Intake` for the checks of the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.losses import Loss
from glassnet.training.targets import check_targets

__all__ = ["Intake", "shaped_targets", "take_in"]


@dataclass
class Intake:
    """Samples and targets fit for use, and what was wrong with them.

    Attributes
    ----------
    x, y : array, or a list or dict of arrays
        Without the bad rows.
    rows : int
        Rows that came.
    bad_rows : int
        Rows set aside because of NaN or infinity.
    bad_values : int
    first_bad : str
        Where the first stands, ``x[3, 0] is nan``.
    """

    x: Any
    y: Any
    keep: np.ndarray | None
    rows: int = 0
    bad_rows: int = 0
    bad_values: int = 0
    first_bad: str = ""


def take_in(x: Any, y: Any) -> Intake:
    """Set rows with NaN or infinity aside; all else that is wrong is for fit's own checks."""
    targets = check_targets(y)
    parts = _named_parts(x)
    columns = {**parts, "y": targets}
    bad = {name: _bad_values(array) for name, array in columns.items()}
    if any(mask is None or len(mask) != len(targets) for mask in bad.values()):
        return Intake(x, y, None, len(targets))
    masks = {name: mask for name, mask in bad.items() if mask is not None}
    wrong = np.zeros(len(targets), bool)
    for mask in masks.values():
        wrong |= mask.reshape(len(mask), -1).any(axis=1)
    if not wrong.any():
        return Intake(x, y, None, len(targets))
    first = next((name, mask) for name, mask in masks.items() if mask.any())
    return Intake(
        _kept(x, ~wrong), targets[~wrong], ~wrong, len(targets), int(wrong.sum()),
        sum(int(mask.sum()) for mask in masks.values()), _place(*first, columns),
    )  # fmt: skip


def _named_parts(x: Any) -> dict[str, Any]:
    if isinstance(x, Mapping):
        return {str(name): part for name, part in x.items()}
    if isinstance(x, list | tuple) and x and all(isinstance(part, np.ndarray) for part in x):
        return {f"x{n}": part for n, part in enumerate(x, 1)} if x[0].ndim > 1 else {"x": x}
    return {"x": x}


def _bad_values(part: Any) -> np.ndarray | None:
    """Return where an array is not finite, None for what is no array of numbers."""
    try:
        array = np.asarray(part)
        if array.dtype.kind == "c":
            return None
        if array.ndim == 0 or array.dtype.kind not in "fiub":
            array = np.asarray(part, np.float64)
    except (TypeError, ValueError):
        return None
    return ~np.isfinite(array) if array.ndim else None


def _kept(x: Any, keep: np.ndarray) -> Any:
    if isinstance(x, Mapping):
        return {name: np.asarray(part)[keep] for name, part in x.items()}
    if isinstance(x, list | tuple) and isinstance(x[0], np.ndarray) and x[0].ndim > 1:
        return [part[keep] for part in x]
    return np.asarray(x)[keep]


def _place(name: str, mask: np.ndarray, columns: dict[str, Any]) -> str:
    index = tuple(int(number) for number in np.argwhere(mask)[0])
    value = np.asarray(columns[name])[index]
    return f"{name}[{', '.join(map(str, index))}] is {value}"


def shaped_targets(y: Any, loss: Loss, output_shape: tuple[int, ...]) -> np.ndarray:
    """Return targets with an axis more or less where only that keeps them from fitting.

    Examples
    --------
    >>> from glassnet.losses import MeanSquaredError
    >>> shaped_targets([1.0, 2.0], MeanSquaredError(), (1,)).shape
    (2, 1)
    """
    array = check_targets(y)
    if loss.takes_labels:
        is_column = array.ndim == len(output_shape) + 1 and array.shape[-1] == 1
        return array[..., 0] if is_column else array
    if output_shape == (1,) and array.ndim == 1:
        return array[:, None]
    return array
