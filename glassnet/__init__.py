"""glassnet: neural networks you can see through, written from scratch on NumPy."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # type checkers know the name; typing itself takes 10 ms to import
if TYPE_CHECKING:
    from typing import Any

    from glassnet import (
        activations,
        backends,
        callbacks,
        classic,
        datasets,
        errors,
        initializers,
        layers,
        losses,
        metrics,
        ops,
        optimizers,
        plots,
        utils,
    )
    from glassnet.backends import set_backend
    from glassnet.evaluate import grad, minimize, value_and_grad
    from glassnet.layers.input import Input
    from glassnet.models import Model, Sequential, load

__version__ = "0.1.0"

# Where each public name lives. It is loaded when first used: importing glassnet is quick, and
# a program that only reads data never loads the training loop.
_MODULES = (
    "activations",
    "backends",
    "callbacks",
    "classic",
    "datasets",
    "errors",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "ops",
    "optimizers",
    "plots",
    "testing",
    "utils",
)
_HOMES = {
    "Input": "glassnet.layers.input",
    "Model": "glassnet.models",
    "Sequential": "glassnet.models",
    "grad": "glassnet.evaluate",
    "load": "glassnet.models",
    "minimize": "glassnet.evaluate",
    "set_backend": "glassnet.backends",
    "value_and_grad": "glassnet.evaluate",
}

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "activations",
    "backends",
    "callbacks",
    "classic",
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
    "plots",
    "set_backend",
    "utils",
    "value_and_grad",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        if name == "ops":
            importlib.import_module("glassnet.evaluate")  # lets the ops take plain arrays
        return importlib.import_module(f"glassnet.{name}")
    raise AttributeError(f"module 'glassnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES, "__version__"})
