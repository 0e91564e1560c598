"""The matrix product: the BLAS that NumPy has already loaded, else the one SciPy offers.

Generated code calls ``glassnet_gemm_float32`` and ``glassnet_gemm_float64``; this module finds
what they stand for. NumPy's own copy costs no import and rounds as NumPy does.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import pathlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Blas", "find", "integer_bits", "one_thread"]


@dataclass(frozen=True)
class Blas:
    """Addresses of the two products, the size of their integers, and the thread setting."""

    single: int
    double: int
    integer_bits: int
    get_threads: Any = None
    set_threads: Any = None


def _address(function: Any) -> int:
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def _from_numpy() -> Blas | None:
    """Look into the OpenBLAS inside NumPy's wheel (its integers have 64 bits)."""
    import numpy

    root = pathlib.Path(numpy.__file__).parent
    folders = [root.parent / "numpy.libs", root / ".dylibs", root / ".libs"]
    for path in sorted(p for folder in folders for p in folder.glob("*openblas64_*")):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(str(path))
            return Blas(
                _address(library.scipy_sgemm_64_),
                _address(library.scipy_dgemm_64_),
                64,
                library.scipy_openblas_get_num_threads64_,
                library.scipy_openblas_set_num_threads64_,
            )
    return None


def _from_scipy() -> Blas:
    from scipy.linalg import cython_blas

    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    found = []
    for name in ("sgemm", "dgemm"):
        capsule = cython_blas.__pyx_capi__[name]
        found.append(int(get_pointer(capsule, get_name(capsule))))
    return Blas(found[0], found[1], 32, *_scipy_threads())


def _scipy_threads() -> tuple[Any, Any]:
    import scipy

    root = pathlib.Path(scipy.__file__).parent
    folders = [root.parent / "scipy.libs", root / ".dylibs"]
    for path in sorted(p for folder in folders for p in folder.glob("*openblas*")):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(str(path))
            return library.scipy_openblas_get_num_threads, library.scipy_openblas_set_num_threads
    return None, None


@functools.cache
def find() -> Blas:
    """Return the BLAS of this process."""
    return _from_numpy() or _from_scipy()


def integer_bits() -> int:
    """Return the size of BLAS's integers."""
    return find().integer_bits


class _Users:
    """How many runs need BLAS on one thread now, and what its user had set before the first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.before = 1

    def come(self, blas: Blas) -> None:
        with self.lock:
            if self.count == 0:
                self.before = blas.get_threads() if blas.get_threads else 1
                if self.before != 1:
                    blas.set_threads(1)
            self.count += 1

    def go(self, blas: Blas) -> None:
        with self.lock:
            self.count -= 1
            if self.count == 0 and self.before != 1:
                blas.set_threads(self.before)


_users = _Users()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS on the calling thread; the last to leave gives the user's setting back."""
    blas = find()
    _users.come(blas)
    try:
        yield
    finally:
        _users.go(blas)
