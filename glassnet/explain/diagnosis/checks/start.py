"""Checks of the start: the loss and the weights before the first step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet.explain.diagnosis.case import Case
from glassnet.explain.diagnosis.registry import NotApplicable, check
from glassnet.layers import Dense
from glassnet.training.health import Finding, LayerVitals
from glassnet.training.health.guess import mean_loss
from glassnet.translation import _

# How many times the loss of the answer "I do not know" the first loss may be.
HIGH_LOSS = (("problem", 100.0), ("warning", 10.0), ("note", 3.0))
AWAY = 2.0  # deviations of the targets between their mean and that of the first outputs
NARROW = 30.0  # how many times wider the targets are spread than the first outputs
# Spread of the last hidden layer, compared with that of the inputs.
SHRUNK = (("problem", 1e-5), ("warning", 1e-3))
BLOWN_UP = (("problem", 1e4), ("warning", 50.0))
SAME_UNITS = 0.5  # share of a layer's units that are copies of others
TOLERANCE = 1e-6
GROWN = 1e5  # weights beyond differ in digits that are rounded away


def _must_be_untrained(case: Case) -> None:
    if case.is_trained:
        raise NotApplicable(_("the network is trained already"))


@check
def initial_loss(case: Case) -> list[Finding]:
    """The first loss against that of chance: ln K for K classes."""
    _must_be_untrained(case)
    if case.loss.matched or _is_categorical(case):
        return _loss_of_classes(case)
    return _loss_of_quantities(case)


def _loss_of_classes(case: Case) -> list[Finding]:
    loss = case.exact_loss
    k = _classes(case)
    chance = math.log(k)
    times = loss / chance if math.isfinite(loss) else math.inf
    level = next((level for level, limit in HIGH_LOSS if times >= limit), None)
    if level is None:
        return []
    evidence = _(
        "Before the first step the loss is {loss:.3g}, but that of knowing nothing is ln {k} = "
        "{chance:.3g}: the network starts out sure of wrong answers."
    ).format(loss=loss, k=k, chance=chance)
    remedy = _("Scale the inputs, and start with small weights in the last layer (the default).")
    numbers = {"loss": loss, "chance": chance}
    title = _("The first loss is far above chance")
    return [Finding(level, title, evidence, remedy, "initial_loss", numbers)]


def _loss_of_quantities(case: Case) -> list[Finding]:
    y, outputs = case.few["y"].astype(np.float64), case.vitals.outputs.astype(np.float64)
    deviation, chance = float(y.std()), case.guess_loss(y)
    if not deviation > 0 or not chance > 0 or case.labels(y) is not None:
        return []
    loss = mean_loss(case.loss, case.few["y"], case.vitals.outputs)
    away = abs(float(y.mean() - outputs.mean())) / deviation
    narrow = deviation / max(float(outputs.std()), 1.0)
    size = max(away / AWAY, narrow / NARROW, loss / chance / HIGH_LOSS[1][1])
    if not size >= 1:
        return []
    evidence = _(
        "The targets have the mean {mean:.4g} and the deviation {deviation:.3g}, but the outputs "
        "begin at {first:.3g} with {spread:.3g}. Before the first step the loss is {loss:.3g}; "
        "that of always answering the mean is {chance:.3g}."
    ).format(
        mean=y.mean(), deviation=deviation, first=outputs.mean(), spread=outputs.std(), loss=loss,
        chance=chance,
    )  # fmt: skip
    remedy = _(
        "Bring the targets to mean 0 and deviation 1, or let the network do it: "
        "gn.layers.Rescaling({deviation:.4g}, {mean:.4g}) as its last layer, with Adam (plain SGD "
        "would take steps far too large). Scale the inputs too."
    ).format(deviation=deviation, mean=y.mean())
    numbers = {"loss": loss, "chance": chance, "away": away}
    title = _("The targets are not scaled")
    level = "problem" if size >= 10 else "warning"
    return [Finding(level, title, evidence, remedy, "initial_loss", numbers)]


def _is_categorical(case: Case) -> bool:
    return case.loss.target_kind in ("labels", "one_hot")


def _classes(case: Case) -> int:
    return int(case.network.topology.output_shapes[0][-1]) if _is_categorical(case) else 2


@check
def symmetric_weights(case: Case) -> list[Finding]:
    """Hidden units that are copies of each other, and will remain so."""
    vitals, worst = case.vitals, None
    if max(float(np.abs(w).max(initial=0.0)) for w in case.network.weights().values()) > GROWN:
        raise NotApplicable(_("the weights have grown beyond measure"))
    dead = {v.name for v in vitals.layers if v.dead == v.units}
    for call in case.network.topology.calls:
        layer = call.layer
        if layer.name in dead:
            continue  # another finding
        kernel = next((w for w in layer.weights.values() if len(w.shape) == 2), None)
        is_hidden = any(v.name == layer.name and not v.is_output for v in vitals.layers)
        if kernel is None or kernel.value is None or not is_hidden or kernel.shape[1] < 2:
            continue
        gradient = vitals.gradients.get(kernel.name)
        if gradient is None:
            continue
        copies = 1 - _kinds(np.concatenate([kernel.value, gradient])) / kernel.shape[1]
        if copies >= SAME_UNITS and (worst is None or copies > worst[1]):
            worst = (layer, copies, kernel)
    if worst is None:
        return []
    layer, copies, kernel = worst
    units = kernel.shape[1]
    different = round((1 - copies) * units)
    evidence = _(
        "Different units in {layer}: {different} of {units}. The others have the same weights and "
        "the same gradient, so every step leaves them the same, and the layer can do no more than "
        "the different ones alone."
    ).format(units=units, layer=layer.name, different=different)
    remedy = _(
        "Start with random weights, which is the default: leave kernel_initializer='zeros' (or "
        "another constant) out."
    )
    numbers = {"units": units, "different": different}
    title = _("Units that are all the same")
    return [Finding("problem", title, evidence, remedy, "symmetric_weights", numbers)]


def _kinds(columns: np.ndarray) -> int:
    """Return how many columns differ, but for rounding."""
    size = np.abs(columns).max(axis=1, initial=0.0, keepdims=True)
    scaled = np.round(columns / np.where(size > 0, size, 1.0) / TOLERANCE)
    return len(np.unique(scaled, axis=1).T)


@check
def weight_scale(case: Case) -> list[Finding]:
    """First weights so small that the signal dies away, or so large that it grows."""
    _must_be_untrained(case)
    hidden = [
        layer for layer in case.vitals.layers if layer.weight is not None and not layer.is_output
    ]
    if not hidden:
        return []
    into = max(float(values.std(axis=0).mean()) for values in case.inputs)
    last = hidden[-1]
    if last.activation in ("sigmoid", "tanh"):
        into = min(into, 1.0)  # no larger signal comes out of it, whatever the weights
    ratio = last.spread / into if into > 0 else math.nan
    if 0 < ratio < SHRUNK[-1][1]:
        return [_too_small(last, into, ratio, _are_default(case))]
    if ratio >= BLOWN_UP[-1][1]:
        return [_too_large(last, into, ratio)]
    return []


def _are_default(case: Case) -> bool:
    """Return whether all dense layers begin with the weights that suit their activation."""
    dense: list[Any] = [layer for layer in case.network.topology.layers if layer.role == "dense"]
    plain = [Dense(1, layer.activation).kernel_initializer for layer in dense]
    pairs = zip(dense, plain, strict=True)
    return all(repr(layer.kernel_initializer) == repr(usual) for layer, usual in pairs)


def _too_small(last: LayerVitals, into: float, ratio: float, is_default: bool) -> Finding:
    level = next(level for level, limit in SHRUNK if ratio < limit)
    evidence = _(
        "From row to row the inputs of the first weights vary by {into:.2g}, but the outputs of "
        "{layer} by only {spread:.2g} (standard deviation): the signal dies away."
    ).format(into=into, layer=last.name, spread=last.spread)
    remedy = _(
        "Larger initial weights: the default suits the activation (He for relu, Glorot for tanh "
        "and sigmoid)."
    )
    numbers = {"into": into, "out": last.spread, "ratio": ratio}
    title = _("The initial weights are too small")
    if is_default:
        title = _("The signal dies away")
        remedy = _("Use relu or tanh in the hidden layers in place of sigmoid, or fewer layers.")
    return Finding(level, title, evidence, remedy, "weight_scale", numbers)


def _too_large(last: LayerVitals, into: float, ratio: float) -> Finding:
    level = next(level for level, limit in BLOWN_UP if ratio >= limit)
    evidence = _(
        "From row to row the inputs of the first weights vary by {into:.2g}, but the outputs of "
        "{layer} by {spread:.2g} (standard deviation): the signal grows from layer to layer."
    ).format(into=into, layer=last.name, spread=last.spread)
    remedy = _(
        "Smaller initial weights: the default suits the activation (He for relu, Glorot for tanh "
        "and sigmoid)."
    )
    numbers = {"into": into, "out": last.spread, "ratio": ratio}
    title = _("The initial weights are too large")
    return Finding(level, title, evidence, remedy, "weight_scale", numbers)
