"""Backends: ways of running a program. ``get("numpy")`` gives one by name."""

from __future__ import annotations

import os

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
    "set_backend",
    "standing_for_auto",
]

_SHARED: dict[str, Backend] = {}
_CLASSES: dict[str, type[Backend]] = {"loops": Loops, "numba": Numba, "numpy": Numpy}


# What "auto" stands for since set_backend was called; None leaves it to GLASSNET_BACKEND.
_chosen: list[str | None] = [None]


def set_backend(backend: str | None = "auto") -> None:
    """Set what ``backend="auto"`` stands for, in every ``fit``, ``predict`` and ``evaluate``.

    Parameters
    ----------
    backend : {"auto", "numpy", "numba", "loops"} or None, default "auto"
        "auto" leaves the choice to the amount of work. None goes back to the environment variable
        ``GLASSNET_BACKEND``, and to "auto" where that is not set.

    Raises
    ------
    ArgumentError
        If there is no backend of that name.

    Examples
    --------
    >>> set_backend("numpy")
    >>> set_backend(None)
    """
    if backend is not None:
        _check(backend, "backend")
    _chosen[0] = backend


def standing_for_auto() -> str:
    """Return what ``backend="auto"`` stands for: a name, "auto" where the work decides.

    Raises
    ------
    ArgumentError
        If ``GLASSNET_BACKEND`` names no backend.
    """
    if _chosen[0] is not None:
        return _chosen[0]
    named = os.environ.get("GLASSNET_BACKEND") or "auto"
    _check(named, "GLASSNET_BACKEND")
    return named


def _check(backend: object, name: str) -> None:
    if not isinstance(backend, str) or backend not in ("auto", *_CLASSES):
        raise ArgumentError(
            f"{name}={shown(backend)} is not known"
            f"{suggestion(backend if isinstance(backend, str) else '', ['auto', *_CLASSES])}"
        )


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
    _check(backend, "backend")
    name = standing_for_auto() if backend == "auto" else backend
    # One run of a program is a small job; fit chooses by the work that it has (choice.py).
    name = "numpy" if name == "auto" else name
    if name not in _SHARED:
        _SHARED[name] = _CLASSES[name]()
    return _SHARED[name]
