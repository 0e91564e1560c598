"""What each number of a structured op's result is made of, as data.

An op gives an :class:`Entry` for the shapes at hand. The loops backend, the compiled backend, the
printed loops and the NumPy backend make their own form of it, so a new op needs no code in any of
them. The product of (4, 3) and (3, 5), ``y[i0, i1] = Σ over r0 of a * b``::

    Entry((Read("a", 0, ("i0", "r0")), Read("b", 1, ("r0", "i1"))), "a * b", (3,), "sum")

Indices are text: sums, products and whole-number quotients of ``i0, i1, ...`` (the place in the
result), ``r0, r1, ...`` (what is gone through for each), names of reads before, and ``n``.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType

from glassnet.errors import GraphError
from glassnet.graph.dims import Dim, Shape

__all__ = ["Entry", "Read", "conditions_of", "index_text", "parse_index", "shifted", "worked_out"]


@dataclass(frozen=True)
class Read:
    """One number that an entry reads.

    Attributes
    ----------
    name : str
        What the entry calls it.
    input : int
        Of which input it is.
    index : tuple of str
        Where it is.
    fill : float or None
        What it is instead where the index lies outside, or a condition does not hold; None if
        the index is never outside.
    conditions : tuple of str
        Comparisons of indices, asked in this order before the number is read.
    """

    name: str
    input: int
    index: tuple[str, ...]
    fill: float | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """How each number of a result is made.

    Attributes
    ----------
    reads : tuple of Read
    value : str
        A scalar expression of the reads, of ``i0, i1, ...`` and of ``r0, r1, ...``.
    ranges : tuple of int or Dim
        The sizes that ``r0, r1, ...`` run over.
    combine : {"", "sum", "max"}
        How the values over the ranges become one.
    is_inside : bool
        Whether the value chooses only reads that lie inside: no fill value is part of a result.
    """

    reads: tuple[Read, ...]
    value: str
    ranges: Shape = ()
    combine: str = ""
    is_inside: bool = False


_ALLOWED = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Name, ast.Constant, ast.Load, ast.Add,
            ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.USub, ast.Gt, ast.GtE, ast.Lt, ast.LtE,
            ast.Eq, ast.NotEq)  # fmt: skip


@functools.cache
def parse_index(text: str) -> ast.expr:
    """Parse an index or a condition.

    Raises
    ------
    GraphError
        If it uses anything else than whole-number arithmetic and single comparisons.
    """
    tree = ast.parse(text, mode="eval").body
    for part in ast.walk(tree):
        if not isinstance(part, _ALLOWED) or (isinstance(part, ast.Compare) and len(part.ops) > 1):
            raise GraphError(
                f"the index {text!r} uses {type(part).__name__}; it may be made of names and whole "
                "numbers with + - * // %, and of one comparison"
            )
    return tree


def conditions_of(read: Read, shape: Shape, sizes: Mapping[str, int | Dim]) -> list[str]:
    """Return what must hold before a number is read: its conditions, then an index inside.

    >>> conditions_of(Read("x", 0, ("i0", "i1 - 2"), 0.0), (4, 3), {"i0": 4, "i1": 6})
    ['i1 - 2 >= 0', 'i1 - 2 < 3']
    """
    found = list(read.conditions)
    for text, dim in zip(read.index, shape, strict=True):
        if text not in sizes:
            found.append(f"{text} >= 0")
        if sizes.get(text) != dim:
            found.append(f"{text} < {dim}")
    return found


def worked_out(text: str, names: Mapping[str, int]) -> int:
    """Return an index, or whether a condition holds, for known places.

    >>> worked_out("(i0 + 1) // 2", {"i0": 6}), worked_out("i0 >= 0", {"i0": 6})
    (3, True)
    """
    return eval(_code(text), {"__builtins__": {}}, dict(names))


@functools.cache
def _code(text: str) -> CodeType:
    parse_index(text)
    return compile(text, f"<index {text}>", "eval")


def index_text(text: str, names: Mapping[str, str]) -> str:
    """Return an index with names replaced, and what is known worked out.

    >>> index_text("i0 * 2 + i1 - 1", {"i0": "0", "i1": "k"})
    'k - 1'
    """
    parse_index(text)
    return ast.unparse(_Replaced(names).visit(ast.parse(text, mode="eval").body))


class _Replaced(ast.NodeTransformer):
    """Puts texts in the place of names, and leaves out zeros, ones and sums of numbers."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.parse(self.names.get(node.id, node.id), mode="eval").body

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        a, b = _known(left), _known(right)
        if a is not None and b is not None:
            return ast.parse(str(_folded(node.op, a, b)), mode="eval").body
        if isinstance(node.op, ast.Add) and a == 0:
            return right
        if isinstance(node.op, ast.Mult) and (a == 1 or b == 0):
            return right
        if (b == 0 and isinstance(node.op, ast.Add | ast.Sub)) or (
            b == 1 and isinstance(node.op, ast.Mult | ast.FloorDiv)
        ):
            return left
        if isinstance(node.op, ast.Mult) and a == 0:
            return left
        if b is not None and b < 0 and isinstance(node.op, ast.Add):
            return ast.BinOp(left, ast.Sub(), ast.Constant(-b))
        return ast.BinOp(left, node.op, right)


def _known(tree: ast.expr) -> int | None:
    sign = -1 if isinstance(tree, ast.UnaryOp) else 1
    number = tree.operand if isinstance(tree, ast.UnaryOp) else tree
    is_whole = isinstance(number, ast.Constant) and isinstance(number.value, int)
    return sign * number.value if is_whole else None  # type: ignore[attr-defined]


def _folded(op: ast.operator, a: int, b: int) -> int:
    if isinstance(op, ast.Add):
        return a + b
    if isinstance(op, ast.Sub):
        return a - b
    if isinstance(op, ast.Mult):
        return a * b
    return a // b if isinstance(op, ast.FloorDiv) else a % b


def shifted(axis: int, by: int | Dim) -> str:
    """Return the index of an axis, some places further on.

    >>> shifted(1, -2), shifted(0, 0)
    ('i1 - 2', 'i0')
    """
    if by == 0:
        return f"i{axis}"
    if isinstance(by, int) and by < 0:
        return f"i{axis} - {-by}"
    return f"i{axis} + {by}"
