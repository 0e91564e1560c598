"""A compiled program as a builtin function of Python: lists of numbers in, a list (or None) out.

For a network of a few neurons everything around the arithmetic costs more than the arithmetic:
a frame of the interpreter, an array for the row, a call through ctypes. So a builtin function is
made, in machine code itself (``builtin_text.py``), that reads the lists, calls the compiled program
and writes the list of results. Whatever is not plain lists or tuples of the right lengths goes to a
fallback in Python.

Threads may share a function. It keeps the interpreter lock while it computes, but reading a list
may run code of the user's own numbers, and so may making one: then another call can come in
between. A ticket tells: its number is drawn before the reading, and if another was drawn since,
the buffers hold the other call's numbers, and the fallback takes the call.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.backends.compiled.compiler import build
from glassnet.backends.compiled.run.builtin_text import PYTHON, places, source
from glassnet.backends.compiled.run.onerow import RowMemory, address_of_function

__all__ = ["Builtin", "is_possible"]

_FASTCALL_WITH_KEYWORDS = 0x0080 | 0x0002
# For calls that have no flag or version to look at, nothing to touch and nothing to count.
_ZERO, _TOUCHED, _TALLY = np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1)


def is_possible() -> bool:
    """Return whether this Python can take such a function: CPython, with its interpreter lock."""
    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    return sys.implementation.name == "cpython" and sys.maxsize > 2**32 and locked


class Builtin:
    """A builtin function that runs a program on rows, as ``function([0.5, 1.0])``.

    Parameters
    ----------
    name : str
        What the function is called.
    arguments : sequence of str
        Names of its arguments, one a row.
    fallback : callable
        Called with the same arguments where the fast way cannot be gone: nothing has been bound,
        the cell has changed since, or a row is no list (or tuple) of finite numbers of the right
        length.

    Attributes
    ----------
    function : builtin function
    """

    def __init__(self, name: str, arguments: Sequence[str], fallback: Callable[..., Any]) -> None:
        self.places = places(len(arguments))
        seat = bytearray(8 * len(self.places))
        self._words = np.frombuffer(seat, np.int64)
        self._rows: list[np.ndarray] = []
        # Nothing is bound: the number known is never that of the cell.
        self._fill(cell=_address_of(_ZERO), flag=_address_of(_ZERO), known=-1)
        self._method, new = _method(name, tuple(arguments)), _maker()
        # The function keeps this object, and so all memory that it uses, its description too: two
        # threads may have made one each, and only one of them stays in the cache.
        self.function = new(ctypes.byref(self._method), (seat, fallback, self), None)

    def bind(
        self,
        memory: RowMemory,
        cell: np.ndarray,
        *,
        result: np.ndarray | None = None,
        flag: np.ndarray = _ZERO,
        version: np.ndarray = _ZERO,
        copies: Sequence[tuple[np.ndarray, np.ndarray]] = (),
        touched: np.ndarray = _TOUCHED,
        tally: np.ndarray = _TALLY,
        counted: float = 0.0,
    ) -> None:
        """Run a program from now on, until the cell changes.

        Parameters
        ----------
        memory : RowMemory
            That of a program whose rows are float64.
        cell : ndarray
            One whole number (int64), at least 0.
        result : ndarray, optional
            Where the program leaves what is to be returned (float64), by default None.
        flag : ndarray, optional
            A whole number: every call goes to the fallback while it is not 0.
        version, copies : ndarray and sequence of pairs, optional
            A whole number with which the weights change, and matrices (float64) from which and
            to which they are copied when it has; the first call copies them too.
        touched : ndarray, optional
            A whole number that every call adds 1 to.
        tally, counted : ndarray and float, optional
            A number that every call adds ``counted`` to.
        """
        # Other threads may call meanwhile: they go to the fallback until all words are there.
        self._fill(known=-1)
        rows = self._buffers(memory)
        table = np.array([_copy(*pair) for pair in copies], np.int64)
        arrays = dict(cell=cell, flag=flag, version=version, copies=table, touched=touched)
        arrays |= {"tally": tally, **{f"row{n}": row for n, row in enumerate(rows)}}
        self._fill(
            function=memory.address,
            seen=int(version[0]) - bool(copies),
            copy_count=len(table),
            results=-1 if result is None else result.size,
            result=0 if result is None else _address_of(result),
            counted=int(np.float64(counted).view(np.int64)),
            **{name: _address_of(array) for name, array in arrays.items()},
            **{f"size{n}": row.size for n, row in enumerate(rows)},
            **{f"p{n}": pointer or 0 for n, pointer in enumerate(memory.pointers_for(rows))},
        )
        self._owners = (memory, copies, arrays)
        self.renew(cell)

    def _buffers(self, memory: RowMemory) -> list[np.ndarray]:
        """Return where lists are read into: the same for all programs.

        The numbers of a list may bind another program while they are read, if they are objects
        of the user's own; what was bound before is then gone.
        """
        if [row.shape for row in self._rows] != [row.shape for row in memory.rows]:
            self._rows = [np.zeros_like(row) for row in memory.rows]
        return self._rows

    def renew(self, cell: np.ndarray) -> None:
        """Hold what is bound for good again, now that the cell has another number."""
        self._fill(known=int(cell[0]))

    def _fill(self, **words: int) -> None:
        for name, word in words.items():
            self._words[self.places[name]] = word


class _Method(ctypes.Structure):
    """Python's PyMethodDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("text", ctypes.c_char_p),
    )


@functools.cache
def _maker() -> Any:
    prototype = ctypes.PYFUNCTYPE(
        ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p
    )
    return prototype(("PyCFunction_NewEx", ctypes.pythonapi))


@functools.cache
def _method(name: str, arguments: tuple[str, ...]) -> _Method:
    """Return the description of a function with these arguments."""
    text = f"{name}($self, /, {', '.join(arguments)})\n--\n\nIn machine code."
    return _Method(name.encode(), _code(len(arguments)), _FASTCALL_WITH_KEYWORDS, text.encode())


@functools.cache
def _code(lists: int) -> int:
    """Return the address of the machine code for a number of lists."""
    symbols = {name: address_of_function(getattr(ctypes.pythonapi, name)) for name in PYTHON}
    return build.from_assembly(source(lists), symbols)


def _address_of(array: np.ndarray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _copy(source: np.ndarray, target: np.ndarray) -> list[int]:
    """Return what machine code has to know for copying a matrix."""
    addresses = [_address_of(source), _address_of(target)]
    return [*addresses, source.strides[0], target.strides[0], *source.shape]
