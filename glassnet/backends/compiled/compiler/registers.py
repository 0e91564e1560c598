"""The vector registers of a processor, for text that names vectors itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Registers", "registers_of"]


@dataclass(frozen=True)
class Registers:
    """The vector registers of a processor; by default what every 64-bit one has.

    Attributes
    ----------
    bits : int, default 128
        Size of one.
    count : int, default 16
    has_masks : bool, default False
        Whether a part of a vector can be switched off: a loop's remainder is one vector.
    """

    bits: int = 128
    count: int = 16
    has_masks: bool = False


def registers_of(features: Mapping[str, bool]) -> Registers:
    """Return the registers of a processor with these features, as LLVM names them.

    >>> registers_of({"avx": True, "avx2": True, "fma": True})
    Registers(bits=256, count=16, has_masks=False)
    """
    if features.get("avx512vl"):
        return Registers(512, 32, True)
    if features.get("avx"):
        return Registers(256, 16)
    return Registers(128, 32) if features.get("neon") else Registers()
