"""Checks of the gradient: whether it is right, and whether it reaches the first layer."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from glassnet import backends
from glassnet.explain.diagnosis.case import Case
from glassnet.explain.diagnosis.registry import NotApplicable, check
from glassnet.graph import Program
from glassnet.layers.base import Weight
from glassnet.random import normal
from glassnet.training.health import Finding, capped, gradient_flow
from glassnet.training.programs import gradient_program
from glassnet.translation import _

ROWS = 16
STEP = 1e-5
WRONG = 1e-2  # relative: kinks of relu may cost a little, a wrong rule costs more
ATTEMPTS = 3
MOVED = 0.02  # of their size: how far weights are moved from where kinks may lie
GROWN = 1e5  # weights beyond leave too few digits for differences
MEASURES = 64  # directions in which the loss is measured; of more weights some go together
ENTRIES = 8  # of a wrong gradient, looked at one by one


@check
def gradient_check(case: Case) -> list[Finding]:
    """The gradient against differences of the loss itself, in double precision."""
    if not case.network.topology.parameters():
        raise NotApplicable(_("there is nothing to train"))
    if max(float(np.abs(w).max(initial=0.0)) for w in case.network.weights().values()) > GROWN:
        raise NotApplicable(_("the weights have grown too large to measure small differences"))
    # A kink may lie where it is measured, and does where inputs and biases are 0: what is wrong
    # is wrong elsewhere too.
    found: list[Finding] = []
    for attempt in range(ATTEMPTS):
        found = _compared(case, attempt)
        if not found:
            break
    return found


def _compared(case: Case, attempt: int) -> list[Finding]:
    topology = case.network.topology
    program = gradient_program(
        topology, case.network.record.without_metrics(), "float64", "sample_weight" in case.few
    )
    values = _values(case, attempt)
    values = {name: array for name, array in values.items() if name in program.inputs}
    run = backends.get("numpy").run
    found = run(program, values)
    forward = Program(
        "loss", list(program.inputs.values()), {"value": program.outputs["value"]}, (), program.rows
    )

    def loss(weights: Sequence[Weight], flat: np.ndarray) -> float:
        return float(run(forward, {**values, **_parted(weights, flat)})["value"])

    for weights in _groups(topology.parameters()):
        if not _is_wrong(weights, found, values, loss, attempt):
            continue
        for weight in weights:
            if len(weights) == 1 or _is_wrong([weight], found, values, loss, attempt):
                f, w = functools.partial(loss, [weight]), values[weight.name].reshape(-1)
                given = np.asarray(found[f"d.{weight.name}"])
                return [_wrong(weight.symbol, weight.name, _worst_entry(f, w, given))]
    return []


def _groups(weights: list[Weight]) -> Iterator[list[Weight]]:
    """Yield weights that are measured together: each alone, or neighbours in a deep network.

    Each measure runs the whole network, so one for every weight of n layers would take n² steps.
    """
    size = -(-len(weights) // MEASURES)
    for first in range(0, len(weights), size):
        yield weights[first : first + size]


def _parted(weights: Sequence[Weight], flat: np.ndarray) -> dict[str, np.ndarray]:
    ends = np.cumsum([math.prod(weight.shape) for weight in weights])
    parts = np.split(flat, ends[:-1])
    return {
        weight.name: part.reshape(weight.shape) for weight, part in zip(weights, parts, strict=True)
    }


def _is_wrong(
    weights: list[Weight],
    found: Mapping[str, np.ndarray],
    values: Mapping[str, np.ndarray],
    loss: Callable[[Sequence[Weight], np.ndarray], float],
    attempt: int,
) -> bool:
    """Tell whether the gradient of some weights differs from that measured, in one direction."""
    given = np.concatenate([np.ravel(found[f"d.{weight.name}"]) for weight in weights])
    w = np.concatenate([values[weight.name].reshape(-1) for weight in weights])
    direction = np.concatenate(
        [
            normal(attempt, f"diagnosis/{weight.name}", weight.shape).reshape(-1)
            for weight in weights
        ]
    )
    measured = _slope(functools.partial(loss, weights), w, direction)
    return _differs(float(np.sum(given * direction)), measured, given, direction)


def _values(case: Case, attempt: int) -> dict[str, np.ndarray]:
    """Return all inputs of the gradient's program, the weights moved a little."""
    values = {name: _double(array[:ROWS]) for name, array in case.few.items()}
    for name, array in case.network.weights().items():
        w = _double(array)
        size = max(float(np.sqrt(np.mean(np.square(w)))), 0.1)
        values[name] = w + MOVED * size * normal(attempt, f"diagnosis/moved/{name}", w.shape)
    seed = case.network.state.seed or 0
    return {**values, "seed": np.asarray(seed), "step": np.asarray(1)}


def _double(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _slope(f: Callable[[np.ndarray], float], w: np.ndarray, direction: np.ndarray) -> float:
    step = STEP * max(1.0, float(np.abs(w).max(initial=0.0)))
    return (f(w + step * direction) - f(w - step * direction)) / (2 * step)


def _differs(told: float, measured: float, given: np.ndarray, direction: np.ndarray) -> bool:
    # Along one direction entries may cancel: what counts is the size of the whole gradient.
    size = float(np.linalg.norm(given)) * float(np.linalg.norm(direction))
    scale = max(abs(told), abs(measured), 0.01 * size / max(np.sqrt(given.size), 1.0), 1e-9)
    return not abs(told - measured) <= WRONG * scale


def _worst_entry(
    f: Callable[[np.ndarray], float], w: np.ndarray, given: np.ndarray
) -> tuple[tuple[int, ...], float, float]:
    """Return place, given and measured derivative of the entry of ``w``, flat, wrong by most."""
    order = np.argsort(-np.abs(given), axis=None)
    spread = np.linspace(0, given.size - 1, min(ENTRIES, given.size)).astype(int)
    places = list(dict.fromkeys([*order[: ENTRIES // 2].tolist(), *order[spread].tolist()]))
    found = []
    for place in places:
        direction = np.zeros(w.shape)
        direction[place] = 1.0
        index = tuple(int(number) for number in np.unravel_index(place, given.shape))
        found.append((index, float(given.flat[place]), _slope(f, w, direction)))
    return max(found, key=lambda one: abs(one[1] - one[2]))


def _wrong(symbol: str, name: str, worst: tuple[tuple[int, ...], float, float]) -> Finding:
    index, given, measured = worst
    factor = given / measured if measured else float("inf")
    evidence = _(
        "dL/d{symbol}[{place}] ({name}) is {given:.6g} by the chain rule, but {measured:.6g} when "
        "the loss is measured a little to the left and right: {factor:.4g} times."
    ).format(
        symbol=symbol, place=", ".join(map(str, index)), name=name, given=given,
        measured=measured, factor=factor,
    )  # fmt: skip
    remedy = _(
        "An op, layer or loss of your own has a wrong derivative rule: gn.testing.check_op and "
        "check_layer say which. If the network uses step or another function without a slope, "
        "take one that has one."
    )
    numbers = {"given": given, "measured": measured, "factor": factor}
    title = _("The gradient is wrong")
    return Finding("problem", title, evidence, remedy, "gradient_check", numbers)


@check
def vanishing_gradient(case: Case) -> list[Finding]:
    """A gradient that dies away on its way back to the first layer."""
    return _flow(case, "vanishing_gradient")


@check
def exploding_gradient(case: Case) -> list[Finding]:
    """A gradient that grows on its way back to the first layer."""
    return _flow(case, "exploding_gradient")


def _flow(case: Case, name: str) -> list[Finding]:
    found = [one for one in gradient_flow(case.vitals) if one.check == name]
    return capped(found, "note") if case.is_good else found
