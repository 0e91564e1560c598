"""Loops as functions of their own: a program compiles each different one once, and keeps it.

A network of many layers repeats a few loops: the update of a kernel, an activation and its slope.
A *piece* is such a loop as a function whose name is the digest of its text. What differs between
equal loops is an argument, so the time of a compile grows with the number of different pieces, and
programs share them through the cache.
"""

from __future__ import annotations

import ast
import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.backends.compiled.compiler import arithmetic
from glassnet.backends.compiled.compiler.functions import FUNCTIONS, address
from glassnet.backends.compiled.compiler.kinds import (
    CompileError,
    Kind,
    Pointer,
    Value,
    constant,
    whole,
)
from glassnet.backends.compiled.compiler.names import Readers, assigned, exposed
from glassnet.backends.compiled.compiler.registers import Registers
from glassnet.backends.compiled.compiler.translate import Settings, Translator
from glassnet.backends.compiled.compiler.waiting import WAITING

__all__ = ["ENTRY", "Translated", "translated"]

ENTRY = "glassnet_entry"

# Functions that take pointers, or speak to other threads: not for pieces.
_WHERE_THEY_STAND = {
    *WAITING,
    "gemm",
    "product",
    *(name for name in FUNCTIONS if name.startswith("column")),
}
# Whole numbers from here on are arguments of a piece, so that loops of other lengths share it; in
# programs of many loops smaller ones too: machine code for each length would be a little faster,
# but hundreds of lengths take seconds to compile.
LARGE, MANY, LARGE_OF_MANY = 256, 150, 9
# Loops of at most this many turns, with one statement each, stay where they are.
_SHORT = 16


@dataclass(frozen=True)
class Translated:
    """The text of a program's own module, and of each piece by its name.

    Attributes
    ----------
    products : frozenset of str
        Names of the pieces whose loops are written in vectors: there is nothing to optimise.
    """

    text: str
    pieces: dict[str, str]
    products: frozenset[str] = frozenset()


def translated(
    source: str,
    arguments: Sequence[str],
    starts: Mapping[str, Sequence[int]] | None = None,
    integer_bits: int = 64,
    registers: Registers | None = None,
) -> Translated:
    """Translate a source.

    Parameters
    ----------
    source : str
        Constants and a function ``run``.
    arguments : sequence of str
        Type of each argument of ``run``: ``int64``, or ``*float64`` for a pointer.
    starts : mapping of str to sequence of int, optional
        For pointers into memory that is shared by several arrays: where each array begins, in
        rising order. Loops become pieces of their own if it is given.
    integer_bits : int, default 64
        Size of BLAS's whole numbers.
    registers : Registers, optional
        Of the processor; by default those that every processor has.
    """
    tree = ast.parse(source)
    settings = Settings(starts, integer_bits, registers or Registers())
    main = Main(settings)
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            return main.whole_function(statement, arguments)
        main.head(statement)
    raise CompileError("the source has no function 'run'")


class Main(Translator):
    """Translates the function ``run``; its loops become pieces where that is wished."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.pieces: dict[str, str] = {}

    def head(self, statement: ast.stmt) -> None:
        """Take over a constant that stands in front of the function."""
        if isinstance(statement, ast.Import):
            return
        try:
            assert isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
            (target,) = statement.targets
            kind = Kind(statement.value.func.id)  # type: ignore[attr-defined]
            number = float(statement.value.args[0].args[0].value)  # type: ignore[attr-defined]
            self.bound[target.id] = constant(number, kind)  # type: ignore[attr-defined]
        except (AssertionError, AttributeError, IndexError, TypeError, ValueError):
            text = ast.unparse(statement)[:80]
            raise CompileError(f"line {statement.lineno}, {text!r}: no constant") from None

    def whole_function(self, function: ast.FunctionDef, arguments: Sequence[str]) -> Translated:
        names = [one.arg for one in function.args.args]
        if len(names) != len(arguments):
            raise CompileError(f"{len(names)} arguments, but {len(arguments)} types")
        texts = []
        for name, kind in zip(names, arguments, strict=True):
            if kind.startswith("*"):
                self.bound[name] = Value(f"%{name}", Pointer(kind[1:]))
                # Nothing that is written can be reached through two arguments.
                texts.append(f"ptr noalias %{name}")
            else:
                self.bound[name] = Value(f"%{name}", Kind(kind))
                texts.append(self.bound[name].typed)
        loops = sum(isinstance(node, ast.For) for node in ast.walk(function))
        self.is_of_many = loops > MANY
        self.large = LARGE_OF_MANY if self.is_of_many else LARGE
        self.readers = Readers(function.body, _is_piece)
        self.statements(function.body)
        self.a.do("ret void")
        head = f"define void @{ENTRY}({', '.join(texts)}) nounwind"
        self.module.functions.append(self.a.function(head))
        products = self.module.needed
        return Translated(self.module.text(), self.pieces | products, frozenset(products))

    def _For(self, statement: ast.For) -> None:
        if self.settings.starts is None or not _is_piece(statement):
            super()._For(statement)
            return
        Piece(self, statement).write()


def _is_piece(statement: ast.For) -> bool:
    """Whether a loop is long enough for a function of its own, and speaks to no other thread."""
    limits = statement.iter.args if isinstance(statement.iter, ast.Call) else []
    is_short = (
        len(limits) == 1
        and isinstance(limits[0], ast.Constant)
        and isinstance(limits[0].value, int)
        and limits[0].value <= _SHORT
        and len(statement.body) == 1
        and not isinstance(statement.body[0], ast.For)
    )
    calls = {
        node.func.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return not is_short and not calls & _WHERE_THEY_STAND


class Piece(Translator):
    """One loop as a function of its own, named after its text: equal loops share it.

    What differs between equal loops is given as an argument: where its arrays begin, values of
    names from outside, and large whole numbers. A name that is assigned in the loop and read after
    it is returned.
    """

    def __init__(self, main: Main, statement: ast.For) -> None:
        super().__init__(main.settings)
        self.main = main
        self.statement = statement
        self.parameters: list[str] = []
        self.given: list[Value] = []
        self.arrays: dict[tuple[str, int], Value] = {}
        self.sizes: dict[int, Value] = {}

    def write(self) -> None:
        """Write the piece, and its call into the main function."""
        results = self.main.readers.of(self.statement)
        for name in sorted(assigned(self.statement) & exposed([self.statement])):
            value = self._argument(self.main.load_name(name))
            self.assign(name, value)
        Translator._For(self, self.statement)
        names = [name for name in results if name in self.variables]
        kinds = [self.variables[name][1] for name in names]
        result = _result_kind(kinds)
        self._return(names, result)
        head = f"({', '.join(self.parameters)}) nounwind"
        body = self.a.function(f"define {result} @NAME{head}")
        self.module.functions.append(body)
        text = self.module.text()
        name = f"piece_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
        self.main.pieces.setdefault(name, text.replace("@NAME(", f"@{name}(", 1))
        self._call_from_main(name, result, names, kinds)

    def _return(self, names: Sequence[str], result: str) -> None:
        values = [self.load_name(name) for name in names]
        if not values:
            self.a.do("ret void")
        elif len(values) == 1:
            self.a.do(f"ret {values[0].typed}")
        else:
            text = "poison"
            for number, value in enumerate(values):
                text = self.a.value(f"insertvalue {result} {text}, {value.typed}, {number}",
                                    value.kind).text  # fmt: skip
            self.a.do(f"ret {result} {text}")

    def _call_from_main(
        self, name: str, result: str, names: Sequence[str], kinds: Sequence[Any]
    ) -> None:
        a = self.main.a
        self.main.module.declare(name, result, [value.kind.llvm for value in self.given])
        call = f"call {result} @{name}({', '.join(value.typed for value in self.given)})"
        if not names:
            a.do(call)
        elif len(names) == 1:
            self.main.assign(names[0], a.value(call, kinds[0]))
        else:
            together = a.value(call, kinds[0]).text
            for number, (one, kind) in enumerate(zip(names, kinds, strict=True)):
                part = a.value(f"extractvalue {result} {together}, {number}", kind)
                self.main.assign(one, part)

    def _argument(self, value: Value, extra: str = "") -> Value:
        """Return an argument for a value of the main function."""
        name = f"%a{len(self.given)}"
        self.parameters.append(f"{value.kind.llvm}{extra} {name}")
        self.given.append(value)
        return Value(name, value.kind)

    # What comes from outside ------------------------------------------------------------

    def load_name(self, name: str) -> Value:
        if name not in self.bound and name not in self.variables:
            value = self.main.load_name(name)
            is_constant = value.known is not None or not value.text.startswith("%")
            self.bound[name] = value if is_constant else self._argument(value)
        return super().load_name(name)

    def _Constant(self, node: ast.Constant) -> Value:
        return self._shared(super()._Constant(node), self.main.large)

    def _shared(self, value: Value, large: int) -> Value:
        """Return a whole number, as an argument if it is large."""
        if value.known is None or value.known < large:
            return value
        if value.known not in self.sizes:
            self.sizes[value.known] = self._argument(value)
        return self.sizes[value.known]

    def place(self, node: ast.Subscript) -> tuple[Value, Value]:
        if not isinstance(node.value, ast.Name):
            raise CompileError("only names of pointers have an index")
        name = node.value.id
        if name in self.variables:
            raise CompileError("a pointer is assigned within a loop")
        fixed, terms = _split(node.slice)
        starts = (self.settings.starts or {}).get(name, ())
        number = bisect_right(starts, fixed) - 1
        start = starts[number] if number >= 0 else 0
        if (name, start) not in self.arrays:
            self.arrays[name, start] = self._array(name, start, bool(starts))
        # Among many loops are many that differ in nothing but a place within an array.
        index = self._shared(whole(fixed - start), 1 if self.main.is_of_many else LARGE)
        for term in terms:
            value = self.index(term)
            index = value if index.known == 0 else arithmetic.binary(
                self.a, "+", value, index, is_index=True
            )  # fmt: skip
        return self.arrays[name, start], index

    def _array(self, name: str, start: int, is_aligned: bool) -> Value:
        """Return an argument for the address of one array: no other argument reaches into it."""
        pointer = self.main.load_name(name)
        if not isinstance(pointer.kind, Pointer):
            raise CompileError(f"{name!r} is a number, but it is used as a pointer")
        begin = address(self.main.a, pointer, whole(start))
        return self._argument(begin, " noalias align 64" if is_aligned else " noalias")


def _result_kind(kinds: Sequence[Any]) -> str:
    if not kinds:
        return "void"
    texts = [kind.llvm for kind in kinds]
    return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"


def _split(node: ast.expr) -> tuple[int, list[ast.expr]]:
    """Return the constant part of a sum, and its other terms."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _split(node.left), _split(node.right)
        return left[0] + right[0], [*left[1], *right[1]]
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value, []
    return 0, [node]
