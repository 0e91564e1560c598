"""What the measures of one moment mean: dead and saturated units, gradients, steps, outputs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from glassnet.training.health.findings import Finding
from glassnet.training.health.vitals import LayerVitals, Vitals
from glassnet.translation import _

__all__ = [
    "constant_outputs",
    "dead_units",
    "gradient_flow",
    "large_updates",
    "saturated_units",
    "small_updates",
]

# Share of a layer's units: half of them may die in a network that learns well.
DEAD = {"note": 0.25, "warning": 0.5, "problem": 0.9}
# Share of a layer's outputs. Weights from N(0, 1), as some books take them, give 0.6 and learn.
SATURATED = {"note": 0.5, "warning": 0.75, "problem": 0.95}
SCALED = 2.0  # root mean square of inputs: more than this is not scaled
# How many times smaller or larger the gradient is at a layer than at the last hidden one.
SHRINKS = {"note": 1e2, "warning": 1e3, "problem": 1e5}
GROWS = {"note": 1e2, "warning": 1e3, "problem": 1e5}
# ‖ΔW‖ / ‖W‖ of one step; about 1e-3 is healthy.
LARGE_STEP = {"note": 0.3, "warning": 1.0, "problem": 30.0}
TARGET, TARGET_LARGE = 1e-3, 1e-2  # what a remedy aims at, from below and from above
SMALL_STEP = {"note": 1e-5, "warning": 1e-6, "problem": 1e-7}


def _level(value: float, limits: Mapping[str, float]) -> str | None:
    """Return the gravest level whose limit a value reaches, None if it reaches none."""
    reached = [level for level, limit in limits.items() if value >= limit]
    return reached[-1] if reached else None


def _gravest(layers: list[tuple[LayerVitals, float]], limits: Mapping[str, float]) -> str | None:
    return _level(max((value for _layer, value in layers), default=0.0), limits)


def dead_units(vitals: Vitals) -> list[Finding]:
    """Return a finding if ReLUs give 0 for every row: their slope is 0 too."""
    shares = [
        (layer, layer.dead / layer.units)
        for layer in vitals.layers
        if layer.activation == "relu" and not layer.is_output
    ]
    level = _gravest(shares, DEAD)
    if level is None:
        return []
    bad = [(layer, share) for layer, share in shares if share >= DEAD["note"]]
    listed = "; ".join(
        _("{layer}: {dead} of {units} units").format(
            layer=layer.name, dead=layer.dead, units=layer.units
        )
        for layer, _share in bad
    )
    evidence = _(
        "Units that are 0 for each of the {rows} rows looked at: {listed}. Where a ReLU is 0 its "
        "slope is 0 too, so these units neither say nor learn anything."
    ).format(rows=f"{vitals.rows:,}", listed=listed)
    remedy = (
        _(
            "Train anew with a smaller learning rate, with biases that begin at 0 and inputs that "
            "are scaled; or use leaky_relu, whose slope is never 0."
        )
        if vitals.is_trained
        else _(
            "Scale the inputs, and start with biases of 0 and He initial weights (the default for "
            "relu); or use leaky_relu, whose slope is never 0."
        )
    )
    numbers = {layer.name: share for layer, share in bad}
    return [Finding(level, _("Dead ReLU units"), evidence, remedy, "dead_units", numbers)]


def saturated_units(vitals: Vitals) -> list[Finding]:
    """Return a finding if hidden sigmoids or tanhs sit where their curve is flat."""
    shares = [(layer, layer.saturated) for layer in vitals.layers if not layer.is_output]
    level = _gravest(shares, SATURATED)
    if level is None:
        return []
    bad = [(layer, share) for layer, share in shares if share >= SATURATED["note"]]
    listed = "; ".join(
        _("{layer} ({activation}): {share:.0f} %").format(
            layer=layer.name, activation=layer.activation, share=100 * share
        )
        for layer, share in bad
    )
    evidence = _(
        "Outputs that lie at the ends of the curve, where it is flat: {listed}. There the slope "
        "is nearly 0, so hardly any gradient passes through."
    ).format(listed=listed)
    remedy = (
        _("Train anew with a smaller learning rate: large steps drive units to their ends.")
        if vitals.is_trained
        else _("Start with smaller weights (the default initial weights suit).")
    )
    if vitals.into > SCALED:
        remedy = _(
            "Scale the inputs to about mean 0 and deviation 1, for example with "
            "gn.layers.Normalization() as the first layer."
        )
    numbers = {layer.name: share for layer, share in bad}
    return [Finding(level, _("Saturated units"), evidence, remedy, "saturated_units", numbers)]


def gradient_flow(vitals: Vitals) -> list[Finding]:
    """Return a finding if the gradient vanishes or explodes on its way to the first layer."""
    if all(layer.gradient == 0 for layer in vitals.weighted):
        return _no_gradient(vitals)
    hidden = [layer for layer in vitals.layers if layer.weight is not None and not layer.is_output]
    if len(hidden) < 2 or not hidden[-1].flow > 0 or not math.isfinite(hidden[-1].flow):
        return []
    last = hidden[-1]
    smallest = min(hidden[:-1], key=lambda layer: layer.flow)
    largest = max(hidden[:-1], key=lambda layer: layer.flow)
    shrinks = last.flow / smallest.flow if smallest.flow else math.inf
    grows = largest.flow / last.flow
    found = []
    if level := _level(shrinks, SHRINKS):
        found.append(_vanishing(level, smallest, last, shrinks))
    if level := _level(grows, GROWS):
        found.append(_exploding(level, largest, last, grows))
    return found


def _no_gradient(vitals: Vitals) -> list[Finding]:
    if vitals.loss < 1e-12 or not vitals.weighted:
        return []
    if any(layer.dead == layer.units for layer in vitals.layers):
        return []  # that is why, and is said already
    if vitals.is_trained and not any(layer.activation == "step" for layer in vitals.layers):
        return []  # a network at rest; other findings say where
    evidence = _("The loss is {loss:.3g}, yet dL/dW is exactly 0 in every layer.").format(
        loss=vitals.loss
    )
    remedy = _(
        "A network that has trained for long stands still here: it can do no better, and the other "
        "findings say why. Else use activations that have a slope: sigmoid, tanh or relu, not "
        "step; and check that the last layer is not stuck at the ends of its activation."
    )
    numbers = {"loss": vitals.loss, "gradient": 0.0}
    title = _("No gradient at all")
    return [Finding("problem", title, evidence, remedy, "vanishing_gradient", numbers)]


def _vanishing(level: str, first: LayerVitals, last: LayerVitals, times: float) -> Finding:
    evidence = _(
        "The derivative of the loss with respect to the outputs of {last} has the size "
        "{large:.2g}; on its way back to {first} it shrinks {times} times, to {small:.2g}. {first} "
        "hardly learns."
    ).format(
        small=first.flow, first=first.name, large=last.flow, last=last.name, times=_times(times)
    )  # fmt: skip
    remedy = (
        _("Use a smaller learning rate, or fewer layers; or leaky_relu, whose slope is never 0.")
        if last.activation in ("relu", "leaky_relu")
        else _("In hidden layers use relu instead of {name}; or take fewer layers.").format(
            name=last.activation
        )
    )
    numbers = {"first": first.flow, "last": last.flow, "times": times}
    title = _("The gradient vanishes")
    return Finding(level, title, evidence, remedy, "vanishing_gradient", numbers)


def _exploding(level: str, first: LayerVitals, last: LayerVitals, times: float) -> Finding:
    evidence = _(
        "The derivative of the loss with respect to the outputs of {last} has the size "
        "{small:.2g}; on its way back to {first} it grows {times} times, to {large:.2g}."
    ).format(
        large=first.flow, first=first.name, small=last.flow, last=last.name, times=_times(times)
    )  # fmt: skip
    remedy = _(
        "Scale the inputs, start with smaller weights (the default initial weights suit the "
        "activation), or clip the gradients: clip=gn.optimizers.ClipByGlobalNorm(1.0) in the "
        "optimizer."
    )
    numbers = {"first": first.flow, "last": last.flow, "times": times}
    title = _("The gradient explodes")
    return Finding(level, title, evidence, remedy, "exploding_gradient", numbers)


def _times(times: float) -> str:
    if math.isinf(times):
        return _("infinitely many")
    return f"{times:,.0f}" if times < 1e6 else f"{times:.1e}"


def large_updates(ratios: Mapping[str, float], rate: float) -> list[Finding]:
    """Return a finding if one step changes a layer by as much as its weights are large."""
    layer, ratio = max(ratios.items(), key=lambda pair: pair[1], default=("", 0.0))
    level = _level(ratio, LARGE_STEP)
    if level is None:
        return []
    other = _rounded(rate * TARGET_LARGE / ratio)
    remedy = (
        _("A smaller learning rate than {rate:g}: try {other:g}.").format(rate=rate, other=other)
        if other >= LEAST_ADVICE
        else _(
            "The gradient itself is huge: scale the inputs and the targets to mean 0 and deviation "
            "1, or use gn.optimizers.Adam(0.001), whose steps do not depend on its size."
        )
    )
    title, numbers = _("Steps too large"), {"ratio": ratio, "rate": rate}
    evidence = _update_text(layer, ratio)
    return [Finding(level, title, evidence, remedy, "update_ratio", numbers)]


LEAST_ADVICE = 1e-5  # where a smaller rate is needed, the rate is not to blame
# From this rate on a small step is not the rate's fault.
RESTING_RATE = 1e-4
LARGEST_ADVICE = 0.1  # no larger rate is named: too large does more harm than too small


def small_updates(ratios: Mapping[str, float], rate: float, vitals: Vitals) -> list[Finding]:
    """Return a finding if a step leaves all layers nearly as they are."""
    layer, ratio = max(ratios.items(), key=lambda pair: pair[1], default=("", math.inf))
    if not any(layer.gradient for layer in vitals.weighted):
        return []  # no learning rate helps
    if rate >= RESTING_RATE:
        return []  # it is the gradient that is small: the network is at rest
    limits = {name: 1 / limit for name, limit in SMALL_STEP.items()}
    level = _level(1 / ratio if ratio else math.inf, limits)
    if level is None:
        return []
    remedy = _(
        "A larger learning rate than {rate:g}: try {other:g}. If the gradient itself vanishes, "
        "mend that first."
    ).format(rate=rate, other=_larger(rate, ratio))
    title, numbers = _("Steps too small"), {"ratio": ratio, "rate": rate}
    evidence = _update_text(layer, ratio)
    return [Finding(level, title, evidence, remedy, "update_ratio", numbers)]


def _larger(rate: float, ratio: float) -> float:
    times = min(TARGET / ratio, 1e6) if ratio else 1e6
    return _rounded(min(rate * times, LARGEST_ADVICE))


def _update_text(layer: str, ratio: float) -> str:
    return _(
        "One step changes the weights of {layer} by {ratio:.2g} of their size (‖ΔW‖ / ‖W‖), the "
        "most of all layers; about 0.001 is healthy."
    ).format(layer=layer, ratio=ratio)


def _rounded(rate: float) -> float:
    """Return a learning rate with one digit."""
    return float(f"{rate:.0e}")


# Outputs ----------------------------------------------------------------------------------

SAME = 0.02  # of the spread of the targets


def constant_outputs(outputs: np.ndarray, targets: np.ndarray) -> list[Finding]:
    """Return a finding if a trained network says the same of every row.

    Parameters
    ----------
    outputs : ndarray
        What the network says, ``(n, k)``.
    targets : ndarray
        What it should say, of the same shape.
    """
    if not np.isfinite(outputs).all():
        return []  # they have grown beyond measure: another finding
    spread, wanted = _spread(outputs), _spread(targets)
    if wanted == 0 or spread >= SAME * wanted:
        return []
    evidence = _(
        "For {n} rows the outputs differ by {spread:.2g} (standard deviation), but the targets by "
        "{wanted:.2g}."
    ).format(n=f"{len(outputs):,}", spread=spread, wanted=wanted)
    remedy = _(
        "Look at the findings about inputs, initial weights, dead or saturated units and the "
        "learning rate: one of them keeps the inputs from reaching the output."
    )
    title = _("The network says the same of every row")
    numbers = {"spread": spread, "wanted": wanted}
    return [Finding("problem", title, evidence, remedy, "constant_predictions", numbers)]


def _spread(values: np.ndarray) -> float:
    flat = np.asarray(values, np.float64).reshape(len(values), -1)
    return float(np.sqrt(np.mean(flat.var(axis=0))))
