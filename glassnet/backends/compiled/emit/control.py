"""The words of ``control``: what a call of the compiled function takes and tells besides arrays."""

from __future__ import annotations

__all__ = ["BAD_INDEX", "CONTROL"]

# Whole numbers given to each call, by their place in ``control``.
CONTROL = ("first_batch", "wanted", "rows", "batch_size", "step", "has_order")
# The word after them, which the function sets to 1 if an index of gather was out of bounds.
BAD_INDEX = len(CONTROL)
