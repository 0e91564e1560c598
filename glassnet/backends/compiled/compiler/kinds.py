"""The types of the little language that is compiled, and values of them.

Numbers are ``int64``, ``float32``, ``float64`` or ``bool``; a number may stand for several rows at
once (*lanes*, one vector register). Memory also holds ``uint32`` and ``uint8``, which become
``int64`` when they are loaded. Everything here is immutable.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

__all__ = [
    "BOOL",
    "FLOAT32",
    "FLOAT64",
    "INT64",
    "CompileError",
    "Kind",
    "Pointer",
    "Value",
    "constant",
    "whole",
]


class CompileError(Exception):
    """A source cannot be compiled; the message has the line and the reason."""


_LLVM = {"int64": "i64", "float32": "float", "float64": "double", "bool": "i1"}
# How numbers lie in memory.
STORED = {"int64": "i64", "float32": "float", "float64": "double", "uint32": "i32", "uint8": "i8"}
BYTES = {"int64": 8, "float32": 4, "float64": 8, "uint32": 4, "uint8": 1}


@dataclass(frozen=True)
class Kind:
    """A type of numbers; ``lanes`` is 0 for a single number."""

    number: str
    lanes: int = 0

    @property
    def llvm(self) -> str:
        one = _LLVM[self.number]
        return f"<{self.lanes} x {one}>" if self.lanes else one

    @property
    def is_float(self) -> bool:
        return self.number.startswith("float")

    @property
    def bits(self) -> int:
        return {"int64": 64, "float32": 32, "float64": 64, "bool": 1}[self.number]

    @property
    def single(self) -> Kind:
        return Kind(self.number)

    def with_lanes(self, lanes: int) -> Kind:
        return Kind(self.number, lanes)


INT64, FLOAT32, FLOAT64, BOOL = (Kind(name) for name in ("int64", "float32", "float64", "bool"))


@dataclass(frozen=True)
class Pointer:
    """The address of numbers in memory."""

    number: str

    @property
    def llvm(self) -> str:
        return "ptr"


@dataclass(frozen=True)
class Value:
    """An operand: LLVM's text for it, its type, and its number where that is known now."""

    text: str
    kind: Kind | Pointer
    known: int | None = None

    @property
    def typed(self) -> str:
        return f"{self.kind.llvm} {self.text}"


def whole(number: int) -> Value:
    """Return a constant ``int64``."""
    return Value(str(number), INT64, number)


def constant(number: float | bool, kind: Kind) -> Value:
    """Return a constant of a type, the same in every lane.

    >>> constant(0.5, FLOAT64).text
    '0x3FE0000000000000'
    """
    if kind.number == "bool":
        text = "true" if number else "false"
    elif kind.number == "int64":
        text = str(int(number))
    else:
        value = float(number)
        if kind.number == "float32":  # LLVM writes a float by the double of the same value
            value = _rounded(value)
        text = f"0x{struct.pack('>d', value).hex().upper()}"
    if kind.lanes:
        one = kind.single.llvm
        text = "<" + ", ".join([f"{one} {text}"] * kind.lanes) + ">"
    return Value(text, kind)


def _rounded(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
