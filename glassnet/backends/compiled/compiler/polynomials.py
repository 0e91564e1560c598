"""Numbers that write instructions: what :mod:`mathematics` computes with when it is compiled."""

from __future__ import annotations

import math

from glassnet.backends.compiled.compiler import arithmetic
from glassnet.backends.compiled.compiler.assembly import Assembly
from glassnet.backends.compiled.compiler.kinds import INT64, Kind, Value, constant

__all__ = ["Machine", "Written", "call_intrinsic"]


def call_intrinsic(a: Assembly, name: str, *values: Value) -> Value:
    """Call one of LLVM's own functions of numbers, such as ``fabs``, of single numbers or lanes."""
    kind = values[0].kind
    assert isinstance(kind, Kind)
    letter = "f" if kind.is_float else "i"
    suffix = f"v{kind.lanes}{letter}{kind.bits}" if kind.lanes else f"{letter}{kind.bits}"
    return a.call(f"llvm.{name}.{suffix}", kind, values)


class Written:
    """A number of the function being written: every operator writes one instruction."""

    def __init__(self, assembly: Assembly, value: Value) -> None:
        self.assembly = assembly
        self.value = value

    def _binary(self, symbol: str, other: Written) -> Written:
        value = arithmetic.binary(self.assembly, symbol, self.value, other.value)
        return Written(self.assembly, value)

    def __add__(self, other: Written) -> Written:
        return self._binary("+", other)

    def __sub__(self, other: Written) -> Written:
        return self._binary("-", other)

    def __mul__(self, other: Written) -> Written:
        return self._binary("*", other)

    def __truediv__(self, other: Written) -> Written:
        return self._binary("/", other)

    def __gt__(self, other: Written) -> Written:
        value = arithmetic.compare(self.assembly, ">", self.value, other.value)
        return Written(self.assembly, value)

    def __lt__(self, other: Written) -> Written:
        value = arithmetic.compare(self.assembly, "<", self.value, other.value)
        return Written(self.assembly, value)


class Machine:
    """The :class:`mathematics.Machine` that writes instructions for numbers of one type."""

    def __init__(self, assembly: Assembly, kind: Kind) -> None:
        self.assembly = assembly
        self.kind = kind
        self.is_single = kind.number == "float32"
        self.bits, self.mantissa, self.bias = (32, 23, 127) if self.is_single else (64, 52, 1023)
        self.magic = 1.5 * 2.0**self.mantissa  # added to a small whole number: in the low bits
        one = f"i{self.bits}"
        self.whole = f"<{kind.lanes} x {one}>" if kind.lanes else one

    def constant(self, value: float) -> Written:
        return Written(self.assembly, constant(value, self.kind))

    def _call(self, name: str, *arguments: Written) -> Written:
        values = [argument.value for argument in arguments]
        return Written(self.assembly, call_intrinsic(self.assembly, name, *values))

    def fma(self, a: Written, b: Written, c: Written) -> Written:
        # Fused where the machine has the instruction, two instructions elsewhere.
        return self._call("fmuladd", a, b, c)

    def absolute(self, x: Written) -> Written:
        return self._call("fabs", x)

    def copysign(self, x: Written, sign: Written) -> Written:
        return self._call("copysign", x, sign)

    def select(self, condition: Written, a: Written, b: Written) -> Written:
        value = arithmetic.select(self.assembly, condition.value, a.value, b.value)
        return Written(self.assembly, value)

    def scaled(self, x: Written, shifted: Written) -> Written:
        """Multiply by 2^k, k from the low bits of ``shifted``, in two halves (for 2^-1074)."""
        k = self._low_bits(shifted)
        half = self._do("ashr", k, self._same(1))
        return x * self._power(half) * self._power(self._do("sub", k, half))

    def power_of_two(self, shifted: Written) -> Written:
        """Return 2^k."""
        return self._power(self._low_bits(shifted))

    def parts(self, x: Written) -> tuple[Written, Written]:
        """Return k and m with x = 2^k m and sqrt(1/2) <= m < sqrt(2), for a normal x."""
        root = self._bits(self.constant(math.sqrt(0.5)))
        above = self._do("sub", self._bits(x), root)
        k = self._do("ashr", above, self._same(self.mantissa))
        rest = self._do("and", above, self._same((1 << self.mantissa) - 1))
        whole = self._number(self._do("add", k, self._bits(self.constant(self.magic))))
        return whole - self.constant(self.magic), self._number(self._do("add", rest, root))

    # Whole numbers of as many bits as the floats have ------------------------------------

    def _do(self, word: str, x: str, y: str) -> str:
        return self.assembly.value(f"{word} {self.whole} {x}, {y}", INT64).text

    def _same(self, number: int) -> str:
        if not self.kind.lanes:
            return str(number)
        return "<" + ", ".join([f"i{self.bits} {number}"] * self.kind.lanes) + ">"

    def _low_bits(self, shifted: Written) -> str:
        return self._do("sub", self._bits(shifted), self._bits(self.constant(self.magic)))

    def _bits(self, x: Written) -> str:
        return self.assembly.value(f"bitcast {x.value.typed} to {self.whole}", INT64).text

    def _number(self, bits: str) -> Written:
        text = f"bitcast {self.whole} {bits} to {self.kind.llvm}"
        return Written(self.assembly, self.assembly.value(text, self.kind))

    def _power(self, k: str) -> Written:
        exponent = self._do("add", k, self._same(self.bias))
        return self._number(self._do("shl", exponent, self._same(self.mantissa)))
