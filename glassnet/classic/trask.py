"""The functions of A. Trask's "A Neural Network in 11 lines of Python"."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ArgumentError

__all__ = ["nonlin", "sigmoid", "sigmoid_output_to_derivative"]


def sigmoid(x: Any) -> Any:
    """s(x) = 1 / (1 + exp(-x)), in double precision and without overflow.

    Examples
    --------
    >>> sigmoid(np.array([0.0, -1000.0]))
    array([0.5, 0. ])
    """
    with np.errstate(over="ignore"):  # exp may reach infinity; the quotient is then exactly 0
        return 1.0 / (1.0 + np.exp(-np.asarray(x, np.float64)))


def sigmoid_output_to_derivative(output: Any) -> Any:
    """s' = s (1 - s), from a value s that the sigmoid has given.

    Raises
    ------
    ArgumentError
        If a value lies outside [0, 1], which no sigmoid gives.

    Examples
    --------
    >>> sigmoid_output_to_derivative(np.array([0.5, 0.8])).round(2)
    array([0.25, 0.16])
    """
    output = np.asarray(output, np.float64)
    if not np.all((output >= 0) & (output <= 1)):
        worst = output.flat[int(np.argmax(np.abs(output - 0.5)))]
        raise ArgumentError(
            f"the derivative is computed from what the sigmoid gave, which lies between 0 and 1, "
            f"but got {worst:g}; pass sigmoid(x), not x"
        )
    return output * (1.0 - output)


def nonlin(x: Any, deriv: bool = False) -> Any:
    """s(x), or with ``deriv=True`` the derivative s (1 - s), where x is s itself.

    The article's function has a slip that is easy to fall for: with ``deriv=True`` its ``x`` is
    no longer x but the output of an earlier call. ``nonlin(2.0, True)`` gave -2 without a word,
    where the slope of the sigmoid at 2 is 0.105. Here a value that cannot be an output is an
    error; the article's own programs, which pass the output, compute what they always did.

    Examples
    --------
    >>> float(nonlin(0.0)), float(nonlin(nonlin(0.0), deriv=True))
    (0.5, 0.25)
    >>> nonlin(2.0, deriv=True)
    Traceback (most recent call last):
    ...
    glassnet.errors.ArgumentError: the derivative is computed from what the sigmoid gave, which \
lies between 0 and 1, but got 2; pass sigmoid(x), not x

    Source: A. Trask: "A Neural Network in 11 lines of Python" (2015).
    """
    return sigmoid_output_to_derivative(x) if deriv else sigmoid(x)
