"""Schedules: the numbers, the same inside a run, and nothing is compiled again."""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends import numpy as numpy_backend
from glassnet.graph import Program, input_node
from glassnet.optimizers import schedules
from tests.optimizers.surfaces import Surface, Surroundings

opt = gn.optimizers


def cosine(rate, steps, alpha=0.0):
    def formula(step):
        wave = (1 + math.cos(math.pi * min(step, steps) / steps)) / 2
        return rate * (alpha + (1 - alpha) * wave)

    return formula


SCHEDULES = [
    (opt.ConstantSchedule(0.3), lambda step: 0.3),
    (opt.StepDecay(0.4, every=5), lambda step: 0.4 * 0.5 ** (step // 5)),
    (opt.StepDecay(0.4, every=3, factor=0.1), lambda step: 0.4 * 0.1 ** (step // 3)),
    (opt.ExponentialDecay(0.2, 4, 0.9), lambda step: 0.2 * 0.9 ** (step / 4)),
    (opt.CosineDecay(0.5, 8), cosine(0.5, 8)),
    (opt.CosineDecay(0.5, 8, alpha=0.2), cosine(0.5, 8, 0.2)),
    (opt.Warmup(0.6, 4), lambda step: 0.6 * min((step + 1) / 4, 1)),
    (
        opt.Warmup(opt.CosineDecay(0.6, 8), 4),
        lambda step: 0.6 * (step + 1) / 4 if step < 4 else cosine(0.6, 8)(step - 4),
    ),
]
EACH = pytest.mark.parametrize(
    ("schedule", "formula"), SCHEDULES, ids=[str(s) for s, _ in SCHEDULES]
)


def test_every_schedule_is_here():
    found = set(schedules.FAMILY.members.values())
    assert found == {type(schedule) for schedule, _ in SCHEDULES}
    assert {cls.__name__ for cls in found} <= set(opt.__all__)


@EACH
def test_numbers(schedule, formula):
    for step in range(25):
        assert schedule(step) == pytest.approx(formula(step), rel=1e-12, abs=1e-15)


@EACH
@pytest.mark.parametrize("backend", ["numpy", "loops"])
def test_graph(schedule, formula, backend):
    step = input_node("step", (), "float64")
    inputs = {name: input_node(name, (), "float64") for name in schedule.scalars()}
    program = Program("rate", [step, *inputs.values()], {"rate": schedule.build(step, inputs)})
    for number in range(25):
        values = {"step": np.float64(number), **schedule.scalars()}
        found = gn.backends.get(backend).run(program, values)["rate"]
        assert found == pytest.approx(schedule(number), rel=1e-12, abs=1e-15)


class Slope(Surface):
    """Falls by 1 a step times the rate: the way walked is the sum of the rates."""

    def per_sample(self, targets, predictions):
        return -gn.ops.sum(predictions, axis=1)


@EACH
def test_rates_of_a_run(schedule, formula):
    """In one call of fit and over several, which go on counting."""
    whole = Surroundings(opt.SGD(schedule), Slope(), [0.0]).walk(20)
    assert whole == pytest.approx(sum(formula(step) for step in range(20)), rel=1e-12)
    parts = Surroundings(opt.SGD(schedule), Slope(), [0.0])
    for steps in (3, 1, 16):
        parts.walk(steps)
    np.testing.assert_array_equal(parts.w, whole)


@EACH
def test_description(schedule, formula):
    again = opt.get(opt.Adam(schedule).to_config()).learning_rate
    assert again.to_config() == schedule.to_config()
    assert again.scalars() == schedule.scalars()
    assert opt.Adam(schedule).rate_at(7) == schedule(7)
    assert opt.Adam(0.5).rate_at(7) == 0.5


def test_many_steps_in_single_precision():
    """Step numbers beyond 2²⁴ are not whole in float32; the rate is still the right one."""
    net = gn.Sequential([gn.Input((1,)), gn.layers.Dense(1, use_bias=False)], seed=0)
    net.compile(opt.SGD(opt.ExponentialDecay(1.0, 2**24, 0.5)), loss="mse")
    net.build()
    net.network.state.step = 2**25 + 1
    w = net.get_weights()[0]
    net.fit([[1.0]], [[0.0]], verbose=0)
    np.testing.assert_allclose(net.get_weights()[0], w - 0.25 * 2 * w, rtol=1e-5)


# Nothing is compiled again --------------------------------------------------------------


class Change(gn.callbacks.Callback):
    """Gives hyperparameters another value every epoch."""

    def __init__(self, **values):
        super().__init__()
        self.values = values

    def on_epoch_begin(self, epoch, logs=None):
        for name, values in self.values.items():
            setattr(self.model.optimizer, name, values[epoch])


@pytest.fixture
def compiled(monkeypatch):
    """The names of the programs compiled so far."""
    names = []
    right = numpy_backend.compile_program

    def counting(program, *arguments):
        names.append(program.name)
        return right(program, *arguments)

    monkeypatch.setattr(numpy_backend, "compile_program", counting)
    return names


CHANGES = {
    "sgd": (opt.SGD, {"momentum": 0.9}, {"learning_rate": [0.1, 0.2], "momentum": [0.5, 0.7]}),
    "adagrad": (opt.Adagrad, {}, {"learning_rate": [0.1, 0.2], "epsilon": [1e-3, 1e-2]}),
    "rmsprop": (opt.RMSprop, {}, {"rho": [0.5, 0.7], "epsilon": [1e-3, 1e-2]}),
    "adam": (opt.Adam, {}, {"beta_1": [0.5, 0.7], "beta_2": [0.9, 0.99], "epsilon": [1e-3, 1e-2]}),
    "adamw": (opt.AdamW, {}, {"weight_decay": [0.1, 0.2], "learning_rate": [0.1, 0.2]}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_hyperparameters_change_without_compiling(name, compiled):
    cls, settings, changes = CHANGES[name]
    point = Surroundings(cls(**settings), Slope(), [0.0, 1.0])
    point.walk(2, callbacks=[Change(**changes)])
    assert compiled.count("step") == 1
    fixed = Surroundings(
        cls(**{**settings, **{k: v[0] for k, v in changes.items()}}), Slope(), [0.0, 1.0]
    )
    moving = Surroundings(cls(**settings), Slope(), [0.0, 1.0])
    moving.walk(1, callbacks=[Change(**changes)])
    np.testing.assert_array_equal(moving.w, fixed.walk(1))
    assert not np.array_equal(point.w, fixed.walk(1))  # the second value made another step


def test_a_schedule_changes_without_compiling(compiled):
    point = Surroundings(opt.SGD(opt.Warmup(opt.CosineDecay(0.1, 50), 10)), Slope(), [0.0])
    point.walk(60)
    assert compiled.count("step") == 1


def test_a_second_fit_and_other_settings_compile_nothing(compiled):
    """A search over rates, or training one batch after the other, compiles at the beginning."""
    point = Surroundings(opt.SGD(0.1), Slope(), [0.0])
    counts = []
    for rate in (0.1, 0.2, 0.3):
        point.net.optimizer.learning_rate = rate
        point.walk(2)
        point.net.train_on_batch(np.ones((1, 1)), np.zeros((1, 1)))
        counts.append(compiled.count("step"))
    assert counts[0] == counts[-1] <= 2
    assert point.w == pytest.approx(3 * (0.1 + 0.2 + 0.3))
