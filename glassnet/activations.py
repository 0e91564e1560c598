"""Activation functions by name; each works on plain arrays and inside a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import glassnet.evaluate  # noqa: F401  lets the ops take plain arrays
from glassnet import ops
from glassnet.errors import ArgumentError, suggestion
from glassnet.settings import Configured

__all__ = [
    "Elu",
    "LeakyRelu",
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "log_softmax",
    "names",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "step",
    "swish",
    "tanh",
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

    def __init__(self, negative_slope: float = 0.2) -> None:
        self.negative_slope = negative_slope

    def __call__(self, x: Any) -> Any:
        return ops.leaky_relu(x, self.negative_slope)


class Elu(Configured):
    """y = x if x > 0 else alpha (exp(x) - 1), with an alpha of your choice.

    Parameters
    ----------
    alpha : float, default 1
    """

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
}
_CLASSES: dict[str, type[Configured]] = {"LeakyRelu": LeakyRelu, "Elu": Elu}

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
    if isinstance(activation, type) and activation in _CLASSES.values():
        return activation()
    if callable(activation):
        return activation
    if isinstance(activation, dict) and activation.get("class") in _CLASSES:
        settings = {key: value for key, value in activation.items() if key != "class"}
        return _CLASSES[activation["class"]](**settings)  # type: ignore[return-value]
    key = str(activation).lower()
    if not isinstance(activation, str) or key not in _FUNCTIONS:
        raise ArgumentError(
            f"unknown activation {activation!r}{suggestion(str(activation), names())}"
        )
    return _FUNCTIONS[key]


def name_of(activation: Callable[..., Any]) -> str:
    """Return what an activation is called."""
    name = getattr(activation, "glassnet_name", None)
    return name or getattr(activation, "__name__", None) or type(activation).__name__
