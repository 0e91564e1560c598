"""Checks of the network itself: what it can say, and whether a part of it is missing."""

from __future__ import annotations

import copy

import numpy as np

from glassnet.explain.diagnosis.case import Case, Data, shuffled
from glassnet.explain.diagnosis.registry import NotApplicable, check
from glassnet.explain.diagnosis.trials import Trial, of_layers, redrawn, steps_for
from glassnet.layers import Dense, Flatten
from glassnet.layers.topology import layer_from_config
from glassnet.optimizers import Adam
from glassnet.training.health import Finding
from glassnet.training.network import Network
from glassnet.translation import _

# What the last activation can give.
_RANGES = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "softplus": (0.0, np.inf),
    "exponential": (0.0, np.inf),
}
BEYOND = 0.01  # share of the targets: one that lies outside is no reason to speak
HIDDEN = 16
TRIAL_RATE = 0.03
TRIAL_ROWS = 400
SMALL_TABLE = 20  # rows: such a table is all there is, and nothing can be held out
HALF = 0.5  # what is missing would have to halve the loss
ROOM = 0.1  # of the loss of a guess: below that there is nothing left to win
STUCK = 0.4  # of the loss of a guess: what a network without a bias does not get below


@check
def nothing_to_train(case: Case) -> list[Finding]:
    """A network none of whose weights is trained."""
    if case.network.topology.parameters():
        return []
    frozen = [layer for layer in case.network.topology.layers if layer.weights]
    evidence = (
        _("Every layer with weights has trainable=False.")
        if frozen
        else _("No layer of this network has weights.")
    )
    remedy = _("Set layer.trainable = True, or add a gn.layers.Dense layer.")
    title = _("There is nothing to train")
    return [Finding("problem", title, evidence, remedy, "nothing_to_train", {"weights": 0})]


@check
def output_range(case: Case) -> list[Finding]:
    """Targets that the last activation can never give."""
    calls = case.network.topology.calls
    name = calls[-1].layer.activation_name if calls else "linear"
    if name not in _RANGES or case.loss.from_logits:
        return []
    low, high = _RANGES[name]
    y = case.targets(case.data["y"])
    outside = float(np.mean((y < low - 1e-6) | (y > high + 1e-6)))
    if outside < BEYOND:
        return []
    evidence = _(
        "The last activation, {name}, gives numbers from {low:g} to {high:g}, but the targets go "
        "from {least:.4g} to {most:.4g}: {share:.0f} % of them are out of reach."
    ).format(name=name, low=low, high=high, least=y.min(), most=y.max(), share=100 * outside)
    remedy = _(
        "For quantities leave the last layer linear: Dense({units}). Or bring the targets into "
        "its range."
    ).format(units=y.shape[-1])
    numbers = {"outside": outside, "least": float(y.min()), "most": float(y.max())}
    title = _("Targets out of reach")
    return [Finding("problem", title, evidence, remedy, "output_range", numbers)]


@check
def missing_bias(case: Case) -> list[Finding]:
    """Dense layers without a bias, where one would help."""
    network = case.network
    without = [
        layer
        for layer in network.topology.layers
        if layer.role == "dense" and not layer.get_config()["use_bias"] and layer.trainable
    ]
    if not without:
        return []
    if case.is_good:
        raise NotApplicable(_("the network has learned"))
    rows = shuffled(case.sample, TRIAL_ROWS)
    steps = steps_for(network, len(rows["y"]), 30, 300)
    bare = redrawn(network)
    losses = [
        Trial(one, rows, Adam(TRIAL_RATE), len(rows["y"])).run(steps)
        for one in (bare, _with_bias(bare, [str(layer.name) for layer in without]))
    ]
    guess = case.guess_loss(rows["y"])
    if guess <= 0 or losses[1] > HALF * losses[0] or losses[0] < STUCK * guess:
        return []
    evidence = _(
        "{layers} has use_bias=False. In {steps} trial steps the loss came down to {bare:.3g} "
        "without a bias, and to {biased:.3g} with one."
    ).format(
        layers=", ".join(str(layer.name) for layer in without), steps=steps, bare=losses[0],
        biased=losses[1],
    )  # fmt: skip
    remedy = _(
        "Let the layers have their bias (use_bias=True is the default): without it every output "
        "is tied to f(0) where all inputs are 0."
    )
    numbers = {"without": losses[0], "with": losses[1]}
    title = _("A bias is missing")
    return [Finding("problem", title, evidence, remedy, "missing_bias", numbers)]


def _with_bias(network: Network, names: list[str]) -> Network:
    other = copy.deepcopy(network)
    for layer in other.topology.layers:
        if layer.name in names:
            shapes, layer.input_shapes = layer.input_shapes, None  # as if it were not built yet
            layer.use_bias = True
            layer.input_shapes = shapes
            units = next(iter(layer.weights.values())).shape[-1]
            layer.add_weight("bias", "b", (units,), "zeros")
    other.topology.initialize(0, other.dtype)
    return other


@check
def needs_hidden_layer(case: Case) -> list[Finding]:
    """Data like XOR, which no straight line parts, on a network that only knows straight lines."""
    topology = case.network.topology
    dense = [layer for layer in topology.layers if layer.role == "dense"]
    if not dense or any(layer.activation_name != "linear" for layer in topology.layers[:-1]):
        return []
    known = ("dense", "shape", "normalizing", "scaling")
    if not topology.is_chain or not all(layer.role in known for layer in topology.layers):
        raise NotApplicable(_("the network is no plain chain of dense layers"))
    train, test = _halves(shuffled(case.sample, 2 * TRIAL_ROWS))
    tail = topology.layers[topology.layers.index(dense[-1]) :]
    before = [Flatten()] if len(topology.input_shapes[0]) > 1 else []
    plain = _tested(case, [*before, *_copies(tail)], train, test)
    hidden = min(
        _tested(case, [*before, Dense(HIDDEN, "tanh"), *_copies(tail)], train, test, seed)
        for seed in (0, 1)
    )
    guess = case.guess_loss(test["y"])
    if guess <= 0 or hidden > HALF * plain or plain < ROOM * guess:
        return []
    return [_hidden_finding(len(dense), plain, hidden, guess)]


def _hidden_finding(layers: int, plain: float, hidden: float, guess: float) -> Finding:
    what = (
        _("The network has no hidden layer, so it can only draw straight lines.")
        if layers == 1
        else _("The hidden layers have no activation: together they are no more than one layer, "
               "which can only draw straight lines.")
    )  # fmt: skip
    evidence = (
        what
        + " "
        + _(
            "At its best its loss came down to {plain:.3g} (always the same answer: {guess:.3g}); "
            "with {units} tanh units in between, to {hidden:.2g}."
        ).format(plain=plain, guess=guess, units=HIDDEN, hidden=hidden)
    )
    remedy = (
        _("Put a hidden layer before the last: gn.layers.Dense(16, 'tanh').")
        if layers == 1
        else _("Give the hidden layers an activation: gn.layers.Dense(units, 'relu').")
    )
    level = "problem" if plain > 0.8 * guess else "warning"
    numbers = {"without": plain, "with": hidden, "guess": guess}
    title = _("A hidden layer is needed")
    return Finding(level, title, evidence, remedy, "needs_hidden_layer", numbers)


def _tested(case: Case, layers: list, train: Data, test: Data, seed: int = 0) -> float:
    network = of_layers(case.network, layers, train, seed)
    rows = len(train["y"])
    trial = Trial(network, train, Adam(TRIAL_RATE), rows)
    trial.run(steps_for(network, rows, 100, 400))
    return trial.loss(test)


def _copies(layers: list) -> list:
    """Return new layers of the same settings, without weights."""
    configs = [layer.to_config() for layer in layers]
    # A bias that is missing is another finding.
    return [
        layer_from_config({**config, "use_bias": True} if "use_bias" in config else config)
        for config in configs
    ]


def _halves(data: Data) -> tuple[Data, Data]:
    """Return rows to train and to test on: the same where the table is small."""
    if len(data["y"]) <= SMALL_TABLE:
        return data, data
    one, other = ({name: array[start::2] for name, array in data.items()} for start in (0, 1))
    return one, other
