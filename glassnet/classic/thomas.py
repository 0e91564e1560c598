"""The functions of A. Thomas's "Neural Networks Tutorial": weights and biases in dicts by layer.

Layers count from 1, the input. ``W[l]`` leads from layer l to layer l + 1, and its row i belongs
to node i of layer l + 1: the transpose of a kernel of glassnet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glassnet import ops
from glassnet.classic.chain import check_weights
from glassnet.classic.trask import sigmoid as f
from glassnet.data.arrays import check_array
from glassnet.data.encoding import to_categorical
from glassnet.errors import ArgumentError, ShapeError
from glassnet.graph import Node, shape_text
from glassnet.layers import Dense, Input
from glassnet.layers.base import Tensor
from glassnet.losses import HalfSumSquaredError
from glassnet.metrics import Metric
from glassnet.models import Model
from glassnet.optimizers import SGD

__all__ = [
    "convert_y_to_vect",
    "f",
    "f_deriv",
    "feed_forward",
    "predict_y",
    "setup_and_init_weights",
    "train_nn",
]

Matrices = dict[int, np.ndarray]


def f_deriv(x: Any) -> Any:
    """f'(x) = f(x) (1 - f(x)), f the sigmoid.

    Examples
    --------
    >>> float(f_deriv(0.0))
    0.25
    """
    return f(x) * (1.0 - f(x))


def convert_y_to_vect(y: Any) -> np.ndarray:
    """Return one row of ten numbers a digit: 1 at the place of the digit, else 0.

    Examples
    --------
    >>> convert_y_to_vect([2])
    array([[0., 0., 1., 0., 0., 0., 0., 0., 0., 0.]])
    """
    return to_categorical(y, 10, "float64")


def setup_and_init_weights(nn_structure: Sequence[int]) -> tuple[Matrices, Matrices]:
    """Return W and b, uniform in [0, 1), drawn from NumPy's global generator.

    Examples
    --------
    >>> W, b = setup_and_init_weights([64, 30, 10])
    >>> W[1].shape, b[2].shape
    ((30, 64), (10,))
    """
    W, b = {}, {}
    for place in range(1, len(nn_structure)):
        # The legacy generator, because the article's program may seed it.
        W[place] = np.random.random_sample((nn_structure[place], nn_structure[place - 1]))  # noqa: NPY002
        b[place] = np.random.random_sample((nn_structure[place],))  # noqa: NPY002
    return W, b


class _ErrorNorm(Metric):
    """‖y - h‖ a sample: the article's average cost is the mean of it."""

    name = "error_norm"

    def per_sample(self, y: Node, predictions: Node, kind: str) -> Node:
        return ops.sqrt(ops.sum(ops.square(y - predictions), axis=1))


def _network(structure: Sequence[int]) -> tuple[Model, Model]:
    """Return a network of sigmoid layers, and one that gives the values of all its layers."""
    x = Input((structure[0],))
    tensors: list[Tensor] = []
    for size in structure[1:]:
        tensors.append(Dense(size, "sigmoid")(tensors[-1] if tensors else x))
    return (
        Model(x, tensors[-1], dtype="float64", seed=0),
        Model(x, tensors, dtype="float64", seed=0),
    )


def _flat(W: Mapping[int, Any], b: Mapping[int, Any]) -> list[np.ndarray]:
    return [part for place in sorted(W) for part in (np.asarray(W[place]).T, b[place])]


def train_nn(
    nn_structure: Sequence[int], X: Any, y: Any, iter_num: int = 3000, alpha: float = 0.25
) -> tuple[Matrices, Matrices, list[float]]:
    """Train a network of sigmoid layers on all samples at once; return W, b and the average cost.

    Parameters
    ----------
    nn_structure : sequence of int
        Nodes of each layer, ``[64, 30, 10]``.
    X : array, shape (n, nn_structure[0])
    y : array, shape (n, nn_structure[-1])
    iter_num : int, default 3000
    alpha : float, default 0.25

    Returns
    -------
    W, b : dict of int to ndarray
    avg_cost_func : list of float
        Mean over the samples of ‖y - h‖, before each step. The steps go against the gradient of
        the mean of ½‖y - h‖².

    Examples
    --------
    >>> W, b, cost = train_nn([2, 3, 1], [[0, 1], [1, 0]], [[0], [1]], 10)
    Starting gradient descent for 10 iterations
    Iteration 0 of 10
    >>> W[1].shape, len(cost)
    ((3, 2), 10)

    Source: A. Thomas: "Neural Networks Tutorial - A Pathway to Deep Learning" (2017).
    """
    structure = _structure(nn_structure)
    X, y = _samples(X, y, structure)
    net, _ = _network(structure)
    net.compile(SGD(alpha), HalfSumSquaredError("mean"), [_ErrorNorm()])
    net.build()
    net.set_weights(_flat(*setup_and_init_weights(structure)))
    print(f"Starting gradient descent for {iter_num} iterations")
    costs: list[float] = []
    for start in range(0, iter_num, 1000):
        print(f"Iteration {start} of {iter_num}")
        count = min(1000, iter_num - start)
        costs += net.fit(X, y, "full", count, verbose=0).history["error_norm"]
    weights = net.get_weights()
    W = {place: kernel.T.copy() for place, kernel in enumerate(weights[0::2], 1)}
    return W, dict(enumerate(weights[1::2], 1)), costs


def feed_forward(x: Any, W: Mapping[int, Any], b: Mapping[int, Any]) -> tuple[Matrices, Matrices]:
    """Return h and z by layer: the activations, h[1] the input, and the sums before them.

    Examples
    --------
    >>> h, z = feed_forward([1.0, 2.0], {1: [[0.5, 0.25]]}, {1: [-1.0]})
    >>> z[2], h[2]
    (array([0.]), array([0.5]))
    """
    x = np.asarray(x, np.float64)
    _, inner = _filled(W, b, x.shape[-1:], "x", x.shape)
    found = inner.predict(np.atleast_2d(x))
    layers = found if isinstance(found, list) else [found]
    h = {1: x, **{place: a.reshape(*x.shape[:-1], -1) for place, a in enumerate(layers, 2)}}
    z = {
        place + 1: h[place] @ np.asarray(W[place], np.float64).T + np.asarray(b[place])
        for place in sorted(W)
    }
    return h, z


def predict_y(
    W: Mapping[int, Any], b: Mapping[int, Any], X: Any, n_layers: int | None = None
) -> np.ndarray:
    """Return the number of the largest output for every row of X.

    Parameters
    ----------
    W, b : dict of int to ndarray
    X : array, shape (n, n_in)
    n_layers : int, optional
        Number of layers, the input one counted; it must be that of W.

    Examples
    --------
    >>> W, b = {1: [[1.0, 0.0], [0.0, 1.0]]}, {1: [0.0, 0.0]}
    >>> predict_y(W, b, [[0.2, 0.9], [3.0, 1.0]], 2)
    array([1., 0.])
    """
    if n_layers is not None and n_layers != len(W) + 1:
        raise ArgumentError(
            f"n_layers={n_layers}, but W has {len(W)} matrices and so {len(W) + 1} layers; "
            f"use n_layers={len(W) + 1}"
        )
    X = check_array(X, "X", "float64", ndim=2)
    net, _ = _filled(W, b, X.shape[1:], "X", X.shape)
    return net.predict(X).argmax(axis=1).astype(np.float64)


def _filled(
    W: Mapping[int, Any], b: Mapping[int, Any], width: tuple[int, ...], name: str, came: Any
) -> tuple[Model, Model]:
    """Return the network of these weights, after a check that all shapes fit."""
    structure = [np.shape(W[1])[-1], *(len(np.asarray(W[place])) for place in sorted(W))]
    if width != (structure[0],):
        raise ShapeError(
            f"{name} has the shape {shape_text(tuple(came))}, but W[1] has "
            f"{shape_text(np.shape(W[1]))} and takes {structure[0]} inputs; give {name} "
            f"{structure[0]} numbers a sample"
        )
    for place in sorted(W):
        shape = (structure[place], structure[place - 1])
        check_weights(f"W[{place}]", W[place], shape, f"nodes of layer {place + 1} x {place}")
        check_weights(f"b[{place}]", b[place], shape[:1], f"nodes of layer {place + 1}")
    net, inner = _network(structure)
    net.build()
    net.set_weights(_flat(W, b))
    return net, inner


def _structure(nn_structure: Sequence[int]) -> list[int]:
    structure = [int(size) for size in nn_structure]
    if len(structure) < 2:
        raise ArgumentError(
            f"nn_structure={nn_structure!r} needs the nodes of two layers or more, for example "
            "[64, 30, 10]"
        )
    return structure


def _samples(X: Any, y: Any, structure: list[int]) -> tuple[np.ndarray, np.ndarray]:
    X, y = check_array(X, "X", "float64"), check_array(y, "y", "float64")
    for name, array, size, end in (
        ("X", X, structure[0], "first"),
        ("y", y, structure[-1], "last"),
    ):
        if array.ndim != 2 or array.shape[1] != size:
            remedy = f"change the {end} number of nn_structure or the columns of {name}"
            if name == "y" and array.ndim == 1:
                remedy = "use convert_y_to_vect(y)"
            raise ShapeError(
                f"{name} has the shape {shape_text(array.shape)}, but the {end} layer of "
                f"nn_structure has {size} nodes and so {name} must be (n, {size}); {remedy}"
            )
    return X, y
