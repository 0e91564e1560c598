"""The class of T. Rashid's "Make Your Own Neural Network"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet import activations
from glassnet.classic.chain import Chain, check_weights
from glassnet.data.arrays import check_finite
from glassnet.errors import ArgumentError, DTypeError, GlassnetError, ShapeError
from glassnet.graph import shape_text

__all__ = ["NeuralNetwork", "RashidNetwork", "neuralNetwork"]


class RashidNetwork:
    """o = s(W_ho s(W_ih x)): layers without bias, trained with one sample at a time.

    ``train`` makes one step against the gradient of ½Σ(t - o)². In the book the class is called
    ``neuralNetwork``; ``glassnet.classic.rashid`` has that name and ``NeuralNetwork`` for it.

    Parameters
    ----------
    inputnodes : int
    hiddennodes : int or sequence of int
        Several numbers make several hidden layers.
    outputnodes : int
    learningrate : float
    weights : {"normal", "uniform"}
        N(0, n_in^-½), or uniform in [-0.5, 0.5). They are drawn from NumPy's global generator, so
        that ``numpy.random.seed`` gives the numbers it gives in the book's own program.

    Attributes
    ----------
    wih, who : ndarray
        Weights into the (first) hidden layer ``(hidden, inputs)`` and into the output
        ``(outputs, hidden)``. They may be assigned and changed in place.
    weights : list of ndarray
        All weight matrices from input to output.
    lr : float
    activation_function : callable
        May be assigned: a name, a function of glassnet, or any function that gives the values of
        one. Differs: the book always trains with the sigmoid's derivative; here the derivative is
        that of the function in use.

    Examples
    --------
    >>> import numpy
    >>> numpy.random.seed(0)
    >>> n = RashidNetwork(3, 3, 3, 0.3)
    >>> n.query([1.0, 0.5, -1.5]).shape
    (3, 1)
    >>> n.train([1.0, 0.5, -1.5], [0.9, 0.1, 0.1])
    >>> n.query([1.0, 0.5])
    Traceback (most recent call last):
    ...
    glassnet.errors.ShapeError: inputs_list has the shape (2,), but this network has 3 input \
nodes and needs (3,); give 3 numbers, or make the network with inputnodes=2

    Source: T. Rashid: "Make Your Own Neural Network" (2016).
    """

    def __init__(
        self,
        inputnodes: int,
        hiddennodes: int | Sequence[int],
        outputnodes: int,
        learningrate: float,
        weights: str = "normal",
    ) -> None:
        self._sizes = [
            *_counts("inputnodes", inputnodes),
            *_counts("hiddennodes", hiddennodes),
            *_counts("outputnodes", outputnodes),
        ]
        self.inodes, self.onodes = self._sizes[0], self._sizes[-1]
        self.hnodes: Any = hiddennodes
        if weights not in _DRAWS:
            raise ArgumentError(f"weights={weights!r} must be 'normal' or 'uniform'")
        self._chain = Chain(self._sizes, "sigmoid", "half_sum_squared_error", learningrate)
        for matrix in self.weights:
            matrix[...] = _DRAWS[weights](*matrix.shape)

    @property
    def weights(self) -> list[np.ndarray]:
        """All weight matrices from input to output, each ``(to, from)``."""
        return [kernel.T for kernel in self._chain.kernels]

    @property
    def wih(self) -> np.ndarray:
        """Weights from the input to the first hidden layer."""
        return self.weights[0]

    @wih.setter
    def wih(self, value: Any) -> None:
        self._set("wih", 0, value, "hidden nodes x input nodes")

    @property
    def who(self) -> np.ndarray:
        """Weights from the last hidden layer to the output."""
        return self.weights[-1]

    @who.setter
    def who(self, value: Any) -> None:
        self._set("who", -1, value, "output nodes x hidden nodes")

    def _set(self, name: str, place: int, value: Any, meaning: str) -> None:
        matrix = self.weights[place]
        matrix[...] = check_weights(name, value, matrix.shape, meaning)

    @property
    def lr(self) -> float:
        """The learning rate."""
        rate: float = self._chain.model.optimizer.learning_rate
        return rate

    @lr.setter
    def lr(self, value: float) -> None:
        if not value > 0:
            raise ArgumentError(f"lr={value} must be greater than 0")
        self._chain.model.optimizer.learning_rate = float(value)

    @property
    def activation_function(self) -> Callable[..., Any]:
        """The activation of every layer."""
        function: Callable[..., Any] = self._chain.model.layers[0].activation
        return function

    @activation_function.setter
    def activation_function(self, function: Any) -> None:
        chain = Chain(self._sizes, _known(function), "half_sum_squared_error", self.lr)
        for new, old in zip(chain.kernels, self._chain.kernels, strict=True):
            new[...] = old
        self._chain = chain

    def train(self, inputs_list: Any, targets_list: Any) -> None:
        """Make one step on one sample, or on the sum over several, one a row.

        Raises
        ------
        ShapeError
            If the numbers of inputs or targets do not fit.
        """
        x = _rows(inputs_list, "inputs_list", "input", self.inodes)
        y = _rows(targets_list, "targets_list", "output", self.onodes)
        if len(x) != len(y):
            raise ShapeError(
                f"inputs_list has {len(x)} samples {shape_text(x.shape)}, but targets_list has "
                f"{len(y)} {shape_text(y.shape)}; give one row of targets a sample"
            )
        self._chain.step(x, y)

    def query(self, inputs_list: Any) -> np.ndarray:
        """Return the outputs as a column ``(outputs, 1)``; of several samples a column each.

        Raises
        ------
        ShapeError
            If the number of inputs does not fit.
        """
        x = _rows(inputs_list, "inputs_list", "input", self.inodes)
        return self._chain.forward(x)[-1].T


NeuralNetwork = neuralNetwork = RashidNetwork

# The legacy generator, because the books seed it and print what it gives.
_DRAWS = {
    "normal": lambda to, n_in: np.random.normal(0.0, n_in**-0.5, (to, n_in)),  # noqa: NPY002
    "uniform": lambda to, n_in: np.random.rand(to, n_in) - 0.5,  # noqa: NPY002
}


def _counts(name: str, value: Any) -> list[int]:
    """Return numbers of nodes, one or several, as a list."""
    several = name == "hiddennodes" and isinstance(value, list | tuple)
    counts = list(value) if several else [value]
    good = [isinstance(k, int | np.integer) and not isinstance(k, bool) and k > 0 for k in counts]
    if not counts or not all(good):
        also = ", or a list of them" if name == "hiddennodes" else ""
        raise ArgumentError(f"{name}={value!r} must be a whole number of 1 or more{also}")
    return [int(count) for count in counts]


def _rows(values: Any, name: str, kind: str, count: int) -> np.ndarray:
    """Return one sample or several as rows."""
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise DTypeError(f"{name} must be a list of {count} numbers ({error})") from error
    if array.ndim not in (1, 2) or array.shape[-1] != count:
        remedy = f"give {count} numbers"
        if array.ndim in (1, 2):
            remedy += f", or make the network with {kind}nodes={array.shape[-1]}"
        if array.size == count:
            remedy = f"use numpy.ravel({name})"
        raise ShapeError(
            f"{name} has the shape {shape_text(array.shape)}, but this network has {count} {kind} "
            f"nodes and needs ({count},); {remedy}"
        )
    check_finite(array, name)
    return np.atleast_2d(array)


def _known(function: Any) -> Any:
    """Return the activation of glassnet that a function is, told by the values it gives.

    The books write ``lambda x: scipy.special.expit(x)``, of which nothing can be differentiated;
    what it computes is the sigmoid all the same.
    """
    if isinstance(function, str) or hasattr(function, "glassnet_name"):
        return activations.get(function)
    points = np.linspace(-6.0, 6.0, 41)
    try:
        values = np.asarray(function(points.copy()), np.float64)
    except (TypeError, ValueError, AttributeError, GlassnetError):
        values = None
    for name in ("sigmoid", "tanh", "relu", "linear", "softplus", "softsign", "leaky_relu", "elu"):
        known = activations.get(name)
        if values is not None and np.allclose(values, known(points), rtol=1e-9, atol=1e-12):
            return known
    try:
        trial = Chain([1, 1], function, "half_sum_squared_error", 1.0)
        trial.step(np.zeros((1, 1)), np.zeros((1, 1)))
    except Exception as error:  # whatever a stranger's function raises
        raise ArgumentError(
            f"activation_function={function!r} gives the values of no known activation, and is not "
            "made of gn.ops, so its derivative is not known; use a name such as 'tanh', or write "
            "it with gn.ops"
        ) from error
    return function
