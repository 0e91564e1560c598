"""A getter and a setter for every training parameter, under FANN's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError
from glassnet.formats.fann.net import FIELDS, defaults

__all__ = ["SARPROP_DEFAULTS", "as_kept", "with_parameters", "fresh_parameters"]

# Not in files.
SARPROP_DEFAULTS = {
    "sarprop_weight_decay_shift": -6.644,
    "sarprop_step_error_threshold_factor": 0.1,
    "sarprop_step_error_shift": 1.385,
    "sarprop_temperature": 0.015,
}
# Numbers FANN keeps in its own type and not in a C float.
_DOUBLE = {"bit_fail_limit", "cascade_candidate_limit", "cascade_weight_multiplier"}
_TOPS = {one.name: one.top for one in FIELDS}
# Set by other means.
_WITHOUT_SETTER = {"connection_rate", "network_type", "cascade_activation_functions",
                   "cascade_activation_steepnesses"}  # fmt: skip
_LARGEST_ALGORITHM = 4


def _single(value: Any) -> float:
    return float(np.float32(value))


def as_kept(values: dict[str, Any]) -> dict[str, Any]:
    """Return parameters as FANN keeps them: C floats, but for a few."""
    return {
        name: _single(value) if isinstance(value, float) and name not in _DOUBLE else value
        for name, value in values.items()
    }


def fresh_parameters() -> dict[str, Any]:
    """Return the parameters of a new network."""
    return as_kept({**defaults(), **SARPROP_DEFAULTS})


_FIRST = fresh_parameters()


def _checked(name: str, value: Any) -> Any:
    is_whole = isinstance(_FIRST[name], int)
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ArgumentError(f"set_{name}({value!r}): a number was expected")
    if is_whole:
        top = _LARGEST_ALGORITHM if name == "training_algorithm" else _TOPS.get(name)
        if value != int(value) or value < 0 or (top is not None and value > top):
            limit = "" if top is None else f" to {top}"
            raise ArgumentError(f"set_{name}({value}): a whole number from 0{limit} was expected")
        return int(value)
    if not np.isfinite(value):
        raise ArgumentError(f"set_{name}({value}): a finite number was expected")
    return float(value) if name in _DOUBLE else _single(value)


def _getter(name: str) -> Callable[[Any], Any]:
    def get(self: Any) -> Any:
        return self.parameters[name]

    get.__name__, get.__doc__ = f"get_{name}", f"Return {name}."
    return get


def _setter(name: str) -> Callable[[Any, Any], None]:
    def set_(self: Any, value: Any) -> None:
        self.parameters[name] = _checked(name, value)
        if self.structure is not None:
            self.structure.touch(terms=True)

    set_.__name__, set_.__doc__ = f"set_{name}", f"Set {name}."
    return set_


def with_parameters(cls: type) -> type:
    """Give a class ``get_`` and ``set_`` for every parameter it does not treat itself."""
    for name in fresh_parameters():
        if f"get_{name}" not in vars(cls):
            setattr(cls, f"get_{name}", _getter(name))
        if name not in _WITHOUT_SETTER and f"set_{name}" not in vars(cls):
            setattr(cls, f"set_{name}", _setter(name))
    return cls
