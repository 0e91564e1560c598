"""Activation functions by name; each works on plain arrays and inside a network."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

import glassnet.evaluate  # noqa: F401  lets the ops take plain arrays
from glassnet import ops
from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.graph import Node
from glassnet.settings import (
    Configured,
    Family,
    FixedList,
    as_given,
    number,
    numbers,
    own_object,
    refuse,
)

__all__ = [
    "Elu",
    "LeakyRelu",
    "PerUnit",
    "Steep",
    "cos",
    "elliot",
    "elu",
    "exponential",
    "gaussian",
    "gaussian_symmetric",
    "gelu",
    "get",
    "half_cos",
    "half_sin",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "linear_piece",
    "linear_piece_symmetric",
    "log_softmax",
    "names",
    "relu",
    "selu",
    "sigmoid",
    "sigmoid_stepwise",
    "silu",
    "sin",
    "softmax",
    "softplus",
    "softsign",
    "step",
    "step_symmetric",
    "swish",
    "tanh",
    "tanh_stepwise",
]


def linear(x: Any) -> Any:
    """y = x."""
    return x


sigmoid = ops.sigmoid
tanh = ops.tanh
relu = ops.relu
leaky_relu = ops.leaky_relu
elu = ops.elu
selu = ops.selu
gelu = ops.gelu
silu = swish = ops.silu
softplus = ops.softplus
softsign = ops.softsign
hard_sigmoid = ops.hard_sigmoid
step = ops.step
softmax = ops.softmax
log_softmax = ops.log_softmax
exponential = ops.exp
sigmoid_stepwise = ops.sigmoid_stepwise
tanh_stepwise = ops.tanh_stepwise
step_symmetric = ops.step_symmetric
gaussian = ops.gaussian
gaussian_symmetric = ops.gaussian_symmetric
elliot = ops.elliot
linear_piece = ops.linear_piece
linear_piece_symmetric = ops.linear_piece_symmetric
sin = ops.sin
cos = ops.cos
half_sin = ops.half_sin
half_cos = ops.half_cos


class LeakyRelu(Configured):
    """y = x if x > 0 else negative_slope · x, with a slope of your choice.

    Parameters
    ----------
    negative_slope : float, default 0.2
        Differs: PyTorch's default is 0.01.

    Examples
    --------
    >>> LeakyRelu(0.1)(-2.0)
    np.float64(-0.2)
    """

    rules = MappingProxyType({"negative_slope": number()})

    def __init__(self, negative_slope: float = 0.2) -> None:
        self.negative_slope = negative_slope

    def __call__(self, x: Any) -> Any:
        return ops.leaky_relu(x, self.negative_slope)


class Steep(Configured):
    """y = f(s · x): an activation with a steepness of its own, the same for all units or one each.

    Parameters
    ----------
    activation : str or callable
    steepness : float, list or array of float, default 0.5
        s. A list has one number for each unit.
    limit : float, list or array of float, optional
        s · x is held within ±limit, as FANN does.

    Examples
    --------
    >>> Steep("tanh", 0.5)(1.0)
    np.float64(0.46211715726000973)
    """

    rules = MappingProxyType(
        {
            "activation": lambda owner, name, value: get(value),
            "steepness": numbers(),
            "limit": numbers(optional=True),
        }
    )

    def __init__(self, activation: Any, steepness: Any = 0.5, limit: Any = None) -> None:
        self.activation = activation
        self.steepness = steepness
        self.limit = limit

    def __call__(self, x: Any) -> Any:
        z = _number(self.steepness, x) * x
        if isinstance(z, Node):
            z.named("scaled")
        if self.limit is not None:
            limit = _number(self.limit, x)
            z = ops.clip(z, -limit, limit)
        return self.activation(z)


def _number(value: Any, x: Any) -> Any:
    """Return a setting of one or several numbers in the precision of what it is applied to."""
    if type(value) in (int, float):
        return value  # takes the type of x by itself
    dtype = str(getattr(x, "dtype", "float64"))
    return np.asarray(value, dtype if dtype.startswith("float") else "float64")


def _each(owner: str, name: str, value: Any) -> FixedList:
    """Return the activations of all units."""
    if not isinstance(value, list | tuple) or not value:
        refuse(owner, name, value, "a list with one activation for each unit")
    return FixedList([get(one) for one in value])


class PerUnit(Configured):
    """y_j = f_j(x_j): a different activation for every unit of a layer.

    Parameters
    ----------
    activations : list of str or callable
        One for each unit.

    Examples
    --------
    >>> PerUnit(["relu", "linear"])(np.array([-1.0, -1.0]))
    array([ 0., -1.])
    """

    rules = MappingProxyType({"activations": _each})

    def __init__(self, activations: Any) -> None:
        self.activations = activations

    def __call__(self, x: Any) -> Any:
        # Every function is computed for all units, with 0 for those that are not its own: a slope
        # that overflows there would turn a gradient of 0 into NaN. A mask takes its own from it.
        kinds: dict[str, list[int]] = {}
        for unit, one in enumerate(self.activations):
            kinds.setdefault(repr(one), []).append(unit)
        y: Any = None
        for units in kinds.values():
            mine = np.isin(np.arange(len(self.activations)), units)
            a = self.activations[units[0]](ops.where(mine, x, 0.0) if len(kinds) > 1 else x)
            y = a if y is None else ops.where(mine, a, y)
        return y


class Elu(Configured):
    """y = x if x > 0 else alpha (exp(x) - 1), with an alpha of your choice.

    Parameters
    ----------
    alpha : float, default 1
    """

    rules = MappingProxyType({"alpha": number()})

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def __call__(self, x: Any) -> Any:
        return ops.elu(x, self.alpha)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "linear": linear,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "silu": silu,
    "swish": silu,
    "softplus": softplus,
    "softsign": softsign,
    "hard_sigmoid": hard_sigmoid,
    "step": step,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "exponential": exponential,
    "sigmoid_stepwise": sigmoid_stepwise,
    "tanh_stepwise": tanh_stepwise,
    "step_symmetric": step_symmetric,
    "gaussian": gaussian,
    "gaussian_symmetric": gaussian_symmetric,
    "elliot": elliot,
    "linear_piece": linear_piece,
    "linear_piece_symmetric": linear_piece_symmetric,
    "sin": sin,
    "cos": cos,
    "half_sin": half_sin,
    "half_cos": half_cos,
}
# Activations with settings: by class, as a file describes them. Plain ones have names (below).
FAMILY: Family[Configured] = Family("activation", Configured)
for _class in (LeakyRelu, Elu, Steep, PerUnit):
    FAMILY.add(_class)

for _name, _function in _FUNCTIONS.items():
    if not hasattr(_function, "glassnet_name"):
        _function.glassnet_name = _name  # type: ignore[attr-defined]


def names() -> list[str]:
    """Return the names of all activations."""
    return sorted(_FUNCTIONS)


def get(activation: Any) -> Callable[..., Any]:
    """Return an activation from a name, a function or a description; None is linear.

    Raises
    ------
    ArgumentError
        If there is no activation of that name; the nearest is suggested.

    Examples
    --------
    >>> get("sigmoid")(0.0)
    np.float64(0.5)
    """
    if activation is None:
        return linear
    if isinstance(activation, type) and activation in FAMILY.members.values():
        return FAMILY.get(activation)  # type: ignore[return-value]
    if callable(activation):
        return activation
    own = own_object(activation.get("class") if isinstance(activation, dict) else activation)
    if isinstance(activation, str) and callable(own) and not isinstance(own, type):
        return own
    if isinstance(activation, dict) and own:
        return own(**as_given(activation))
    if isinstance(activation, dict) and activation.get("class") in FAMILY.members:
        return FAMILY.get(activation)  # type: ignore[return-value]
    key = activation.lower() if isinstance(activation, str) else ""
    if key not in _FUNCTIONS:
        raise ArgumentError(f"unknown activation {shown(activation)}{_nearest(activation)}")
    return _FUNCTIONS[key]


def _nearest(activation: Any) -> str:
    return suggestion(activation if isinstance(activation, str) else "", names())


def name_of(activation: Callable[..., Any]) -> str:
    """Return what an activation is called."""
    name = getattr(activation, "glassnet_name", None)
    return name or getattr(activation, "__name__", None) or type(activation).__name__


def plain_name(activation: Callable[..., Any] | None) -> str:
    """Return what an activation is called, "linear" for none; of a steep one, what is steep.

    Examples
    --------
    >>> plain_name(None), plain_name(Steep("tanh", 0.5))
    ('linear', 'tanh')
    """
    if activation is None:
        return "linear"
    return name_of(getattr(activation, "activation", activation))


def __dir__() -> list[str]:
    return list(__all__)
