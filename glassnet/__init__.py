"""glassnet: neural networks you can see through, written from scratch on NumPy."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from glassnet import activations, initializers, layers, losses, metrics, ops, optimizers
from glassnet.evaluate import grad, minimize, value_and_grad
from glassnet.layers.input import Input
from glassnet.models import Model, Sequential, load

if TYPE_CHECKING:
    from glassnet import backends, callbacks, datasets, errors, utils

__version__ = "0.1.0"

# Loaded when first used, so that ``import glassnet`` stays quick.
_LAZY = ("backends", "callbacks", "datasets", "errors", "utils")

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "activations",
    "backends",
    "callbacks",
    "datasets",
    "errors",
    "grad",
    "initializers",
    "layers",
    "load",
    "losses",
    "metrics",
    "minimize",
    "ops",
    "optimizers",
    "utils",
    "value_and_grad",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return importlib.import_module(f"glassnet.{name}")
    raise AttributeError(f"module 'glassnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
