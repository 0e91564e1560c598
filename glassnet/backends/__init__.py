"""Backends: ways of running a program. ``get("numpy")`` gives one by name."""

from __future__ import annotations

from glassnet.backends.base import Backend, Stepper, Work
from glassnet.backends.loops import Loops
from glassnet.backends.numba import Numba
from glassnet.backends.numpy import Numpy
from glassnet.errors import ArgumentError, suggestion

__all__ = ["Backend", "Loops", "Numba", "Numpy", "Stepper", "Work", "get"]

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
    name = "numpy" if backend == "auto" else backend
    if not isinstance(name, str) or name not in _CLASSES:
        raise ArgumentError(
            f"backend={backend!r} is not known{suggestion(str(backend), ['auto', *_CLASSES])}"
        )
    if name not in _SHARED:
        _SHARED[name] = _CLASSES[name]()
    return _SHARED[name]
