"""Numbers that write LLVM code: what :mod:`mathematics` computes with when it is compiled.

A number may be a single one or one for each lane (:mod:`lanes`).
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["Writer", "Written"]


class Written:
    """A number of the program being written: every operator writes one instruction."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder = builder
        self.value = value

    def _binary(self, name: str, other: Written) -> Written:
        return Written(self.builder, getattr(self.builder, name)(self.value, other.value))

    def __add__(self, other: Written) -> Written:
        return self._binary("fadd", other)

    def __sub__(self, other: Written) -> Written:
        return self._binary("fsub", other)

    def __mul__(self, other: Written) -> Written:
        return self._binary("fmul", other)

    def __truediv__(self, other: Written) -> Written:
        return self._binary("fdiv", other)

    def __gt__(self, other: Written) -> Written:
        return Written(self.builder, self.builder.fcmp_ordered(">", self.value, other.value))

    def __lt__(self, other: Written) -> Written:
        return Written(self.builder, self.builder.fcmp_ordered("<", self.value, other.value))


class Writer:
    """The :class:`mathematics.Machine` that writes LLVM code."""

    def __init__(self, builder: Any, kind: Any) -> None:
        from llvmlite import ir

        self.ir = ir
        self.builder = builder
        self.kind = kind
        self.lanes = kind.count if isinstance(kind, ir.VectorType) else 0
        self.is_single = isinstance(kind.element if self.lanes else kind, ir.FloatType)
        self.bits, self.mantissa, self.bias = (32, 23, 127) if self.is_single else (64, 52, 1023)
        self.magic = 1.5 * 2.0**self.mantissa  # added to a small whole number: in the low bits
        whole = ir.IntType(self.bits)
        self.whole = ir.VectorType(whole, self.lanes) if self.lanes else whole

    def constant(self, value: float) -> Written:
        return Written(self.builder, self._same(self.kind, value))

    def _same(self, kind: Any, value: float) -> Any:
        """Return a number, or the same number in every lane."""
        return self.ir.Constant(kind, [value] * self.lanes if self.lanes else value)

    def _call(self, name: str, *arguments: Written) -> Written:
        module = self.builder.module
        name += f".v{self.lanes}f{self.bits}" if self.lanes else f".f{self.bits}"
        signature = self.ir.FunctionType(self.kind, [self.kind] * len(arguments))
        function = module.globals.get(name) or self.ir.Function(module, signature, name)
        return Written(self.builder, self.builder.call(function, [a.value for a in arguments]))

    def fma(self, a: Written, b: Written, c: Written) -> Written:
        # Fused where the machine has the instruction, two instructions elsewhere.
        return self._call("llvm.fmuladd", a, b, c)

    def absolute(self, x: Written) -> Written:
        return self._call("llvm.fabs", x)

    def floor(self, x: Written) -> Written:
        return self._call("llvm.floor", x)

    def copysign(self, x: Written, sign: Written) -> Written:
        return self._call("llvm.copysign", x, sign)

    def select(self, condition: Written, a: Written, b: Written) -> Written:
        return Written(self.builder, self.builder.select(condition.value, a.value, b.value))

    def scaled(self, x: Written, shifted: Written) -> Written:
        """Multiply by 2^k, k from the low bits of ``shifted``, in two halves (for 2^-1074)."""
        k = self._low_bits(shifted)
        half = self.builder.ashr(k, self._same(self.whole, 1))
        return x * self._power(half) * self._power(self.builder.sub(k, half))

    def power_of_two(self, shifted: Written) -> Written:
        """Return 2^k."""
        return self._power(self._low_bits(shifted))

    def _low_bits(self, shifted: Written) -> Any:
        return self.builder.sub(self._bits(shifted), self._bits(self.constant(self.magic)))

    def _bits(self, x: Written) -> Any:
        return self.builder.bitcast(x.value, self.whole)

    def _number(self, bits: Any) -> Written:
        return Written(self.builder, self.builder.bitcast(bits, self.kind))

    def _power(self, k: Any) -> Written:
        exponent = self.builder.add(k, self._same(self.whole, self.bias))
        return self._number(self.builder.shl(exponent, self._same(self.whole, self.mantissa)))

    def parts(self, x: Written) -> tuple[Written, Written]:
        """Return k and m with x = 2^k m and sqrt(1/2) <= m < sqrt(2), for a normal x."""
        b = self.builder
        root = self._bits(self.constant(math.sqrt(0.5)))
        above = b.sub(self._bits(x), root)
        k = b.ashr(above, self._same(self.whole, self.mantissa))
        rest = b.and_(above, self._same(self.whole, (1 << self.mantissa) - 1))
        whole = self._number(b.add(k, self._bits(self.constant(self.magic))))
        return whole - self.constant(self.magic), self._number(b.add(rest, root))
