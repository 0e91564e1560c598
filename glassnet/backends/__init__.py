"""Backends: ways of running a program. ``get("numpy")`` gives one by name."""

from __future__ import annotations

import os

from glassnet.backends.base import AsTheyLie, Backend, Stepper, Work
from glassnet.backends.choice import Choice, choose
from glassnet.backends.compiled import Compiled
from glassnet.backends.loops import Loops
from glassnet.backends.numpy import Numpy
from glassnet.errors import ArgumentError, shown, suggestion

__all__ = [
    "AsTheyLie",
    "Backend",
    "Choice",
    "Compiled",
    "Loops",
    "Numba",
    "Numpy",
    "Stepper",
    "Work",
    "canonical",
    "choose",
    "get",
    "set_backend",
    "standing_for_auto",
]

_SHARED: dict[str, Backend] = {}
_CLASSES: dict[str, type[Backend]] = {"compiled": Compiled, "loops": Loops, "numpy": Numpy}
# Names that programs, checkpoints and environments written before may hold, and what they mean.
_ALIASES = {"numba": "compiled"}
Numba = Compiled


# What "auto" stands for since set_backend was called; None leaves it to GLASSNET_BACKEND.
_chosen: list[str | None] = [None]


def canonical(name: str) -> str:
    """Return the name that a backend has today; what is no name of a backend is returned as it is.

    >>> canonical("numba")
    'compiled'
    """
    return _ALIASES.get(name, name)


def set_backend(backend: str | None = "auto") -> None:
    """Set what ``backend="auto"`` stands for, in every ``fit``, ``predict`` and ``evaluate``.

    Parameters
    ----------
    backend : {"auto", "numpy", "compiled", "loops"} or None, default "auto"
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
    _chosen[0] = None if backend is None else _checked(backend, "backend")


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
    return _checked(named, "GLASSNET_BACKEND")


def _checked(backend: object, name: str) -> str:
    """Return the name that a backend has today, or raise."""
    if not isinstance(backend, str) or canonical(backend) not in ("auto", *_CLASSES):
        raise ArgumentError(
            f"{name}={shown(backend)} is not known"
            f"{suggestion(backend if isinstance(backend, str) else '', ['auto', *_CLASSES])}"
        )
    return canonical(backend)


def get(backend: str | Backend = "auto") -> Backend:
    """Return a backend by name, or the backend itself.

    Parameters
    ----------
    backend : {"auto", "numpy", "compiled", "loops"} or Backend
        ``"numba"``, the name of the compiled backend before, is taken too.

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
    name = _checked(backend, "backend")
    name = standing_for_auto() if name == "auto" else name
    # One run of a program is a small job; fit chooses by the work that it has (choice.py).
    name = "numpy" if name == "auto" else name
    if name not in _SHARED:
        _SHARED[name] = _CLASSES[name]()
    return _SHARED[name]


def __dir__() -> list[str]:
    return list(__all__)
