"""SARPROP, whose step sees the loss and draws numbers: both are given here."""

import numpy as np
import pytest

from glassnet import backends, optimizers
from glassnet.graph import Program, input_node
from tests.optimizers import reference

SETTINGS = [
    {},
    {"increase_factor": 1.5, "decrease_factor": 0.3, "delta_zero": 0.4},
    {"delta_max": 0.12, "temperature": 0.2, "weight_decay_shift": -2.0},
    {"step_error_threshold_factor": 3.0, "step_error_shift": -1.0},  # noise nearly always
]
SIZE = 5


def step_program(optimizer):
    """One step as a program of its own."""
    shape = (SIZE,)
    w, g, draws = (input_node(name, shape, "float64") for name in ("w", "g", "draws"))
    slots = {name: input_node(name, shape, "float64") for name in optimizer.slots}
    numbers = ("rate", "step", "loss", *optimizer.hyperparameters)
    hyper = {name: input_node(name, (), "float64") for name in numbers}
    rate, step = hyper.pop("rate"), hyper.pop("step")
    new, kept = optimizer.update(w, g, rate, slots, {**hyper, "draws": draws}, step)
    inputs = [w, g, draws, *slots.values(), rate, step, *hyper.values()]
    return Program("sarprop", inputs, {"w": new, **kept})


@pytest.mark.parametrize("backend", ["loops", "numpy", "compiled"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_steps_are_those_of_the_reference(settings, backend):
    draw = np.random.default_rng(3)
    optimizer = optimizers.SARPROP(0.8, **settings)
    program, run = step_program(optimizer), backends.get(backend).run
    state = {name: np.full(SIZE, start) for name, start in optimizer.slots.items()}
    state["w"] = draw.normal(size=SIZE)
    walk = reference.sarprop(state["w"], lambda step: 0.8, **settings)
    next(walk)
    numbers = {name: np.asarray(value) for name, value in optimizer.scalars().items()}
    numbers["rate"] = numbers.pop("learning_rate")
    turned = 0
    for step in range(1, 40):
        g = 0.3 * np.sin(step * np.arange(1, SIZE + 1) / 7) + 0.05 * state["w"]
        g[0] = 0.0 if step < 5 else g[0]
        given = {"g": g, "draws": draw.uniform(size=SIZE), "loss": np.asarray(2.0 / step)}
        values = {**state, **given, **numbers, "step": np.asarray(float(step))}
        state = run(program, {name: values[name] for name in program.inputs})
        expected = walk.send((g, 2.0 / step, given["draws"]))
        np.testing.assert_allclose(state["w"], expected, rtol=1e-12, atol=1e-13)
        turned += int((state["gradient"] == 0).sum())
    assert turned > 10  # the valleys were met
