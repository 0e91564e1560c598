"""Comparisons: truth values, without a derivative."""

from __future__ import annotations

from glassnet.graph.node import bool_dtype, elementwise


def _comparison(name, symbol):
    return elementwise(name, f"x {symbol} y", None, inputs=("x", "y"), dtype=bool_dtype)


greater = _comparison("greater", ">")
greater_equal = _comparison("greater_equal", ">=")
less = _comparison("less", "<")
less_equal = _comparison("less_equal", "<=")
equal = _comparison("equal", "==")
not_equal = _comparison("not_equal", "!=")
