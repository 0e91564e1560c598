"""Models drawn at random: any layer, loss and optimizer, inputs of rank 1 to 5, all by a number.

What is drawn comes from the registries: :data:`LAYERS`, :data:`HEADS` and :data:`OPTIMIZERS`
have an entry for every member, and a test says which is missing. Values may be used twice
(diamonds), layers called twice, and about a third of the models are shared among threads.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import glassnet as gn
from glassnet import activations
from glassnet.backends.compiled.schedule.sharding import shard_count
from glassnet.graph.dims import Dim, bind
from glassnet.optimizers.clipping import FAMILY as CLIPPINGS
from glassnet.random import normal, uniform

STEPS = 5
# A model of fewer operations a batch than this is run in plain loops too.
FEW = 4_000


class Growing:
    """A model while layers are added to it: tensors that may be used, and what has been.

    ``bound`` limits the numbers of one value of one sample.
    """

    def __init__(self, rng: np.random.Generator, bound: int) -> None:
        self.rng, self.bound = rng, bound
        self.inputs: list[Any] = []
        self.tensors: list[Any] = []
        self.read: set[int] = set()
        self.layers: list[tuple[Any, tuple[int, ...]]] = []

    def choice(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def size(self, limit: int) -> int:
        """Return a size up to a limit; the largest that it may be for one in three."""
        sizes = [s for s in (1, 2, 3, 4, 5, 7, 8, 16, 33, 64, 96, 128, 512) if s <= max(limit, 1)]
        return sizes[-1] if self.rng.random() < 1 / 3 else self.choice(sizes)

    def any(self, fits: Callable[[tuple[int, ...]], bool] = bool) -> Any:
        """Return one of the values whose shape fits (by default those with an axis), or None."""
        found = [tensor for tensor in self.tensors if fits(tensor.shape)]
        return self.choice(found[-3:]) if found else None

    def add(self, layer: Any, *tensors: Any) -> Any:
        made = layer(*tensors)
        self.tensors.append(made)
        self.read |= {id(tensor) for tensor in tensors}
        if len(tensors) == 1:
            self.layers.append((layer, tensors[0].shape))
        return made


def _input(g):
    rank = g.choice([0, 1, 1, 2, 2, 2, 3, 3, 4])
    shape: tuple[int, ...] = ()
    for _ in range(rank):
        shape = (*shape, g.size(g.bound // math.prod(shape)))
    made = gn.Input(g.rng.permuted(np.array(shape, int)).tolist())
    g.inputs.append(made)
    g.tensors.append(made)


def _activation(g):
    x = g.any(lambda shape: True)
    names = activations.names()
    # Those that look at all values of an axis need one.
    name = g.choice(names if x.shape else ["tanh", "relu", "softplus"])
    g.add(gn.layers.Activation(name), x)


def _dense(g, x=None):
    x = g.any() if x is None else x
    if x is None:
        return
    units = g.size(g.bound // math.prod(x.shape[:-1]))
    penalty = g.choice([None, None, "l1", "l2", "l1_l2"])
    name = g.choice(activations.names())
    g.add(gn.layers.Dense(units, name, g.rng.random() < 0.8, kernel_regularizer=penalty), x)


def _masked_dense(g):
    x = g.any(lambda shape: len(shape) == 1)
    if x is not None:
        mask = g.rng.integers(0, 2, (x.shape[0], g.size(64)))
        g.add(gn.layers.MaskedDense(mask, g.choice(["tanh", "relu", None])), x)


def _partner(g, x, fits):
    """Return another value to be joined with a value, made of it if there is none."""
    others = [y for y in g.tensors if y is not x and fits(y.shape)]
    if others:
        return g.choice(others)
    layer = gn.layers.Dense(x.shape[-1], "tanh") if x.shape else gn.layers.Activation("sin")
    return g.add(layer, x)


def _add(g):
    x = g.any(lambda shape: True)
    others = [_partner(g, x, lambda shape: shape == x.shape) for _ in range(g.choice([1, 1, 2]))]
    g.add(gn.layers.Add(), x, *others)


def _concatenate(g):
    x = g.any(lambda shape: bool(shape) and 2 * math.prod(shape) <= g.bound)
    if x is not None:
        rank, lead = len(x.shape), x.shape[:-1]
        y = _partner(g, x, lambda shape: len(shape) == rank and shape[:-1] == lead)
        g.add(gn.layers.Concatenate(), x, y)


def _reshape(g):
    x = g.any(lambda shape: True)
    size, shape = math.prod(x.shape), []
    for factor in (2, 3, 4):
        if size % factor == 0 and g.rng.random() < 0.5:
            shape.append(factor)
            size //= factor
    g.add(gn.layers.Reshape(g.rng.permuted([*shape, size]).tolist()), x)


def _one(make):
    """Return what adds a layer that takes one value with an axis."""

    def added(g):
        x = g.any()
        if x is not None:
            g.add(make(g), x)

    return added


# By the name of the layer's class: what adds it to a model that grows, if it fits.
LAYERS: dict[str, Callable[[Growing], Any]] = {
    "Activation": _activation,
    "Add": _add,
    "Concatenate": _concatenate,
    "Dense": _dense,
    "Dropout": _one(lambda g: gn.layers.Dropout(g.choice([0.0, 0.3, 0.5]))),
    "Flatten": _one(lambda g: gn.layers.Flatten()),
    "InputLayer": _input,
    "MaskedDense": _masked_dense,
    "Normalization": _one(lambda g: gn.layers.Normalization()),
    "Rescaling": _one(lambda g: gn.layers.Rescaling(0.5, offset=g.choice([0.0, 0.25]))),
    "Reshape": _reshape,
}


def _again(g):
    """Call a layer that the model has already: its weights are shared."""
    layer, shape = g.choice(g.layers) if g.layers else (None, ())
    others = [x for x in g.tensors if x.shape == shape]
    if layer is not None and others:
        g.add(layer, g.choice(others))


def _hot(z):
    return np.eye(z.shape[-1])[z.argmax(axis=-1)]


# By the name of the loss's class: activations of the last layer, and targets from normal numbers.
HEADS: dict[str, tuple[tuple[Any, ...], Callable[[np.ndarray], np.ndarray]]] = {
    "SumSquaredError": (("linear", "tanh"), np.array),
    "HalfSumSquaredError": (("linear", "softmax"), np.array),
    "QuarterSumSquaredError": (("linear",), np.array),
    "TanhError": (("tanh", "sigmoid"), np.tanh),
    "MeanSquaredError": (("linear", "relu", "sigmoid"), np.array),
    "MeanAbsoluteError": (("linear",), np.array),
    "Huber": (("linear", "sin"), np.array),
    "Poisson": (("softplus", "sigmoid"), lambda z: np.floor(np.exp(z))),
    "BinaryCrossentropy": (("sigmoid", None), lambda z: np.array(z > 0, float)),
    "CategoricalCrossentropy": (("softmax", None), _hot),
    "SparseCategoricalCrossentropy": (("softmax", None), lambda z: z.argmax(axis=-1)),
}

# By the name of the optimizer's class: what makes one of a rate (of a loss that is a mean).
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "SGD": lambda g, rate, clip: gn.optimizers.SGD(
        rate, *g.choice([(0.0, False), (0.9, False), (0.9, True)]), clip=clip
    ),
    "Adam": lambda g, rate, clip: gn.optimizers.Adam(rate, clip=clip),
    "AdamW": lambda g, rate, clip: gn.optimizers.AdamW(rate, clip=clip),
    "Adagrad": lambda g, rate, clip: gn.optimizers.Adagrad(rate, clip=clip),
    "RMSprop": lambda g, rate, clip: gn.optimizers.RMSprop(rate, clip=clip),
    "Quickprop": lambda g, rate, clip: gn.optimizers.Quickprop(rate, clip=clip),
    "RPROP": lambda g, rate, clip: gn.optimizers.RPROP(1.0, 1e-3, delta_max=1e-2, clip=clip),
    "FannRPROP": lambda g, rate, clip: gn.optimizers.FannRPROP(1.0, 1e-3, delta_max=1e-2),
    "SARPROP": lambda g, rate, clip: gn.optimizers.SARPROP(1.0, 1e-3, delta_max=1e-2),
    "LBFGS": lambda g, rate, clip: gn.optimizers.LBFGS(),
}


def _loss(g):
    """Return the name of a loss, a loss, and the activation of the last layer."""
    name = g.choice(sorted(HEADS))
    last = g.choice(HEADS[name][0])
    cls = gn.losses.FAMILY.members[name]
    settings = {"reduction": g.choice(["mean", "mean", "sum"])}
    return name, cls(**settings, **({"from_logits": True} if last is None else {})), last


def _optimizer(g, name, batch, is_sum):
    rate = 1e-3 / (64 * batch if is_sum else 1)
    schedule = g.choice([rate, rate, gn.optimizers.ExponentialDecay(rate, 2, 0.5),
                         gn.optimizers.Warmup(rate, 3)])  # fmt: skip
    kinds = sorted({kind.__name__ for kind in CLIPPINGS.members.values()})
    clips = [None, None, *(CLIPPINGS.get({"class": kind, "limit": 0.5}) for kind in kinds)]
    return OPTIMIZERS[name](g, schedule, g.choice(clips))


def _end(g, units, last):
    """Join what no layer has read yet, and put the last layer on it."""
    ends = [tensor for tensor in g.tensors if id(tensor) not in g.read]
    if len(ends) > 1 or not ends[0].shape or g.rng.random() < 0.6:
        parts = []
        for x in ends:
            x = x if len(x.shape) == 1 else gn.layers.Reshape((-1,))(x)
            parts.append(x if len(ends) == 1 else gn.layers.Dense(units, "tanh")(x))
        joined = gn.layers.Concatenate() if g.rng.random() < 0.5 else gn.layers.Add()
        ends = [joined(parts)] if len(parts) > 1 else parts
    return gn.layers.Dense(units, last)(ends[0])


def _grown(rng, bound, count, units, last):
    """Return a model of some layers drawn from the registry, one of them sometimes twice."""
    g = Growing(rng, bound)
    _input(g)
    for _ in range(count):
        _again(g) if rng.random() < 0.25 else LAYERS[g.choice(sorted(LAYERS))](g)
    return g.inputs, _end(g, units, last)


@dataclasses.dataclass
class Case:
    """A model, its data, and how it is trained; all of it follows from one number."""

    make: Callable[[], Any]
    x: Any
    y: np.ndarray
    fit: dict[str, Any]
    optimizer: str
    weights: Any

    @property
    def batch(self) -> int:
        return min(self.fit["batch_size"], len(self.y))

    def program(self):
        """Return the step, or what a step on the host needs."""
        return self.make().network.step(self.weights is not None)

    def shards(self) -> int:
        """Return how many shards the step is cut into."""
        program = self.program()
        state = {id(program.inputs[name]) for name in program.state}
        return shard_count(program.order(), self.batch, state)

    def work(self) -> float:
        """Return about how many operations a batch of the step takes."""
        total = 0
        for node in self.program().order():
            inner = node.inputs[0].shape[-1:] if node.op.name == "matmul" else ()
            total += math.prod(bind((*node.shape, *inner), {"n": self.batch}))
        return total

    def features(self) -> set[str]:
        """Return in words what is special about the case: what a choice of cases should cover."""
        net, program = self.make(), self.program()
        inputs = self.x if isinstance(self.x, list) else [self.x]
        layers, calls = net.network.topology.layers, net.network.topology.calls
        multiples = {dim for node in program.order() for dim in node.shape if isinstance(dim, Dim)}
        is_shared = self.shards() > 1
        facts = {
            "shared": is_shared,
            "a multiple of n": multiples != {Dim("n")},
            "a multiple of n, shared": is_shared and multiples != {Dim("n")},
            "plain loops": self.work() < FEW,
            "a layer twice": len(calls) > len(layers),
            "several inputs": len(inputs) > 1,
            "one row": self.batch == 1,
            "a short batch": len(self.y) % self.batch > 0,
        }
        found = {fact for fact, holds in facts.items() if holds}
        found |= {f"rank {x.ndim}" for x in inputs} | {type(layer).__name__ for layer in layers}
        return found | {type(net.loss).__name__, self.optimizer}


def _rows(g, is_large, is_host_side):
    """Return the size of a batch, the number of rows and of epochs: five steps altogether."""
    batch = g.choice([64, 128, 300, 512, 700] if is_large else [1, 2, 3, 5, 8, 20])
    if is_host_side or g.rng.random() < 0.4:
        return batch, batch, STEPS
    short = 0 if g.rng.random() < 0.3 else int(g.rng.integers(batch))
    return batch, batch * (STEPS - 1) + (short or batch), 1


def random_case(seed: int) -> Case:
    rng = np.random.default_rng(seed)
    is_large = bool(rng.random() < 0.6)
    g = Growing(rng, 0)
    optimizer = g.choice(sorted(OPTIMIZERS))
    name, loss, last = _loss(g)
    units, count, state = g.choice([2, 3, 5]), int(rng.integers(1, 6)), int(rng.integers(1 << 30))
    bound = 600 if is_large else 24
    batch, rows, epochs = _rows(g, is_large, gn.optimizers.FAMILY.members[optimizer].is_host_side)
    weights = uniform(seed, "weights", (rows,), 0.5, 1.5) if rng.random() < 0.2 else None
    metrics = g.choice([[], ["accuracy"]] if "Cross" in name else [[], ["mae"], ["mse"]])
    shuffle = bool(rng.random() < 0.6)

    def model():
        inputs, output = _grown(np.random.default_rng(state), bound, count, units, last)
        return gn.Model(inputs, output, dtype="float64", seed=seed % 1000), inputs, output

    def make():
        net = model()[0]
        own = Growing(np.random.default_rng(state), 0)
        net.compile(_optimizer(own, optimizer, batch, loss.reduction == "sum"), loss, metrics)
        return net

    _, inputs, output = model()
    x = [normal(seed, f"x{k}", (rows, *one.shape)) for k, one in enumerate(inputs)]
    y = HEADS[name][1](normal(seed, "y", (rows, *output.shape)))
    fit = {"batch_size": batch, "epochs": epochs, "shuffle": shuffle}
    return Case(make, x if len(x) > 1 else x[0], y, fit, optimizer, weights)


def covering(count: int, among: int) -> list[int]:
    """Return the numbers of cases that cover the most, each the one that adds most."""
    features = {seed: random_case(seed).features() for seed in range(among)}
    chosen: list[int] = []
    known: set[str] = set()
    for _ in range(count):
        best = max(features, key=lambda seed: len(features[seed] - known))
        known |= features.pop(best)
        chosen.append(best)
    return chosen
