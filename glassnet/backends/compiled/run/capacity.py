"""For how many rows a program is compiled, given those that it is to run on."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["capacity_of", "capacity_of_batch"]

# Up to this number of rows, a full batch is compiled for exactly these.
_FEW_ROWS = 8


def capacity_of(sizes: Mapping[str, int]) -> tuple[int, dict[str, int]]:
    """Return the rows that a program is compiled for, and sizes that have to be fixed.

    The rows grow in powers of two, so that batch sizes near each other share machine code.
    """
    if set(sizes) <= {"n"}:
        rows = sizes.get("n", 1)
        if rows == 1 and sizes:
            return 1, {"n": 1}
        return 1 << max(4, (rows - 1).bit_length()), {}
    return 1, dict(sizes)


def capacity_of_batch(size: int, rows: int | None) -> tuple[int, dict[str, int]]:
    """Return the same for batches of training; ``rows`` are all samples, if they lie in order."""
    capacity, fixed = capacity_of({"n": size})
    if size == rows and rows <= _FEW_ROWS:
        # Few rows, all at once: with their number known every loop can be unrolled.
        fixed = {"n": size}
    return capacity, fixed
