"""Shapes with a symbolic batch size: ``("n", 64)`` prints as ``(n, 64)``.

A dimension is an ``int`` or a :class:`Dim`, which is a whole multiple of one
symbol (``n``, ``4n``). Nothing more is needed: networks only ever multiply a
batch size (by flattening) or divide it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from glassnet.errors import ShapeError

__all__ = ["Dim", "Shape", "bind", "broadcast_shapes", "shape_text", "size_of"]


class Dim:
    """A symbolic dimension ``coefficient * symbol``.

    Examples
    --------
    >>> n = Dim("n")
    >>> n * 4, (n * 4) // 2, n * 4 == Dim("n", 4)
    (4*n, 2*n, True)
    """

    __slots__ = ("coefficient", "symbol")

    def __init__(self, symbol: str, coefficient: int = 1) -> None:
        self.symbol = symbol
        self.coefficient = coefficient

    def __mul__(self, other: int | Dim) -> Dim:
        if isinstance(other, Dim):
            raise ShapeError(
                f"cannot multiply the symbolic sizes {self} and {other}; bind one of them to a "
                "number"
            )
        return Dim(self.symbol, self.coefficient * int(other))

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> Dim:
        whole, rest = divmod(self.coefficient, int(other))
        if rest:
            raise ShapeError(f"the size {self} cannot be divided into parts of {other}")
        return Dim(self.symbol, whole)

    def __add__(self, other: Dim) -> Dim:
        if not isinstance(other, Dim) or other.symbol != self.symbol:
            raise ShapeError(
                f"cannot add the sizes {self} and {other}: only multiples of one symbol"
            )
        return Dim(self.symbol, self.coefficient + other.coefficient)

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Dim)
            and self.symbol == other.symbol
            and self.coefficient == other.coefficient
        )

    def __hash__(self) -> int:
        return hash((self.symbol, self.coefficient))

    def __repr__(self) -> str:
        return self.symbol if self.coefficient == 1 else f"{self.coefficient}*{self.symbol}"


Shape = tuple["int | Dim", ...]


def size_of(shape: Shape) -> int | Dim:
    """Return the number of elements of a shape, symbolic if the shape is."""
    size: int | Dim = 1
    for dim in shape:
        size = dim * size
    return size


def bind(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the shape with every symbol replaced by its number.

    >>> bind((Dim("n"), 3), {"n": 2})
    (2, 3)
    """
    bound = []
    for dim in shape:
        if isinstance(dim, Dim):
            if dim.symbol not in sizes:
                raise ShapeError(f"the size {dim.symbol!r} in {shape_text(shape)} is not known")
            bound.append(dim.coefficient * sizes[dim.symbol])
        else:
            bound.append(dim)
    return tuple(bound)


def shape_text(shape: Iterable[int | Dim | str]) -> str:
    """Return a shape as text, ``(n, 64)``."""
    dims = list(shape)
    inner = ", ".join(str(dim) for dim in dims)
    return f"({inner},)" if len(dims) == 1 else f"({inner})"


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the common shape under NumPy's broadcasting rules.

    A symbolic size fits itself and 1, nothing else.

    >>> broadcast_shapes((Dim("n"), 1), (3,))
    (n, 3)
    """
    rank = max(len(shape) for shape in shapes)
    result: list[int | Dim] = []
    for axis in range(-rank, 0):
        size: int | Dim = 1
        for shape in shapes:
            dim = shape[axis] if -axis <= len(shape) else 1
            if dim == 1 or dim == size:
                continue
            if size != 1:
                texts = " and ".join(shape_text(s) for s in shapes)
                raise ShapeError(
                    f"the shapes {texts} do not fit together: along axis {axis} the sizes are "
                    f"{size} and {dim}; they must be equal or one of them must be 1"
                )
            size = dim
        result.append(size)
    return tuple(result)
