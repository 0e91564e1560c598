"""Optimizers: they arrive, and their steps are those of the papers."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError
from glassnet.optimizers import FAMILY
from tests.optimizers import reference
from tests.optimizers.surfaces import Parabola, Rosenbrock, Surface, Surroundings

opt = gn.optimizers

# Class name: what makes it, settings, and its reference.
REFERENCES = [
    (opt.SGD, {}, reference.sgd),
    (opt.SGD, {"momentum": 0.9}, reference.sgd),
    (opt.SGD, {"momentum": 0.8, "nesterov": True}, reference.sgd),
    (opt.Adagrad, {}, reference.adagrad),
    (opt.Adagrad, {"epsilon": 0.1}, reference.adagrad),
    (opt.RMSprop, {}, reference.rmsprop),
    (opt.RMSprop, {"rho": 0.5, "epsilon": 0.01}, reference.rmsprop),
    (opt.Adam, {}, reference.adam),
    (opt.Adam, {"beta_1": 0.5, "beta_2": 0.7, "epsilon": 0.01}, reference.adam),
    (opt.AdamW, {"weight_decay": 0.1}, reference.adam),
    (opt.RPROP, {}, reference.rprop),
    (opt.RPROP, {"delta_zero": 0.3, "increase_factor": 1.5}, reference.rprop),
    (opt.FannRPROP, {}, reference.fann_rprop),
    (opt.Quickprop, {}, reference.quickprop),
    (opt.Quickprop, {"mu": 1.2, "decay": -0.01}, reference.quickprop),
]
IDS = [f"{cls.__name__} {settings}" for cls, settings, _ in REFERENCES]
SCHEDULES = {
    "constant": 0.07,
    "exponential": opt.ExponentialDecay(0.1, 3, 0.5),
    "warm-up": opt.Warmup(opt.CosineDecay(0.2, 10), 4),
}


def test_every_optimizer_is_here():
    found = {cls.__name__ for cls in FAMILY.members.values()}
    assert found == {cls.__name__ for cls, _, _ in REFERENCES} | {"LBFGS", "SARPROP"}
    assert found <= set(opt.__all__)
    assert all(cls.__doc__ for cls in FAMILY.members.values())


@pytest.mark.parametrize("backend", ["numpy", "loops"])
@pytest.mark.parametrize("rate", SCHEDULES)
@pytest.mark.parametrize(("cls", "settings", "rule"), REFERENCES, ids=IDS)
def test_steps_are_those_of_the_paper(cls, settings, rule, rate, backend):
    rate = SCHEDULES[rate]
    start = np.array([0.5, -1.5, 2.0])
    point = Surroundings(cls(rate, **settings), Quartic(), start, backend)
    walk = rule(start, rate if callable(rate) else lambda step: rate, **settings)
    w = next(walk)
    for _ in range(12):
        w = walk.send(0.2 * w**3 - 0.2 * w + np.cos(w))
        np.testing.assert_allclose(point.walk(1), w, rtol=1e-12, atol=1e-14)


class Quartic(Surface):
    def per_sample(self, targets, predictions):
        w = predictions
        return gn.ops.sum(0.05 * w**4 - 0.1 * gn.ops.square(w) + gn.ops.sin(w), axis=1)


FAST = {
    "sgd": opt.SGD(0.05),
    "momentum": opt.SGD(0.02, momentum=0.8),
    "nesterov": opt.SGD(0.02, momentum=0.8, nesterov=True),
    "adagrad": opt.Adagrad(1.0),
    "rmsprop": opt.RMSprop(opt.ExponentialDecay(0.1, 100, 0.5)),
    "adam": opt.Adam(opt.CosineDecay(0.2, 1000)),
    "adamw": opt.AdamW(opt.CosineDecay(0.2, 1000), weight_decay=0.0),
    "lbfgs": opt.LBFGS(),
    "rprop": opt.RPROP(),
    "fann_rprop": opt.FannRPROP(),
    "quickprop": opt.Quickprop(0.05, decay=0.0),
    "sarprop": opt.SARPROP(weight_decay_shift=-30.0),
}


@pytest.mark.parametrize("name", FAST)
def test_parabola(name):
    w = Surroundings(FAST[name], Parabola(), [0.0, 0.0]).walk(1000)
    np.testing.assert_allclose(w, [3.0, -2.0], atol=1e-4)


VALLEY = {
    "sgd": (opt.SGD(0.001), 20_000),
    "momentum": (opt.SGD(0.0005, momentum=0.95), 5_000),
    "nesterov": (opt.SGD(0.0005, momentum=0.95, nesterov=True), 5_000),
    "adagrad": (opt.Adagrad(0.5), 20_000),
    "rmsprop": (opt.RMSprop(opt.ExponentialDecay(0.01, 2_000, 0.5)), 15_000),
    "adam": (opt.Adam(0.02), 5_000),
    "adamw": (opt.AdamW(0.02, weight_decay=0.0), 5_000),
    "lbfgs": (opt.LBFGS(), 100),
}


@pytest.mark.parametrize("name", VALLEY)
def test_rosenbrock(name):
    optimizer, steps = VALLEY[name]
    w = Surroundings(optimizer, Rosenbrock(), [-1.2, 1.0]).walk(steps)
    np.testing.assert_allclose(w, [1.0, 1.0], atol=0.02)


def test_weight_decay_pulls_towards_zero():
    w = Surroundings(opt.AdamW(0.01, weight_decay=1.0), Flat(), [2.0, -3.0]).walk(10)
    np.testing.assert_allclose(w, np.array([2.0, -3.0]) * 0.99**10, rtol=1e-12)


class Flat(Surface):
    def per_sample(self, targets, predictions):
        return gn.ops.sum(predictions * 0.0, axis=1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(set(FAST) - {"lbfgs", "fann_rprop", "sarprop"}))
def test_single_precision_and_no_gradient(name, dtype):
    """A gradient of 0 moves nothing and makes no NaN, but where the rule says otherwise."""
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, use_bias=False)], dtype=dtype, seed=0)
    net.compile(FAST[name], loss="mse")
    before = net.get_weights()[0]
    net.fit(np.zeros((4, 2)), np.ones((4, 1)), epochs=3, verbose=0)
    np.testing.assert_array_equal(net.get_weights()[0], before)


# Settings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: opt.SGD(-0.1), "learning_rate=-0.1"),
        (lambda: opt.SGD(float("nan")), "learning_rate=nan"),
        (lambda: opt.SGD("fast"), "must be a number or a schedule"),
        (lambda: opt.SGD(True), "must be a number or a schedule|learning_rate=True"),
        (lambda: opt.SGD(np.ones(2)), "must be a number or a schedule"),
        (lambda: opt.SGD(momentum=1.0), "momentum=1.0 must be a number of at least 0 and below 1"),
        (lambda: opt.SGD(nesterov=True), "needs a momentum"),
        (lambda: opt.Adam(beta_1=1.0), "beta_1=1.0"),
        (lambda: opt.Adam(epsilon=0), "epsilon=0 must be a number greater than 0"),
        (lambda: opt.AdamW(weight_decay=-1), "weight_decay=-1"),
        (lambda: opt.RMSprop(rho=-0.1), "rho=-0.1"),
        (lambda: opt.Adagrad(initial_accumulator_value=-1), "initial_accumulator_value=-1"),
        (lambda: opt.LBFGS(history=0), "history must be at least 1"),
        (lambda: opt.ClipByNorm(0), "limit=0 must be a number greater than 0"),
        (lambda: opt.SGD(clip=1.0), "is no clipping"),
        (lambda: opt.StepDecay(0.1, every=0), "every=0 must be a whole number of steps"),
        (lambda: opt.CosineDecay(0.1, 2.5), "decay_steps=2.5"),
        (lambda: opt.ConstantSchedule(-1.0), "learning_rate=-1.0"),
        (lambda: opt.ExponentialDecay("x", 3, 0.5), "must be a number"),
        (lambda: opt.SGD(momentum="0.9"), "momentum='0.9' must be a number"),
        (lambda: opt.Adam(epsilon=None), "epsilon=None must be a number"),
        (lambda: opt.get("adma"), "did you mean 'adam'"),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_numbers_of_numpy():
    assert opt.SGD(np.float32(0.5)).learning_rate == 0.5
    assert opt.SGD(np.array(0.5)).learning_rate == 0.5
    assert opt.StepDecay(0.1, every=np.int64(3)).every == 3


@pytest.mark.parametrize("name", FAST)
def test_description(name):
    again = opt.get(FAST[name].to_config())
    assert again.to_config() == FAST[name].to_config()
    assert again.scalars() == FAST[name].scalars()


def test_second_fit_goes_on_with_the_memory():
    def walk(*parts):
        point = Surroundings(opt.Adam(0.1), Parabola(), [0.0, 0.0])
        for steps in parts:
            point.walk(steps)
        return point.w

    np.testing.assert_array_equal(walk(12), walk(5, 7))


def test_compile_forgets():
    point = Surroundings(opt.SGD(0.01, momentum=0.9), Parabola(), [0.0, 0.0])
    point.walk(5)
    here = point.w
    point.net.compile(opt.SGD(0.01, momentum=0.9), loss=Parabola())
    fresh = Surroundings(opt.SGD(0.01, momentum=0.9), Parabola(), here)
    np.testing.assert_array_equal(point.walk(3), fresh.walk(3))


def test_momentum_may_be_switched_on_and_off():
    """What is changed between two calls of fit is used by the next, from nothing too."""
    point = Surroundings(opt.SGD(0.01), Parabola(), [0.0, 0.0])
    point.walk(2)
    here = point.w
    point.net.optimizer.momentum = 0.9
    fresh = Surroundings(opt.SGD(0.01, momentum=0.9), Parabola(), here)
    np.testing.assert_array_equal(point.walk(3), fresh.walk(3))
    point.net.optimizer.momentum = 0.0
    plain = Surroundings(opt.SGD(0.01), Parabola(), point.w)
    np.testing.assert_array_equal(point.walk(3), plain.walk(3))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "fast", None, [1, 2]])
def test_a_learning_rate_spoiled_during_training(value):
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], seed=0)
    net.compile("adam", "mean_squared_error")

    def spoil(epoch, logs):
        net.optimizer.learning_rate = value

    with pytest.raises(ArgumentError, match=r"learning_rate was set to .*must be a finite number"):
        net.fit(
            np.ones((4, 2)), np.ones((4, 1)), epochs=2, verbose=0,
            callbacks=[gn.callbacks.LambdaCallback(on_epoch_end=spoil)],
        )  # fmt: skip
