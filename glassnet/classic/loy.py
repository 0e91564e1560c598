"""The class of J. Loy's "How to build your own neural network from scratch in Python"."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.classic.chain import Chain, check_weights
from glassnet.classic.trask import sigmoid
from glassnet.classic.trask import sigmoid_output_to_derivative as sigmoid_derivative
from glassnet.data.arrays import array_text, check_array
from glassnet.errors import ShapeError
from glassnet.graph import shape_text

__all__ = ["LoyNetwork", "NeuralNetwork", "sigmoid", "sigmoid_derivative"]


class LoyNetwork:
    """ŷ = s(s(x W1) W2): four hidden units, no bias, all samples at once.

    ``backprop`` makes one step of size 1 against the gradient of Σ(y - ŷ)². In the article the
    class is called ``NeuralNetwork``; ``glassnet.classic.loy`` has that name for it.

    Parameters
    ----------
    x : array, shape (n, n_in)
    y : array, shape (n, n_out)

    Attributes
    ----------
    input, y : ndarray
    weights1, weights2 : ndarray
        ``(n_in, 4)`` and ``(4, n_out)``, drawn with ``numpy.random.rand``. They may be assigned
        and changed in place.
    layer1, output : ndarray
        What the last ``feedforward`` computed.

    Examples
    --------
    >>> np.random.seed(0)
    >>> nn = LoyNetwork([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], [[0], [1], [1], [0]])
    >>> for _ in range(1500):
    ...     nn.feedforward()
    ...     nn.backprop()
    >>> nn.output.ravel().round(4)
    array([0.0101, 0.9716, 0.9717, 0.033 ])

    Source: J. Loy: "How to build your own neural network from scratch in Python" (2018).
    """

    def __init__(self, x: Any, y: Any) -> None:
        self.input = check_array(x, "x", "float64", ndim=2)
        self.y = check_array(y, "y", "float64")
        self._check(array_text(y, "y"))
        sizes = [self.input.shape[1], 4, self.y.shape[1]]
        self._chain = Chain(sizes, "sigmoid", "sum_squared_error", 1.0)
        for kernel in self._chain.kernels:
            # The legacy generator, because the article's program seeds it.
            kernel[...] = np.random.rand(*kernel.shape)  # noqa: NPY002
        self.layer1 = np.zeros((len(self.input), 4))
        self.output = np.zeros(self.y.shape)

    def _check(self, given: str) -> None:
        if self.y.ndim != 2 or len(self.y) != len(self.input):
            remedy = f"use {given}.reshape(-1, 1)" if self.y.ndim == 1 else "give one row a sample"
            raise ShapeError(
                f"y has the shape {shape_text(self.y.shape)}, but x has "
                f"{shape_text(self.input.shape)} and so y must be ({len(self.input)}, outputs); "
                f"{remedy}"
            )

    @property
    def weights1(self) -> np.ndarray:
        """Weights from the input to the hidden layer."""
        return self._chain.kernels[0]

    @weights1.setter
    def weights1(self, value: Any) -> None:
        shape = self.weights1.shape
        self.weights1[...] = check_weights("weights1", value, shape, "inputs x hidden units")

    @property
    def weights2(self) -> np.ndarray:
        """Weights from the hidden layer to the output."""
        return self._chain.kernels[1]

    @weights2.setter
    def weights2(self, value: Any) -> None:
        shape = self.weights2.shape
        self.weights2[...] = check_weights("weights2", value, shape, "hidden units x outputs")

    def feedforward(self) -> None:
        """Compute ``layer1`` and ``output`` from ``input``."""
        x = check_array(self.input, "input", "float64", ndim=2)
        if x.shape[1] != self.weights1.shape[0]:
            raise ShapeError(
                f"input has the shape {shape_text(x.shape)}, but weights1 has "
                f"{shape_text(self.weights1.shape)} and so input must be "
                f"(n, {self.weights1.shape[0]}); give it as many columns"
            )
        self.layer1, self.output = self._chain.forward(x)

    def backprop(self) -> None:
        """Make one step, with all samples; ``output`` stays what it was before it."""
        self.input = check_array(self.input, "input", "float64", ndim=2)
        given = array_text(self.y, "y")
        self.y = check_array(self.y, "y", "float64")
        self._check(given)
        self._chain.step(self.input, self.y)


NeuralNetwork = LoyNetwork
