"""Networks with several outputs, drawn at random: layers, losses, weights and samples."""

import dataclasses

import numpy as np

import glassnet as gn
from glassnet.losses import FAMILY
from tests.formats.python.programs import TARGETS, classes_of

L = gn.layers
LOSSES = [name for name, _ in classes_of(FAMILY)]
ROWS, N_IN, CLASSES = 11, 3, 3


@dataclasses.dataclass
class Case:
    """A compiled model with data for it."""

    net: gn.Model
    x: np.ndarray
    y: dict
    sample_weight: dict | None
    weights: dict
    reductions: dict

    @property
    def names(self):
        return self.net.output_names


def targets(loss, draw):
    """Targets for a loss: those that tests/formats/python prints it with, of other rows."""
    kind = dict(classes_of(FAMILY))[loss]
    if kind.target_kind == "labels":
        return draw.integers(0, CLASSES, ROWS)
    if kind.target_kind == "one_hot":
        return np.eye(CLASSES)[draw.integers(0, CLASSES, ROWS)]
    if kind.target_kind == "binary":
        return draw.integers(0, 2, (ROWS, CLASSES)).astype(float)
    if loss == "Poisson":
        return draw.poisson(2.0, (ROWS, CLASSES)).astype(float)
    return draw.normal(size=(ROWS, CLASSES))


def drawn(seed, dtype="float64", optimizer=None, losses=None, has_dropout=None):
    """Return the case of a number; the same for every call."""
    draw = np.random.default_rng(seed)
    count = int(draw.integers(2, 4))
    losses = losses or list(draw.choice(LOSSES, count))
    count = len(losses)
    x = gn.Input((N_IN,))
    h = L.Dense(5, "tanh", kernel_regularizer=draw.choice([None, "l2"]), name="h")(x)
    if (draw.random() < 0.3) if has_dropout is None else has_dropout:
        h = L.Dropout(0.3)(h)
    tensors = {}
    for number, loss in enumerate(losses):
        last = TARGETS.get(loss, (None,))[0]
        before = L.Dense(4, "sigmoid")(h) if draw.random() < 0.5 else h
        tensors[f"out{number}"] = L.Dense(CLASSES, last, name=f"out{number}")(before)
    net = gn.Model(x, list(tensors.values()), dtype=dtype, seed=int(seed))
    reductions = {name: str(draw.choice(["mean", "sum"])) for name in tensors}
    made = {
        name: dict(classes_of(FAMILY))[loss](reduction=reductions[name])
        for name, loss in zip(tensors, losses, strict=True)
    }
    weights = {name: float(draw.choice([1.0, 0.25, 2.0])) for name in tensors}
    net.compile(optimizer or gn.optimizers.Adam(0.01), made, loss_weights=weights)
    y = {name: targets(loss, draw) for name, loss in zip(tensors, losses, strict=True)}
    sample_weight = None
    if draw.random() < 0.5:
        sample_weight = {name: draw.uniform(0, 2, ROWS) for name in tensors}
    return Case(net, draw.normal(size=(ROWS, N_IN)), y, sample_weight, weights, reductions)


def expected_losses(case):
    """The loss of each output and of all, from the predictions and the losses on arrays."""
    predictions = dict(zip(case.names, case.net.predict(case.x), strict=True))
    found = {}
    for name, loss in case.net.loss.items():
        weight = np.ones(ROWS) if case.sample_weight is None else case.sample_weight[name]
        each = [
            float(loss(case.y[name][k : k + 1], predictions[name][k : k + 1])) for k in range(ROWS)
        ]
        total = float(np.dot(weight, each))
        found[f"{name}_loss"] = total if case.reductions[name] == "sum" else total / ROWS
    penalty = sum(
        0.01 * float(np.sum(np.square(weight.value, dtype=np.float64)))
        for weight in case.net.network.topology.weights()
        if weight.regularizer is not None
    )
    whole = sum(case.weights[name] * found[f"{name}_loss"] for name in case.names)
    return {"loss": whole + penalty, **found}
