"""The code of a builtin function, in LLVM's language: lists to buffers, the program, a list.

``builtin.py`` compiles it, and fills the *seat*: the words that a function looks at in its turn.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from glassnet.backends.compiled.run.onerow import pointer_count

__all__ = ["PYTHON", "places", "source"]

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
# What a copy is: addresses, bytes from row to row in both places, rows and columns.
_COPY = ("source", "target", "source_step", "target_step", "rows", "columns")

# Functions of Python's own that the machine code calls: result, arguments.
PYTHON = {
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


@functools.cache
def places(lists: int) -> dict[str, int]:
    """Return the words of a seat by their names."""
    rows = [f"{word}{n}" for n in range(lists) for word in ("size", "row")]
    names = [*_WORDS, *rows, *(f"p{n}" for n in range(pointer_count(lists)))]
    return {name: word for word, name in enumerate(names)}


def source(lists: int) -> str:
    """Return the code of a function that takes a number of lists."""
    seat = places(lists)
    kinds = _WORDS | {f"size{n}": "i64" for n in range(lists)}
    kinds |= dict.fromkeys(_COPY[2:], "i64")

    def load(base: str, word: int, name: str) -> str:
        return (
            f"%at.{name} = getelementptr i64, ptr {base}, i64 {word}\n  "
            f"%{name} = load {kinds.get(name, 'ptr')}, ptr %at.{name}"
        )

    def renamed(word: str, name: str) -> str:
        """Load a word under a name of its own: it is loaded again later."""
        return load("%seat", seat[word], name)

    def loads(names: Iterable[str]) -> str:
        return "\n  ".join(load("%seat", seat[name], name) for name in names)

    rows = [f"{word}{n}" for n in range(lists) for word in ("size", "row")]
    pointers = [name for name in seat if name not in rows and name not in _WORDS]
    parts = [f"declare {result} @{name}({given})" for name, (result, given) in PYTHON.items()]
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
