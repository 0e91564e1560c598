"""A compiled program as a builtin function of Python: lists of numbers in, a list (or None) out.

For a network of a few neurons everything around the arithmetic costs more than the arithmetic:
a frame of the interpreter, an array for the row, a call through ctypes. So a builtin function is
made, in machine code itself, that reads the lists, calls the compiled program and writes the list
of results. Whatever is not plain lists or tuples of the right lengths goes to a fallback in Python.

Threads may share a function. It keeps the interpreter lock while it computes, but reading a list
may run code of the user's own numbers, and so may making one: then another call can come in
between. A ticket tells: its number is drawn before the reading, and if another was drawn since,
the buffers hold the other call's numbers, and the fallback takes the call.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from glassnet.backends.compiled.compiler import build
from glassnet.backends.compiled.run.onerow import OneRow, pointer_count

__all__ = ["RowCall", "is_possible"]

# What lies in a seat, in words of eight bytes. A size and a buffer for each list follow, then
# pointers for the program.
_WORDS = {
    "function": "ptr",
    "cell": "ptr",  # the call is fresh as long as this word is "known" ...
    "known": "i64",
    "flag": "ptr",  # ... and this one is 0
    "version": "ptr",  # if this word is not what was "seen" last,
    "seen": "i64",
    "copies": "ptr",  # the number of weights copied first
    "copy_count": "i64",
    "results": "i64",  # -1: None is returned
    "result": "ptr",
    "touched": "ptr",  # a word that goes up by one,
    "tally": "ptr",  # and a number that goes up by "counted", with every call
    "counted": "double",
    "ticket": "i64",  # goes up by one with every call
}
# Words for calls that have no flag or version to look at, nothing to touch and nothing to count;
# the last one is a flag that is always raised.
_SPARE = 4
# What a copy is: addresses, bytes from row to row in both places, rows and columns.
_COPY = ("source", "target", "source_step", "target_step", "rows", "columns")
_FASTCALL_WITH_KEYWORDS = 0x0080 | 0x0002

# Functions of Python's own that the machine code calls: result, arguments.
_PYTHON = {
    "PyObject_Type": ("ptr", "ptr"),
    "PyTuple_Size": ("i64", "ptr"),
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
    "Py_IncRef": ("void", "ptr"),
    "PyObject_Vectorcall": ("ptr", "ptr, ptr, i64, ptr"),
}

# self is a tuple: the seat, the fallback, and the owner of the memory. All lists are read before
# anything else is looked at: reading may run code of the user's own numbers.
_BEGIN = """
define ptr @glassnet_entry(ptr %self, ptr %args, i64 %count, ptr %words) {{
  %bytes = call ptr @PyTuple_GetItem(ptr %self, i64 0)
  %seat = call ptr @PyByteArray_AsString(ptr %bytes)
  {loads}
  %mine = add i64 %drawn, 1
  store i64 %mine, ptr %at.drawn
  %all = icmp eq i64 %count, {lists}
  %wordless = icmp eq ptr %words, null
  %plain = and i1 %all, %wordless
  br i1 %plain, label %look0, label %slow
"""

# A row that holds anything but finite numbers has a sum t with t - t != 0.
_READ = """
look{n}:
  %at.list{n} = getelementptr ptr, ptr %args, i64 {n}
  %list{n} = load ptr, ptr %at.list{n}
  %type{n} = call ptr @PyObject_Type(ptr %list{n})
  call void @Py_DecRef(ptr %type{n})
  %tuple{n} = icmp eq ptr %type{n}, inttoptr (i64 {tuple} to ptr)
  %measure{n} = select i1 %tuple{n}, ptr @PyTuple_Size, ptr @PyList_Size
  %get{n} = select i1 %tuple{n}, ptr @PyTuple_GetItem, ptr @PyList_GetItem
  %length{n} = call i64 %measure{n}(ptr %list{n})
  %fits{n} = icmp eq i64 %length{n}, %size{n}
  br i1 %fits{n}, label %read{n}, label %odd
read{n}:
  %k{n} = phi i64 [0, %look{n}], [%next{n}, %finite{n}]
  %sum{n} = phi double [0.0, %look{n}], [%more{n}, %finite{n}]
  %item{n} = call ptr %get{n}(ptr %list{n}, i64 %k{n})
  %gone{n} = icmp eq ptr %item{n}, null
  br i1 %gone{n}, label %odd, label %number{n}
number{n}:
  %x{n} = call double @PyFloat_AsDouble(ptr %item{n})
  %suspect{n} = fcmp oeq double %x{n}, -1.0
  br i1 %suspect{n}, label %ask{n}, label %finite{n}
ask{n}:
  %trouble{n} = call ptr @PyErr_Occurred()
  %none{n} = icmp eq ptr %trouble{n}, null
  br i1 %none{n}, label %finite{n}, label %odd
finite{n}:
  %to{n} = getelementptr double, ptr %row{n}, i64 %k{n}
  store double %x{n}, ptr %to{n}
  %more{n} = fadd double %sum{n}, %x{n}
  %next{n} = add i64 %k{n}, 1
  %left{n} = icmp slt i64 %next{n}, %size{n}
  br i1 %left{n}, label %read{n}, label %check{n}
check{n}:
  %zero{n} = fsub double %more{n}, %more{n}
  %good{n} = fcmp oeq double %zero{n}, 0.0
  br i1 %good{n}, label %{then}, label %slow
"""

_END = """
make:
  %silent = icmp slt i64 %planned, 0
  br i1 %silent, label %ready, label %list
list:
  %new = call ptr @PyList_New(i64 %planned)
  %failed = icmp eq ptr %new, null
  br i1 %failed, label %broken, label %ready
ready:
  %made = phi ptr [null, %make], [%new, %list]
  {loads}
  %alone = icmp eq i64 %ticket, %mine
  %fitting = icmp eq i64 %results, %planned
  %now = load i64, ptr %cell
  %same = icmp eq i64 %now, %known
  %raised = load i64, ptr %flag
  %lowered = icmp eq i64 %raised, 0
  %bound = and i1 %same, %lowered
  %own = and i1 %alone, %fitting
  %fresh = and i1 %bound, %own
  br i1 %fresh, label %weights, label %drop
weights:
  %newest = load i64, ptr %version
  %held = icmp eq i64 %newest, %seen
  br i1 %held, label %compute, label %copy
copy:
  %c = phi i64 [0, %weights], [%c1, %copied]
  {copy}
  br label %line
line:
  %r = phi i64 [0, %copy], [%r1, %lined]
  %source_at = mul i64 %r, %source_step
  %target_at = mul i64 %r, %target_step
  %source_row = getelementptr i8, ptr %source, i64 %source_at
  %target_row = getelementptr i8, ptr %target, i64 %target_at
  br label %weight
weight:
  %q = phi i64 [0, %line], [%q1, %weight]
  %w.from = getelementptr double, ptr %source_row, i64 %q
  %w.to = getelementptr double, ptr %target_row, i64 %q
  %w = load double, ptr %w.from
  store double %w, ptr %w.to
  %q1 = add i64 %q, 1
  %further = icmp slt i64 %q1, %columns
  br i1 %further, label %weight, label %lined
lined:
  %r1 = add i64 %r, 1
  %below = icmp slt i64 %r1, %rows
  br i1 %below, label %line, label %copied
copied:
  %c1 = add i64 %c, 1
  %others = icmp slt i64 %c1, %copy_count
  br i1 %others, label %copy, label %noted
noted:
  store i64 %newest, ptr %at.seen
  br label %compute
compute:
  call void %function(i64 0, i64 1{pointers})
  %before = load double, ptr %tally
  %after = fadd double %before, %counted
  store double %after, ptr %tally
  %touches = load i64, ptr %touched
  %touches1 = add i64 %touches, 1
  store i64 %touches1, ptr %touched
  br i1 %silent, label %nothing, label %write
nothing:
  call void @Py_IncRef(ptr inttoptr (i64 {none} to ptr))
  ret ptr inttoptr (i64 {none} to ptr)
write:
  %j = phi i64 [0, %compute], [%j1, %put]
  %from = getelementptr double, ptr %result, i64 %j
  %y = load double, ptr %from
  %number = call ptr @PyFloat_FromDouble(double %y)
  %empty = icmp eq ptr %number, null
  br i1 %empty, label %fail, label %put
put:
  %code = call i32 @PyList_SetItem(ptr %made, i64 %j, ptr %number)
  %j1 = add i64 %j, 1
  %again = icmp slt i64 %j1, %results
  br i1 %again, label %write, label %give
give:
  ret ptr %made
fail:
  call void @Py_DecRef(ptr %made)
  ret ptr null
broken:
  ret ptr null
drop:
  br i1 %silent, label %slow, label %unmake
unmake:
  call void @Py_DecRef(ptr %made)
  br label %slow
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
        self.lists = len(arguments)
        size = len(_places(self.lists))
        seat = bytearray(8 * (size + _SPARE))
        self._words = np.frombuffer(seat, np.int64)
        self._spare = self._words[size:]
        self._raised = self._spare[-1:]
        self._rows: list[np.ndarray] = []
        self.outdate()
        method, new = _method(name, tuple(arguments)), _maker()
        # The function keeps this object, and so all memory that it uses.
        self.function = new(ctypes.byref(method), (seat, fallback, self), None)

    def outdate(self) -> None:
        """Send every call to the fallback until something is bound."""
        self._words[:] = 0
        self._raised[0] = 1
        own = _address_of(self._spare)
        self._fill(cell=own, known=1, flag=_address_of(self._raised))

    def bind(
        self,
        program: OneRow,
        cell: np.ndarray,
        *,
        result: np.ndarray | None = None,
        flag: np.ndarray | None = None,
        version: np.ndarray | None = None,
        copies: Sequence[tuple[np.ndarray, np.ndarray]] = (),
        touched: np.ndarray | None = None,
        tally: np.ndarray | None = None,
        counted: float = 0.0,
    ) -> None:
        """Run a program from now on, until the cell changes.

        Parameters
        ----------
        program : OneRow
            Its rows are float64.
        cell : ndarray
            One whole number (int64).
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
        spare = self._spare
        # Other threads may call meanwhile: the flag goes up first and is lowered last.
        self._fill(flag=_address_of(self._raised))
        spare[:-1] = 0
        rows = self._buffers(program)
        table = np.array([_copy(*pair) for pair in copies], np.int64)
        self._fill(
            function=_address(program.function),
            cell=_address_of(cell),
            known=int(cell[0]),
            version=_address_of(spare if version is None else version),
            seen=0 if version is None else int(version[0]) - 1,
            copies=_address_of(table),
            copy_count=len(table),
            results=-1 if result is None else result.size,
            result=0 if result is None else _address_of(result),
            touched=_address_of(spare[1:] if touched is None else touched),
            tally=_address_of(spare[2:] if tally is None else tally),
            counted=int(np.float64(counted).view(np.int64)),
            **{f"size{n}": row.size for n, row in enumerate(rows)},
            **{f"row{n}": _address_of(row) for n, row in enumerate(rows)},
            **{f"p{n}": pointer or 0 for n, pointer in enumerate(program.pointers_for(rows))},
        )
        self._owners = (program, cell, flag, version, table, copies, touched, tally)
        self._fill(flag=_address_of(spare if flag is None else flag))

    def _buffers(self, program: OneRow) -> list[np.ndarray]:
        """Return where lists are read into: the same for all programs.

        The numbers of a list may bind another program while they are read, if they are objects
        of the user's own; what was bound before is then gone.
        """
        if [row.shape for row in self._rows] != [row.shape for row in program.rows]:
            self._rows = [np.zeros_like(row) for row in program.rows]
        return self._rows

    def renew(self, cell: np.ndarray) -> None:
        """Hold what is bound for good again, now that the cell has another number."""
        self._fill(known=int(cell[0]))

    def _fill(self, **words: int) -> None:
        places = _places(self.lists)
        for name, word in words.items():
            self._words[places[name]] = word


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
    symbols = {name: _address(getattr(ctypes.pythonapi, name)) for name in _PYTHON}
    return build.from_assembly(_source(lists), symbols)


def _address(function: Any) -> int:
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)


def _address_of(array: np.ndarray) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


@functools.cache
def _places(lists: int) -> dict[str, int]:
    """Return the words of a seat by their names."""
    rows = [f"{word}{n}" for n in range(lists) for word in ("size", "row")]
    names = [*_WORDS, *rows, *(f"p{n}" for n in range(pointer_count(lists)))]
    return {name: word for word, name in enumerate(names)}


def _copy(source: np.ndarray, target: np.ndarray) -> list[int]:
    """Return what machine code has to know for copying a matrix, in the order of ``_COPY``."""
    addresses = [_address_of(source), _address_of(target)]
    return [*addresses, source.strides[0], target.strides[0], *source.shape]


def _source(lists: int) -> str:
    places = _places(lists)
    kinds = _WORDS | {f"size{n}": "i64" for n in range(lists)}
    kinds |= dict.fromkeys(_COPY[2:], "i64")

    def load(base: str, word: int, name: str) -> str:
        return (
            f"%at.{name} = getelementptr i64, ptr {base}, i64 {word}\n  "
            f"%{name} = load {kinds.get(name, 'ptr')}, ptr %at.{name}"
        )

    def renamed(word: str, name: str) -> str:
        """Load a word under a name of its own: it is loaded again later."""
        return load("%seat", places[word], name)

    def loads(names: Iterable[str]) -> str:
        return "\n  ".join(load("%seat", places[name], name) for name in names)

    rows = [f"{word}{n}" for n in range(lists) for word in ("size", "row")]
    pointers = [name for name in places if name not in rows and name not in _WORDS]
    parts = [f"declare {result} @{name}({given})" for name, (result, given) in _PYTHON.items()]
    kinds |= {"drawn": "i64", "planned": "i64"}
    first = [loads(rows), renamed("ticket", "drawn"), renamed("results", "planned")]
    parts.append(_BEGIN.format(loads="\n  ".join(first), lists=lists))
    for n in range(lists):
        then = "make" if n == lists - 1 else f"look{n + 1}"
        parts.append(_READ.format(n=n, then=then, tuple=id(tuple)))
    passed = "".join(f", ptr %{name}" for name in pointers)
    copy = [f"%pair = getelementptr [{len(_COPY)} x i64], ptr %copies, i64 %c"]
    copy += [load("%pair", word, name) for word, name in enumerate(_COPY)]
    end = {"loads": loads([*_WORDS, *pointers]), "copy": "\n  ".join(copy)}
    parts.append(_END.format(**end, pointers=passed, none=id(None)))
    return "\n".join(parts)
