"""Backends: ways of running a program. ``get("numpy")`` gives one by name."""

from __future__ import annotations

from glassnet.backends.base import AsTheyLie, Backend, Stepper, Work
from glassnet.backends.choice import Choice, choose
from glassnet.backends.loops import Loops
from glassnet.backends.numba import Numba
from glassnet.backends.numpy import Numpy
from glassnet.errors import ArgumentError, shown, suggestion

__all__ = [
    "AsTheyLie",
    "Backend",
    "Choice",
    "Loops",
    "Numba",
    "Numpy",
    "Stepper",
    "Work",
    "choose",
    "get",
]

_SHARED: dict[str, Backend] = {}
_CLASSES: dict[str, type[Backend]] = {"loops": Loops, "numba": Numba, "numpy": Numpy}


def get(backend: str | Backend = "auto") -> Backend:
    """Return a backend by name, or the backend itself.

    Parameters
    ----------
    backend : {"auto", "numpy", "numba", "loops"} or Backend

    Raises
    ------
    ArgumentError
        If there is no backend of that name.

    Examples
    --------
    >>> get("numpy").name
    'numpy'
    """
    if isinstance(backend, Backend):
        return backend
    if not isinstance(backend, str) or backend not in ("auto", *_CLASSES):
        raise ArgumentError(
            f"backend={shown(backend)} is not known"
            f"{suggestion(backend if isinstance(backend, str) else '', ['auto', *_CLASSES])}"
        )
    # What is to be done once, and small: fit chooses by the work it has (choice.py).
    name = "numpy" if backend == "auto" else backend
    if name not in _SHARED:
        _SHARED[name] = _CLASSES[name]()
    return _SHARED[name]
