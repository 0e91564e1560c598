"""A model that goes through files, pickles and copies on its way is one that stays in memory.

Random journeys: trainings, layers frozen and trained again, settings changed at any depth. After
every step both models have the same weights, predictions and scores, to the last bit.
"""

import copy
import pickle  # noqa: TID251 - users send models to other processes

import numpy as np
import pytest

import glassnet as gn
from glassnet import activations, losses, metrics, optimizers
from glassnet.errors import GlassnetError
from glassnet.layers import regularizers
from glassnet.optimizers import clipping, schedules
from tests.layers.buffers import CUSTOM, MovingMean, Scaled

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(13, 4))
Y = np.tanh(X[:, :2]) * 0.5 + 0.5
WEIGHTS = DRAW.uniform(0.5, 1.5, 13)
OPTIMIZERS = (
    "adam", "rprop", "adagrad", "rmsprop", "quickprop", "adamw", "sarprop",
)  # fmt: skip


def model(rng):
    """A layer called twice with an activation for each unit, buffers, and what is optional."""
    x = gn.Input((4,))
    steep = activations.Steep(activations.LeakyRelu(0.1), 0.7, 2.0)
    each = [steep, "tanh", activations.Elu(0.5), activations.Steep("tanh", 0.5, 3.0)]
    penalty = regularizers.L1L2(0.01, 0.02)
    shared = gn.layers.Dense(
        4, activations.PerUnit(each), kernel_regularizer=penalty, name="shared"
    )
    y = shared(shared(x))
    y = gn.layers.Normalization(name="norm")(y) if rng.random() < 0.5 else y
    y = gn.layers.Dropout(0.2, name="drop")(y)
    y = gn.layers.Dense(5, activations.LeakyRelu(0.2), bias_regularizer="l2", name="mid")(y)
    y = Scaled(name="scaled")(MovingMean(name="mean")(y))
    y = gn.layers.Dense(2, "sigmoid", name="last")(y)
    dtype = "float64" if rng.random() < 0.7 else "float32"
    net = gn.Model(x, y, dtype=dtype, seed=int(rng.integers(99)))
    rate = [0.1, schedules.Warmup(schedules.StepDecay(0.1, 2), 3)][rng.integers(2)]
    name = OPTIMIZERS[rng.integers(len(OPTIMIZERS))]
    optimizer = optimizers.SGD(rate, 0.5) if rng.random() < 0.4 else name
    net.compile(optimizer, "mse", [metrics.BitFail(0.2), "mae"])
    net.build()
    return net


class Action:
    """One action of a user with a model; random draws for it are the same for both models."""

    def __init__(self, rng):
        self.value, self.is_on = rng.random(), bool(rng.random() < 0.5)
        self.batch = int(rng.integers(1, 14))
        self.layer = ("shared", "mid", "last", "scaled", "mean")[rng.integers(5)]
        names = sorted(name for name in vars(Action) if not name.startswith("_"))
        self._do = getattr(self, names[rng.integers(len(names))] if rng.random() < 0.7 else "fit")

    def __call__(self, net):
        try:
            self._do(net)
        except GlassnetError as error:
            return str(error)
        return ""

    def _layer(self, net, name):
        return next(layer for layer in net.layers if layer.name == name)

    def fit(self, net):
        weights = WEIGHTS if self.is_on else None
        net.fit(X, Y, epochs=2, batch_size=self.batch, verbose=0, sample_weight=weights)

    def fit_with_changes(self, net):
        def change(epoch, logs=None):
            if epoch == 1:
                self.freeze(net)
                self._layer(net, "drop").rate = 0.9 * self.value
            if epoch == 2:
                self.clip(net)

        callback = gn.callbacks.LambdaCallback(on_epoch_end=change)
        net.fit(X, Y, epochs=4, batch_size=self.batch, verbose=0, callbacks=[callback])

    def train_on_batch(self, net):
        net.train_on_batch(X[: self.batch], Y[: self.batch])

    def freeze(self, net):
        self._layer(net, self.layer).trainable = self.is_on

    def train_all(self, net):
        net.trainable = True

    def rate(self, net):
        rate = net.optimizer.learning_rate
        if isinstance(rate, schedules.Schedule):
            getattr(rate, "schedule", rate).learning_rate = 0.1 * self.value
        else:
            net.optimizer.learning_rate = 0.01 * self.value

    def schedule(self, net):
        rate = schedules.Warmup(schedules.ExponentialDecay(0.05, 3, 0.5), 2)
        net.optimizer.learning_rate = rate if self.is_on else 0.02

    def clip(self, net):
        kinds = (clipping.ClipByNorm, clipping.ClipByGlobalNorm, clipping.ClipByValue)
        number = int(4 * self.value)
        net.optimizer.clip = kinds[number](0.01 + self.value) if number < 3 else None

    def momentum(self, net):
        if isinstance(net.optimizer, optimizers.SGD):
            net.optimizer.momentum = 0.0 if self.is_on else 0.9 * self.value
        elif hasattr(net.optimizer, "beta_1"):
            net.optimizer.beta_1 = 0.9 * self.value

    def slopes(self, net):
        parts = self._layer(net, "shared").activation.activations
        parts[0].activation.negative_slope = self.value
        parts[2].alpha = self.value + 0.1
        parts[3].steepness = self.value + 0.1

    def other_activation(self, net):
        choices = ["relu", activations.Elu(self.value + 0.1), "tanh"]
        self._layer(net, "mid").activation = choices[int(3 * self.value)]

    def penalty(self, net):
        penalty = self._layer(net, "shared").kernel_regularizer
        if penalty is not None:
            penalty.l2 = self.value

    def other_penalty(self, net):
        penalty = None if self.is_on else regularizers.L1L2(self.value, 0.1)
        self._layer(net, self.layer).kernel_regularizer = penalty

    def measures(self, net):
        net.network.metrics[-1 if self.is_on else 0].limit = self.value
        net.loss.reduction = "sum" if self.is_on else "mean"

    def compile(self, net):
        loss = losses.Huber(delta=self.value + 0.1) if self.is_on else "mse"
        net.compile(net.optimizer, loss, ["mae", metrics.BitFail(self.value)])

    def set_weights(self, net):
        net.set_weights([w * (0.5 + self.value / 2) for w in net.get_weights()])


def carried(net, way, path):
    """Return a model after it went through a file, a pickle or a copy, or the same one."""
    if way == 0:
        return gn.load(net.save(path), CUSTOM)
    if way == 1:
        return pickle.loads(pickle.dumps(net))
    return copy.deepcopy(net) if way == 2 else net


def assert_same(one, two):
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one.predict(X), two.predict(X))
    assert repr(one.evaluate(X, Y, verbose=0)) == repr(two.evaluate(X, Y, verbose=0))
    assert one.network.description() == two.network.description()


def travel(seed, path, steps=10):
    rng = np.random.default_rng(seed)
    stays, goes = (model(np.random.default_rng(seed)) for _ in range(2))
    for _ in range(steps):
        action, way = Action(rng), int(rng.integers(4))
        assert action(stays) == action(goes)
        goes = carried(goes, way, path)
        assert_same(stays, goes)


@pytest.mark.parametrize("seed", range(8))
def test_a_journey(seed, tmp_path):
    travel(seed, tmp_path / "net.safetensors")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8, 80))
def test_more_journeys(seed, tmp_path):
    travel(seed, tmp_path / "net.safetensors", 20)


def frozen(net, is_frozen):
    for layer in net.layers[:1]:
        layer.trainable = not is_frozen


def plain():
    layers = [gn.Input((4,)), gn.layers.Dense(5, "tanh"), gn.layers.Dense(2)]
    net = gn.Sequential(layers, dtype="float64", seed=1)
    net.compile(optimizers.SGD(0.1, 0.9), "mse")
    return net


@pytest.mark.parametrize("change", ["layer", "momentum"])
def test_slots_that_rest_are_kept_in_files(change, tmp_path):
    """Saved while a layer is frozen, or momentum is 0; trained on when it is not."""
    net = plain()
    net.fit(X, Y, epochs=3, verbose=0)
    frozen(net, True) if change == "layer" else setattr(net.optimizer, "momentum", 0.0)
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    for one in (net, again):
        frozen(one, False) if change == "layer" else setattr(one.optimizer, "momentum", 0.9)
        one.fit(X, Y, epochs=3, verbose=0)
    assert_same(net, again)


@pytest.mark.parametrize("backend", ["numpy", "compiled", "loops"])
def test_printed_programs_and_accounts_know_of_no_slots_that_rest(backend):
    net = plain()
    net.fit(X, Y, epochs=2, verbose=0, backend=backend)
    frozen(net, True)
    net.fit(X, Y, epochs=2, verbose=0, backend=backend)
    assert "dense_1.kernel.velocity" in net.network.state.slots
    assert "velocity_W1" not in net.source(X, Y)
    assert "velocity_W1" not in str(net.explain(X[0], Y[0]))


@pytest.mark.oracle
@pytest.mark.parametrize("within", [False, True])
def test_momentum_of_a_frozen_layer_is_that_of_pytorch(within):
    torch = pytest.importorskip("torch")
    net = plain()
    net.build()
    twin = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    twin.double()
    values = net.get_weights()
    with torch.no_grad():
        for place, k in ((0, 0), (2, 2)):
            twin[place].weight.copy_(torch.tensor(values[k].T.copy()))
            twin[place].bias.copy_(torch.tensor(values[k + 1]))
    steps = torch.optim.SGD(twin.parameters(), lr=0.1, momentum=0.9)
    x, y = torch.tensor(X), torch.tensor(Y)
    for epoch in range(9):
        twin[0].requires_grad_(epoch // 3 != 1)
        steps.zero_grad(set_to_none=True)
        torch.nn.functional.mse_loss(twin(x), y).backward()
        steps.step()
    if within:
        switch = gn.callbacks.LambdaCallback(
            on_epoch_begin=lambda n, logs: frozen(net, n // 3 == 1)
        )
        net.fit(X, Y, batch_size="full", epochs=9, verbose=0, callbacks=[switch])
    for part in [] if within else range(3):
        frozen(net, part == 1)
        net.fit(X, Y, batch_size="full", epochs=3, verbose=0)
    expected = [twin[0].weight.T, twin[0].bias, twin[2].weight.T, twin[2].bias]
    for found, value in zip(net.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, value.detach().numpy(), rtol=1e-9, atol=1e-12)
