"""A compiled program as a builtin function of Python: a list of numbers in, a list out.

For a network of a few neurons everything around the arithmetic costs more than the arithmetic:
a frame of the interpreter, an array for the row, a call through ctypes. So a builtin function is
made, in machine code itself, that reads the list, calls the compiled program and writes the list
of results. Whatever is not a plain list of the right length goes to a fallback in Python.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet.backends.numba import machine
from glassnet.backends.numba.predictor import Predictor

__all__ = ["RowCall", "is_possible"]

# What lies where in a seat, in words of eight bytes; pointers for the program follow.
_FUNCTION, _CELL, _KNOWN, _SIZE, _RESULTS, _ROW, _RESULT, _POINTERS = range(8)
_FASTCALL_WITH_KEYWORDS = 0x0080 | 0x0002

# Functions of Python's own that the machine code calls: result, arguments.
_PYTHON = {
    "PyTuple_GetItem": ("ptr", "ptr, i64"),
    "PyByteArray_AsString": ("ptr", "ptr"),
    "PyList_Size": ("i64", "ptr"),
    "PyList_GetItem": ("ptr", "ptr, i64"),
    "PyFloat_AsDouble": ("double", "ptr"),
    "PyErr_Occurred": ("ptr", ""),
    "PyErr_Clear": ("void", ""),
    "PyList_New": ("ptr", "i64"),
    "PyList_SetItem": ("i32", "ptr, i64, ptr"),
    "PyFloat_FromDouble": ("ptr", "double"),
    "Py_DecRef": ("void", "ptr"),
    "PyObject_Vectorcall": ("ptr", "ptr, ptr, i64, ptr"),
}

# self is a tuple: the seat, the fallback, and the owner of the memory. A row that holds anything
# but finite numbers has a sum t with t - t != 0.
_CODE = """
define ptr @glassnet_entry(ptr %self, ptr %args, i64 %count, ptr %words) {{
  %bytes = call ptr @PyTuple_GetItem(ptr %self, i64 0)
  %seat = call ptr @PyByteArray_AsString(ptr %bytes)
  {loads}
  %now = load i64, ptr %cell
  %fresh = icmp eq i64 %now, %known
  %single = icmp eq i64 %count, 1
  %wordless = icmp eq ptr %words, null
  %plain = and i1 %single, %wordless
  %fast = and i1 %plain, %fresh
  br i1 %fast, label %look, label %slow
look:
  %list = load ptr, ptr %args
  %length = call i64 @PyList_Size(ptr %list)
  %fits = icmp eq i64 %length, %size
  br i1 %fits, label %read, label %odd
read:
  %k = phi i64 [0, %look], [%k1, %finite]
  %sum = phi double [0.0, %look], [%sum1, %finite]
  %item = call ptr @PyList_GetItem(ptr %list, i64 %k)
  %gone = icmp eq ptr %item, null
  br i1 %gone, label %odd, label %number
number:
  %x = call double @PyFloat_AsDouble(ptr %item)
  %suspect = fcmp oeq double %x, -1.0
  br i1 %suspect, label %ask, label %finite
ask:
  %trouble = call ptr @PyErr_Occurred()
  %none = icmp eq ptr %trouble, null
  br i1 %none, label %finite, label %odd
finite:
  %to = getelementptr double, ptr %row, i64 %k
  store double %x, ptr %to
  %sum1 = fadd double %sum, %x
  %k1 = add i64 %k, 1
  %more = icmp slt i64 %k1, %size
  br i1 %more, label %read, label %check
check:
  %left = fsub double %sum1, %sum1
  %good = fcmp oeq double %left, 0.0
  br i1 %good, label %compute, label %slow
compute:
  call void %function(i64 0, i64 1{pointers})
  %made = call ptr @PyList_New(i64 %results)
  %failed = icmp eq ptr %made, null
  br i1 %failed, label %give, label %write
write:
  %j = phi i64 [0, %compute], [%j1, %put]
  %from = getelementptr double, ptr %result, i64 %j
  %y = load double, ptr %from
  %number1 = call ptr @PyFloat_FromDouble(double %y)
  %empty = icmp eq ptr %number1, null
  br i1 %empty, label %fail, label %put
put:
  %code = call i32 @PyList_SetItem(ptr %made, i64 %j, ptr %number1)
  %j1 = add i64 %j, 1
  %again = icmp slt i64 %j1, %results
  br i1 %again, label %write, label %give
give:
  ret ptr %made
fail:
  call void @Py_DecRef(ptr %made)
  ret ptr null
odd:
  call void @PyErr_Clear()
  br label %slow
slow:
  %fallback = call ptr @PyTuple_GetItem(ptr %self, i64 1)
  %answer = call ptr @PyObject_Vectorcall(ptr %fallback, ptr %args, i64 %count, ptr %words)
  ret ptr %answer
}}
"""


def is_possible() -> bool:
    """Return whether this Python can take such a function: CPython, with its interpreter lock."""
    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    return sys.implementation.name == "cpython" and sys.maxsize > 2**32 and locked


class RowCall:
    """A program of one row with its weights, called as ``function([0.5, 1.0])``.

    Parameters
    ----------
    predictor : Predictor
        The compiled program; input and result float64, one row of numbers each.
    cell : ndarray
        One whole number (int64) that changes whenever the weights do.
    fallback : callable
        Called with the same arguments where the fast way cannot be gone: the weights have changed
        since :meth:`renew`, or the row is no list of finite numbers, as many as there are inputs.

    Attributes
    ----------
    function : builtin function
    """

    def __init__(
        self, predictor: Predictor, cell: np.ndarray, fallback: Callable[..., Any]
    ) -> None:
        self._predictor, self._cell = predictor, cell
        pointers = list(predictor.pointers)
        seat = bytearray(8 * (_POINTERS + len(pointers)))
        self._words = np.frombuffer(seat, np.int64)
        row, result = predictor.row, predictor.result
        words = [_address(predictor.function), cell.ctypes.data, 0, row.size, result.size]
        words += [row.ctypes.data, result.ctypes.data, *(pointer or 0 for pointer in pointers)]
        self._words[:] = words
        self.outdate()
        method, new = _method(len(pointers)), _maker()
        self.function = new(
            ctypes.byref(method), (seat, fallback, self._words, predictor, cell), None
        )

    def outdate(self) -> None:
        """Send every call to the fallback until the weights are renewed."""
        self._words[_KNOWN] = self._cell[0] - 1

    def renew(self, weights: Mapping[str, Any]) -> None:
        """Take over weights; they hold until the cell changes."""
        self._predictor.set_weights(weights)
        self._words[_KNOWN] = self._cell[0]


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
def _method(pointers: int) -> _Method:
    """Return the description of the function for programs with so many pointers."""
    symbols = {name: _address(getattr(ctypes.pythonapi, name)) for name in _PYTHON}
    address = machine.from_assembly(_source(pointers), symbols)
    text = b"run($self, /, input)\n--\n\nReturn the outputs for one row of inputs."
    return _Method(b"run", address, _FASTCALL_WITH_KEYWORDS, text)


def _address(function: Any) -> int:
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def _source(pointers: int) -> str:
    places = {
        "function": (_FUNCTION, "ptr"),
        "cell": (_CELL, "ptr"),
        "known": (_KNOWN, "i64"),
        "size": (_SIZE, "i64"),
        "results": (_RESULTS, "i64"),
        "row": (_ROW, "ptr"),
        "result": (_RESULT, "ptr"),
        **{f"p{k}": (_POINTERS + k, "ptr") for k in range(pointers)},
    }
    loads = [
        f"%at.{name} = getelementptr i64, ptr %seat, i64 {word}\n  "
        f"%{name} = load {kind}, ptr %at.{name}"
        for name, (word, kind) in places.items()
    ]
    declared = [f"declare {result} @{name}({given})" for name, (result, given) in _PYTHON.items()]
    passed = "".join(f", ptr %p{k}" for k in range(pointers))
    code = _CODE.format(loads="\n  ".join(loads), pointers=passed)
    return "\n".join([*declared, code])
