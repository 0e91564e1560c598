"""Very small programs, every element a local variable: the same numbers, and really taken."""

import numpy as np
import pytest

from glassnet import models, optimizers
from glassnet.backends import AsTheyLie, Compiled, Numpy, Work
from glassnet.backends.compiled.schedule.schedule import Schedule
from glassnet.backends.compiled.schedule.small import SmallSchedule
from glassnet.layers import Dense

pytestmark = pytest.mark.unoptimised

COMPILED = Compiled()


def network(activation="sigmoid", last="sigmoid", loss="half_sum_squared_error", **options):
    options = {"dtype": "float64", "optimizer": "sgd", "units": 1} | options
    layers = [Dense(4, activation=activation), Dense(options["units"], activation=last)]
    net = models.Sequential(layers, dtype=options["dtype"], seed=3)
    net.compile(optimizer=options["optimizer"], loss=loss, metrics=options.get("metrics", ()))
    return net


def samples(rows, units=1):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (rows, 1)).astype(float)
    return rng.normal(size=(rows, 3)), y if units == 1 else rng.integers(0, units, rows)


class Watched(Compiled):
    """Notes how a step was lowered."""

    def step_code(self, *arguments):
        code = super().step_code(*arguments)
        self.plans = [*getattr(self, "plans", []), type(code.schedule)]
        return code


def agree(make, x, y, rtol=1e-9, plan=SmallSchedule, **options):
    options = {"epochs": 20, "verbose": 0, "shuffle": False} | options
    backend, nets = Watched(), [make(), make()]
    got = nets[0].fit(x, y, backend=backend, **options).history
    want = nets[1].fit(x, y, backend="numpy", **options).history
    assert backend.plans == [plan]
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=rtol, err_msg=name)
    for a, b in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("rows", [2, 3, 4, 7, 8])
def test_a_full_batch_side_by_side(rows):
    agree(network, *samples(rows), batch_size="full")


@pytest.mark.parametrize("shuffle", [False, True])
def test_one_sample_at_a_time(shuffle):
    agree(network, *samples(11), batch_size=1, shuffle=shuffle)


@pytest.mark.parametrize("batch_size", [1, "full"])
@pytest.mark.parametrize("optimizer", sorted({*optimizers.FAMILY.names()} - {"lbfgs", "sarprop"}))
def test_optimizers(optimizer, batch_size):
    agree(lambda: network(optimizer=optimizer), *samples(4), batch_size=batch_size)


@pytest.mark.parametrize("batch_size", [1, "full"])
@pytest.mark.parametrize(
    "activation",
    ["relu", "tanh", "elu", "gelu", "silu", "softplus", "softsign", "selu", "leaky_relu"],
)
def test_activations(activation, batch_size):
    agree(lambda: network(activation), *samples(4), batch_size=batch_size)


@pytest.mark.parametrize("batch_size", [1, "full"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_classes_and_metrics(dtype, batch_size):
    def make():
        loss = "sparse_categorical_crossentropy"
        return network("tanh", "softmax", loss, units=3, metrics=["accuracy"], dtype=dtype)

    rtol = 2e-5 if dtype == "float32" else 1e-9
    agree(make, *samples(4, 3), batch_size=batch_size, rtol=rtol, epochs=4)


def test_binary_crossentropy():
    agree(
        lambda: network(loss="binary_crossentropy", metrics=["accuracy"]),
        *samples(4),
        batch_size="full",
    )


def test_larger_networks_keep_their_loops():
    x, y = samples(4)

    def make():
        net = models.Sequential([Dense(60, "tanh"), Dense(1)], dtype="float64", seed=3)
        net.compile(optimizer="sgd", loss="mean_squared_error")
        return net

    agree(make, x, y, batch_size="full", plan=Schedule)


@pytest.mark.parametrize("size", [1, 4])
def test_bits_do_not_depend_on_where_a_run_is_cut(size):
    x, y = samples(4)
    found = []
    for parts in ([40], [7, 1, 13, 19]):
        net = network(dtype="float32")
        net.build((None, 3))
        inner = net.network
        state = inner.state.arrays(inner.topology)
        data = {"x": x.astype("float32"), "y": y.astype("float32")}
        stepper = COMPILED.stepper(inner.step(), state, data)
        done = 0
        for count in parts:
            batch = done % (4 // size)
            work = Work(AsTheyLie(99), size, batch, count, scalars=inner.scalars(), step=done)
            stepper.run(work)
            done += count
        found.append([array.copy() for array in state.values()])
    for one, other in zip(*found, strict=True):
        assert one.tobytes() == other.tobytes()


def test_new_values_are_computed_from_the_old():
    from glassnet.graph import Program, input_node

    a, b = (input_node(name, (2,), "float64") for name in "ab")
    rows = input_node("rows", ("n", 2), "float64")
    program = Program("swap", [a, b, rows], {"a": b, "b": a + b}, rows=["rows"])
    found = []
    for backend in (Watched(), Numpy()):
        state = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 5.0])}
        stepper = backend.stepper(program, state, {"rows": np.ones((4, 2))})
        stepper.run(Work(AsTheyLie(3), 4, batches=3, scalars={}))
        found.append(state)
        assert getattr(backend, "plans", [SmallSchedule]) == [SmallSchedule]
    for name in "ab":
        np.testing.assert_array_equal(found[0][name], found[1][name])
