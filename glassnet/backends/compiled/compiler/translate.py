"""From the generated source, a small part of Python, to LLVM's own language.

The language: one function ``run`` of whole numbers and pointers; assignments to names and to
``pointer[index]``; ``for name in range(...)`` with a positive step, ``while``, ``if`` and
``continue``; ``+ - * / // % ** & | ^ << >>``, comparisons, ``not``, ``x if test else y``, and the
functions of :mod:`functions` and :mod:`waiting`. A name has the type of its first assignment. Whole
numbers are divided only where both are at least 0. Anything else is refused with its line and a
reason.

Constants at the head of the source are ``name = float32(float('...'))``.

:class:`Translator` is what the whole function and its pieces have in common.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glassnet.backends.compiled.compiler import arithmetic
from glassnet.backends.compiled.compiler.assembly import Assembly, Module
from glassnet.backends.compiled.compiler.functions import (
    FUNCTIONS,
    load,
    one_by_one,
    store,
)
from glassnet.backends.compiled.compiler.kinds import (
    BOOL,
    INT64,
    CompileError,
    Kind,
    Pointer,
    Value,
    constant,
    whole,
)
from glassnet.backends.compiled.compiler.products import call_product
from glassnet.backends.compiled.compiler.registers import Registers
from glassnet.backends.compiled.compiler.waiting import WAITING

__all__ = ["Settings", "Translator"]

_SYMBOLS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip

# A first statement of one of these names sets a property of its loop.
_MARKS = {
    "rolled": ('!"llvm.loop.unroll.disable"',),
    "masked": ('!"llvm.loop.unroll.disable"', '!"llvm.loop.vectorize.predicate.enable", i1 true'),
}
_FUNCTIONS = {**FUNCTIONS, **WAITING, "product": call_product}


@dataclass(frozen=True)
class Settings:
    """What the text depends on besides the source.

    Attributes
    ----------
    starts : mapping of str to sequence of int, or None
        For pointers into memory that several arrays share: where each array begins, in rising
        order. None if loops stay where they are.
    integer_bits : int
        Size of BLAS's whole numbers.
    registers : Registers
        Of the processor.
    """

    starts: Mapping[str, Sequence[int]] | None
    integer_bits: int
    registers: Registers


class Translator:
    """Translates statements and expressions of one function."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.module = Module(settings.registers)
        self.a = Assembly(self.module)
        self.bound: dict[str, Value] = {}  # names that never change: arguments, counters
        self.variables: dict[str, tuple[str, Kind | Pointer]] = {}
        self.next_turn: list[str] = []  # labels to which ``continue`` jumps

    # Statements -----------------------------------------------------------------------

    def statements(self, body: Sequence[ast.stmt]) -> bool:
        """Translate statements; return whether the block is still open."""
        for statement in body:
            try:
                method = getattr(self, f"_{type(statement).__name__}", None)
                if method is None:
                    raise CompileError(f"{type(statement).__name__} is outside the language")
                if method(statement) is False:
                    return False
            except CompileError as error:
                raise self._placed(error, statement) from None
        return True

    def _placed(self, error: CompileError, statement: ast.stmt) -> CompileError:
        if str(error).startswith("line "):
            return error
        text = ast.unparse(statement).splitlines()[0]
        return CompileError(f"line {statement.lineno}, {text[:80]!r}: {error}")

    def _Assign(self, statement: ast.Assign) -> None:
        (target,) = statement.targets
        value = self.value(statement.value)
        if isinstance(target, ast.Name):
            self.assign(target.id, value)
        elif isinstance(target, ast.Subscript):
            store(self.a, *self.place(target), value)
        else:
            raise CompileError("only names and places in memory are assigned to")

    def _AugAssign(self, statement: ast.AugAssign) -> None:
        symbol = _SYMBOLS.get(type(statement.op), "?")
        target = statement.target
        if isinstance(target, ast.Name):
            before = self.load_name(target.id)
            after = arithmetic.binary(self.a, symbol, before, self.value(statement.value))
            self.assign(target.id, after)
        elif isinstance(target, ast.Subscript):
            pointer, index = self.place(target)
            before = load(self.a, pointer, index)
            after = arithmetic.binary(self.a, symbol, before, self.value(statement.value))
            store(self.a, pointer, index, after)

    def _Expr(self, statement: ast.Expr) -> None:
        if not isinstance(statement.value, ast.Call):
            raise CompileError("an expression stands alone")
        if self._mark(statement) is None:
            self.call(statement.value)

    def _If(self, statement: ast.If) -> bool:
        then, otherwise, end = (self.a.fresh(name) for name in ("then", "else", "end"))
        test = arithmetic.truth(self.a, self.value(statement.test))
        self.a.branch(test, then, otherwise if statement.orelse else end)
        is_open = not statement.orelse
        for label, body in ((then, statement.body), (otherwise, statement.orelse)):
            if body:
                self.a.block(label)
                if self.statements(body):
                    is_open = True
                    self.a.jump(end)
        if is_open:
            self.a.block(end)
        return is_open

    def _While(self, statement: ast.While) -> None:
        head, body, end = (self.a.fresh(name) for name in ("while", "do", "end"))
        self.a.jump(head)
        self.a.block(head)
        self.a.branch(arithmetic.truth(self.a, self.value(statement.test)), body, end)
        self.a.block(body)
        self.next_turn.append(head)
        if self.statements(statement.body):
            self.a.jump(head)
        self.next_turn.pop()
        self.a.block(end)

    def _Continue(self, statement: ast.Continue) -> bool:
        self.a.jump(self.next_turn[-1])
        return False

    def _For(self, statement: ast.For) -> None:
        start, stop, step = self._range(statement)
        if not isinstance(statement.target, ast.Name):
            raise CompileError("a loop counts with one name")
        body, turn, end = (self.a.fresh(name) for name in ("loop", "turn", "end"))
        counter, after = f"%{self.a.fresh('k')}", f"%{self.a.fresh('next')}"
        before = self.a.label
        self.a.branch(arithmetic.compare(self.a, "<", start, stop), body, end)
        self.a.block(body)
        self.a.do(f"{counter} = phi i64 [ {start.text}, %{before} ], [ {after}, %{turn} ]")
        name = statement.target.id
        outer = self.bound.get(name)
        self.bound[name] = Value(counter, INT64)
        self.next_turn.append(turn)
        if self.statements(statement.body):
            self.a.jump(turn)
        self.next_turn.pop()
        self.a.block(turn)
        self.a.do(f"{after} = add nsw i64 {counter}, {step.text}")
        again = arithmetic.compare(self.a, "<", Value(after, INT64), stop)
        wishes = self._wishes(statement)
        extra = f", !llvm.loop {self.module.loop(wishes)}" if wishes else ""
        self.a.do(f"br i1 {again.text}, label %{body}, label %{end}{extra}")
        self.a.block(end)
        del self.bound[name]
        if outer is not None:
            self.bound[name] = outer

    def _range(self, statement: ast.For) -> tuple[Value, Value, Value]:
        call = statement.iter
        if (
            not isinstance(call, ast.Call)
            or not isinstance(call.func, ast.Name)
            or call.func.id != "range"
            or statement.orelse
            or not 1 <= len(call.args) <= 3
        ):
            raise CompileError("loops run over range(...)")
        limits = [self.index(one) for one in call.args]
        if len(limits) == 1:
            return whole(0), limits[0], whole(1)
        if len(limits) == 2:
            return limits[0], limits[1], whole(1)
        step = call.args[2]
        if not isinstance(step, ast.Constant) or not isinstance(step.value, int) or step.value < 1:
            raise CompileError("the step of a range is a number of at least 1")
        return limits[0], limits[1], limits[2]

    def _wishes(self, statement: ast.For) -> tuple[str, ...]:
        mark = self._mark(statement.body[0])
        if mark == "masked" and not self.settings.registers.has_masks:
            mark = "rolled"
        return () if mark is None else _MARKS[mark]

    def _mark(self, statement: ast.stmt) -> str | None:
        value = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            return value.func.id if value.func.id in _MARKS else None
        return None

    # Names ----------------------------------------------------------------------------

    def assign(self, name: str, value: Value) -> None:
        """Give a name a value; its first one decides its type."""
        if name in self.bound:
            raise CompileError(f"{name!r} is assigned, but it is an argument or a counter")
        if name not in self.variables:
            self.variables[name] = (self.a.slot(value.kind.llvm), value.kind)
        place, kind = self.variables[name]
        if kind != value.kind:
            if isinstance(kind, Pointer) or isinstance(value.kind, Pointer):
                raise CompileError(f"{name!r} is a pointer and a number")
            if kind.lanes != value.kind.lanes or value.kind.is_float > kind.is_float:
                raise CompileError(f"{name!r} changes its type")
            value = arithmetic.convert(self.a, value, kind)
        self.a.do(f"store {value.typed}, ptr {place}")

    def load_name(self, name: str) -> Value:
        """Return the value of a name."""
        if name in self.bound:
            return self.bound[name]
        if name not in self.variables:
            raise CompileError(f"{name!r} is used before it is assigned")
        place, kind = self.variables[name]
        return self.a.value(f"load {kind.llvm}, ptr {place}", kind)

    def place(self, node: ast.Subscript) -> tuple[Value, Value]:
        """Return the pointer and the index of a place in memory."""
        if not isinstance(node.value, ast.Name):
            raise CompileError("only names of pointers have an index")
        return self.load_name(node.value.id), self.index(node.slice)

    # Expressions ----------------------------------------------------------------------

    def index(self, node: ast.expr) -> Value:
        """Translate an expression whose sums and products stay within an int64."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            symbol = _SYMBOLS[type(node.op)]
            left, right = self.index(node.left), self.index(node.right)
            return arithmetic.binary(self.a, symbol, left, right, is_index=True)
        return self.value(node)

    def value(self, node: ast.expr) -> Value:
        """Translate an expression."""
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            raise CompileError(f"{type(node).__name__} is outside the language")
        return method(node)

    def _Name(self, node: ast.Name) -> Value:
        return self.load_name(node.id)

    def _Constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, bool):
            return constant(node.value, BOOL)
        if isinstance(node.value, int):
            return whole(node.value)
        if isinstance(node.value, float):
            return constant(node.value, Kind("float64"))
        raise CompileError(f"{node.value!r} is no number")

    def _Subscript(self, node: ast.Subscript) -> Value:
        return load(self.a, *self.place(node))

    def _UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.USub):
            return arithmetic.negative(self.a, value)
        if isinstance(node.op, ast.Not):
            test = arithmetic.truth(self.a, value)
            return self.a.value(f"xor i1 {test.text}, true", BOOL)
        raise CompileError("only - and not stand before a value")

    def _BinOp(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Pow):
            return self._power(left, right)
        return arithmetic.binary(self.a, _SYMBOLS.get(type(node.op), "?"), left, right)

    def _power(self, base: Value, exponent: Value) -> Value:
        if not arithmetic.common(base, exponent).is_float:
            raise CompileError("powers of whole numbers")
        return one_by_one(self.a, "pow", (base, exponent))

    def _Compare(self, node: ast.Compare) -> Value:
        if len(node.ops) != 1 or type(node.ops[0]) not in _SYMBOLS:
            raise CompileError("a comparison has two sides")
        left, right = self.value(node.left), self.value(node.comparators[0])
        return arithmetic.compare(self.a, _SYMBOLS[type(node.ops[0])], left, right)

    def _IfExp(self, node: ast.IfExp) -> Value:
        then, otherwise, end = (self.a.fresh(name) for name in ("then", "else", "end"))
        self.a.branch(arithmetic.truth(self.a, self.value(node.test)), then, otherwise)
        self.a.block(then)
        yes, after_yes = self.value(node.body), self.a.label
        self.a.jump(end)
        self.a.block(otherwise)
        no, after_no = self.value(node.orelse), self.a.label
        if yes.kind != no.kind:
            raise CompileError("both values of a conditional expression need one type")
        self.a.jump(end)
        self.a.block(end)
        kind = yes.kind
        return self.a.value(
            f"phi {kind.llvm} [ {yes.text}, %{after_yes} ], [ {no.text}, %{after_no} ]", kind
        )

    def _Call(self, node: ast.Call) -> Value:
        result = self.call(node)
        if result is None:
            raise CompileError(f"{ast.unparse(node.func)} has no result")
        return result

    def call(self, node: ast.Call) -> Value | None:
        """Translate a call of a function of the language."""
        name = ast.unparse(node.func)
        if name == "gemm" and self.settings.integer_bits == 32:
            name = "gemm32"
        if name not in _FUNCTIONS or node.keywords:
            raise CompileError(f"{name!r} is no function of the language")
        values = [self.value(one) for one in node.args]
        try:
            return _FUNCTIONS[name](self.a, values)
        except (TypeError, ValueError):
            raise CompileError(f"{name!r} does not take {len(values)} arguments") from None
