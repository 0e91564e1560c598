"""The matrix product: the BLAS that NumPy has already loaded, else the one SciPy offers.

Generated code calls ``glassnet_gemm_float32`` and ``glassnet_gemm_float64``; this module finds
what they stand for. NumPy's own copy costs no import and rounds as NumPy does.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import pathlib
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


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS on the calling thread; give the user's setting back afterwards."""
    blas = find()
    before = blas.get_threads() if blas.get_threads else 1
    if before == 1:
        yield
        return
    blas.set_threads(1)
    try:
        yield
    finally:
        blas.set_threads(before)
