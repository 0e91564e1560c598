"""Layers, losses, initial weights and optimizers against PyTorch in double precision.

The tables are driven by reflection: a layer, loss or optimizer without an entry fails.
"""

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet.graph import input_node
from glassnet.layers import FAMILY as LAYERS
from glassnet.losses import FAMILY as LOSSES
from glassnet.optimizers import FAMILY as OPTIMIZERS
from glassnet.testing import layers as layer_contract
from glassnet.testing import losses as loss_contract
from tests.layers import samples as layer_samples
from tests.losses import samples as loss_samples
from tests.oracle.test_ops_torch import ORACLE

torch = pytest.importorskip("torch")
F = torch.nn.functional

pytestmark = pytest.mark.oracle

TOLERANCE = 1e-9


def tensor(array, grad=False):
    wide = {"f": torch.float64, "i": torch.int64}[np.asarray(array).dtype.kind]
    return torch.tensor(np.asarray(array), dtype=wide, requires_grad=grad)


def assert_close(found, expected, what):
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    assert found.shape == expected.shape, what
    size = max(float(np.max(np.abs(expected), initial=0.0)), 1e-300)
    assert np.max(np.abs(found - expected), initial=0.0) <= TOLERANCE * size, what


def compare(part, output, inputs):
    """Value and gradients of a part against those of tensors with the same numbers."""
    mix = tensor(part.values[part.mix.attrs["name"]])
    (output * mix).sum().backward()
    found = part.run(part.outputs())
    assert_close(found["the value"], output, "value")
    for node in part.slopes:
        name = node.attrs["name"]
        assert_close(found[f"the gradient of {name}"], inputs[name].grad, name)


# Layers -------------------------------------------------------------------------------


def activation_of(layer):
    """PyTorch's form of an activation: that of the op it builds."""
    z = input_node("z", ("n", 3), "float64")
    built = layer.activation(z)
    if built is z:
        return lambda x: x
    assert built.inputs == (z,)
    # A step cuts PyTorch's graph; its gradient is 0.
    return lambda x: ORACLE[built.op.name](x, **built.attrs) + 0.0 * x


def dense(layer, x, w):
    bias = w["bias"] if layer.use_bias else None
    return activation_of(layer)(F.linear(x[0], w["kernel"].T, bias))


def masked_dense(layer, x, w):
    kernel = w["kernel"] * torch.tensor(layer.mask, dtype=torch.float64)
    return activation_of(layer)(F.linear(x[0], kernel.T, w["bias"]))


# Class name: layer, inputs and weights as tensors to the output.
TORCH_LAYERS = {
    "Activation": lambda layer, x, w: activation_of(layer)(x[0]),
    "Add": lambda layer, x, w: torch.stack(x).sum(dim=0),
    "Concatenate": lambda layer, x, w: torch.cat(x, dim=-1),
    "Dense": dense,
    "Dropout": lambda layer, x, w: F.dropout(x[0], layer.rate, training=False),
    "Flatten": lambda layer, x, w: torch.flatten(x[0], 1),
    "InputLayer": lambda layer, x, w: x[0],
    "MaskedDense": masked_dense,
    "Normalization": lambda layer, x, w: (x[0] - w["mean"]) / w["deviation"],
    "Rescaling": lambda layer, x, w: x[0] * layer.scale + layer.offset,
    "Reshape": lambda layer, x, w: x[0].reshape(len(x[0]), *layer.target_shape),
}


def test_every_layer_is_compared():
    assert set(TORCH_LAYERS) == {cls.__name__ for cls in LAYERS.members.values()}


@pytest.mark.parametrize(
    ("make", "shapes"),
    [case[1:] for case in layer_samples.CASES],
    ids=[case[0] for case in layer_samples.CASES],
)
def test_layer(make, shapes):
    compare_layer(make(), shapes)


@pytest.mark.parametrize("name", gn.activations.names())
def test_activation(name):
    compare_layer(gn.layers.Dense(5, name), [(3,)])


def compare_layer(layer, shapes):
    part = layer_contract.part_of(layer, tuple(shapes))
    slopes = {node.attrs["name"] for node in part.slopes}
    tensors = {name: tensor(value, name in slopes) for name, value in part.values.items()}
    x = [tensors[f"x{number}"] for number in range(1, len(shapes) + 1)]
    weights = {name.split(".")[-1]: value for name, value in tensors.items() if "." in name}
    compare(part, TORCH_LAYERS[type(layer).__name__](layer, x, weights), tensors)


# Losses -------------------------------------------------------------------------------


def per_output(function, **settings):
    """PyTorch's losses are means over all numbers: here over the outputs of a sample."""

    def per_sample(loss, y, p):
        each = function(p, y, reduction="none", **settings)
        return each.reshape(len(each), -1).mean(dim=1)

    return per_sample


def sum_of_squares(loss, y, p):
    return F.mse_loss(p, y, reduction="none").reshape(len(y), -1).sum(dim=1)


def binary(loss, y, p):
    if loss.from_logits:
        return per_output(F.binary_cross_entropy_with_logits)(loss, y, p)
    return per_output(F.binary_cross_entropy)(loss, y, p)


def classes(loss, y, p):
    # PyTorch takes pre-activations; a softmax leaves log probabilities as they are.
    logits = p if loss.from_logits else torch.log(p)
    if loss.takes_labels and not loss.from_logits:
        return F.nll_loss(logits, y, reduction="none")
    if not loss.from_logits:
        return -(y * logits).sum(dim=1)
    return F.cross_entropy(logits, y, reduction="none")


def tanh_error(loss, y, p):
    """Sum over the outputs; from 0.9999999 on a straight line of slope 17."""
    e = (y - p) / 2 if loss.halved else y - p
    inside = e.abs().clamp(max=0.9999999)
    curve = torch.special.xlogy(1 + inside, 1 + inside) + torch.special.xlogy(
        1 - inside, 1 - inside
    )
    each = curve + 17 * (e.abs() - inside)
    return each.flatten(1).sum(dim=1) * (2 if loss.halved else 1)


TORCH_LOSSES = {
    "SumSquaredError": sum_of_squares,
    "QuarterSumSquaredError": lambda loss, y, p: sum_of_squares(loss, y, p) / 4,
    "TanhError": tanh_error,
    "HalfSumSquaredError": lambda loss, y, p: sum_of_squares(loss, y, p) / 2,
    "MeanSquaredError": per_output(F.mse_loss),
    "MeanAbsoluteError": per_output(F.l1_loss),
    "Huber": lambda loss, y, p: per_output(F.huber_loss, delta=loss.delta)(loss, y, p),
    "Poisson": per_output(F.poisson_nll_loss, log_input=False, eps=1e-7),
    "BinaryCrossentropy": binary,
    "CategoricalCrossentropy": classes,
    "SparseCategoricalCrossentropy": classes,
}


def test_every_loss_is_compared():
    assert set(TORCH_LOSSES) == {cls.__name__ for cls in LOSSES.members.values()}


@pytest.mark.parametrize(
    ("make", "y", "p", "formula"), loss_samples.CASES.values(), ids=loss_samples.CASES
)
def test_loss(make, y, p, formula):
    loss = make()
    part = loss_contract.part_of(loss, y, p)
    tensors = {"y": tensor(part.values["y"]), "p": tensor(part.values["p"], grad=True)}
    expected = TORCH_LOSSES[type(loss).__name__](loss, tensors["y"], tensors["p"])
    compare(part, expected, tensors)
    reduced = expected.mean() if loss.reduction == "mean" else expected.sum()
    assert_close(np.asarray(loss(y, p)), reduced, "reduced")


# Initial weights ------------------------------------------------------------------------

init = torch.nn.init
TORCH_INITIALIZERS = {
    "GlorotUniform": init.xavier_uniform_,
    "GlorotNormal": init.xavier_normal_,
    "HeUniform": lambda w: init.kaiming_uniform_(w, nonlinearity="relu"),
    "HeNormal": lambda w: init.kaiming_normal_(w, nonlinearity="relu"),
    "LecunUniform": lambda w: init.kaiming_uniform_(w, nonlinearity="linear"),
    "LecunNormal": lambda w: init.kaiming_normal_(w, nonlinearity="linear"),
    "Orthogonal": init.orthogonal_,
}


@pytest.mark.parametrize("name", TORCH_INITIALIZERS)
def test_initial_weights_have_the_same_spread(name):
    torch.manual_seed(0)
    theirs = TORCH_INITIALIZERS[name](torch.empty(200, 300, dtype=torch.float64)).numpy()
    ours = gn.initializers.get(name)((300, 200))
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    if "Uniform" in name:
        assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=1e-3)


# Optimizers -----------------------------------------------------------------------------

draw = np.random.default_rng(6)
X, Y = draw.normal(size=(8, 3)), draw.normal(size=(8, 2))
opt, TO = gn.optimizers, torch.optim

# Name: ours, theirs as a function of the parameters and the rate.
TORCH_OPTIMIZERS = {
    "SGD": (opt.SGD, lambda p, lr: TO.SGD(p, lr)),
    "SGD momentum": (
        lambda lr, **s: opt.SGD(lr, momentum=0.9, **s),
        lambda p, lr: TO.SGD(p, lr, momentum=0.9),
    ),
    "SGD Nesterov": (
        lambda lr, **s: opt.SGD(lr, momentum=0.9, nesterov=True, **s),
        lambda p, lr: TO.SGD(p, lr, momentum=0.9, nesterov=True),
    ),
    "Adagrad": (
        opt.Adagrad,
        lambda p, lr: TO.Adagrad(p, lr, initial_accumulator_value=0.1, eps=1e-7),
    ),
    "RMSprop": (opt.RMSprop, lambda p, lr: TO.RMSprop(p, lr, alpha=0.9, eps=1e-7)),
    "RPROP without rate": (
        lambda first, **s: opt.RPROP(delta_zero=first, delta_min=1e-6, **s),
        lambda p, first: TO.Rprop(p, first),
    ),
    "Adam": (opt.Adam, lambda p, lr: TO.Adam(p, lr)),
    "AdamW": (
        lambda lr, **s: opt.AdamW(lr, weight_decay=0.1, **s),
        lambda p, lr: TO.AdamW(p, lr, weight_decay=0.1),
    ),
}


def test_every_optimizer_that_both_have_is_compared():
    names = {name.split()[0] for name in TORCH_OPTIMIZERS}
    theirs = {name.lower() for name in dir(TO)}
    both = {c.__name__ for c in OPTIMIZERS.members.values() if c.__name__.lower() in theirs}
    # L-BFGS is SciPy's here; its optimum is compared with scikit-learn's.
    assert names == both - {"LBFGS"}


class Twins:
    """The same small network in both libraries."""

    def __init__(self, optimizer, loss="mse", regularizer=None):
        sizes = [(5, "tanh"), (4, "softplus"), (2, None)]
        layers = [
            gn.layers.Dense(n, activation, kernel_regularizer=regularizer)
            for n, activation in sizes
        ]
        self.net = gn.Sequential([gn.Input((3,)), *layers], dtype="float64", seed=3)
        self.net.compile(optimizer, loss=loss)
        self.weights = [tensor(w, grad=True) for w in self.net.get_weights()]

    def predict(self, x):
        w1, b1, w2, b2, w3, b3 = self.weights
        return F.softplus(torch.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3

    def train(self, theirs, steps=20, scheduler=None, prepare=lambda: None, loss=F.mse_loss, y=Y):
        for step in range(steps):
            self.net.fit(X, y, batch_size="full", verbose=0)
            theirs.zero_grad()
            loss(self.predict(tensor(X)), tensor(y)).backward()
            prepare()
            theirs.step()
            if scheduler is not None:
                scheduler.step()
            for found, expected in zip(self.net.get_weights(), self.weights, strict=True):
                assert_close(found, expected, f"step {step}")


@pytest.mark.parametrize("name", TORCH_OPTIMIZERS)
def test_optimizer(name):
    ours, theirs = TORCH_OPTIMIZERS[name]
    twins = Twins(ours(0.03))
    twins.train(theirs(twins.weights, 0.03))


# With momentum the rate enters at another place: PyTorch multiplies it last.
@pytest.mark.parametrize("name", [name for name in TORCH_OPTIMIZERS if " " not in name])
def test_optimizer_under_a_schedule(name):
    ours, theirs = TORCH_OPTIMIZERS[name]
    schedule = opt.Warmup(opt.ExponentialDecay(0.05, 5, 0.5), 4)
    twins = Twins(ours(schedule))
    optimizer = theirs(twins.weights, 1.0)
    twins.train(optimizer, scheduler=TO.lr_scheduler.LambdaLR(optimizer, schedule))


def rates(make, rate=0.4, steps=12):
    optimizer = TO.SGD([torch.zeros(1, requires_grad=True)], rate)
    scheduler = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


LR = TO.lr_scheduler
SCHEDULES = [
    (opt.StepDecay(0.4, 5, 0.3), lambda o: LR.StepLR(o, 5, 0.3)),
    (opt.ExponentialDecay(0.4, 1, 0.9), lambda o: LR.ExponentialLR(o, 0.9)),
    (opt.CosineDecay(0.4, 12, 0.1), lambda o: LR.CosineAnnealingLR(o, 12, 0.04)),
    (opt.Warmup(0.4, 4), lambda o: LR.LinearLR(o, 0.25, 1.0, 3)),
    (opt.ConstantSchedule(0.4), lambda o: LR.ConstantLR(o, 1.0)),
]


@pytest.mark.parametrize(("ours", "theirs"), SCHEDULES, ids=[str(s) for s, _ in SCHEDULES])
def test_schedule(ours, theirs):
    expected = rates(theirs)
    assert [ours(step) for step in range(len(expected))] == pytest.approx(expected, rel=TOLERANCE)


def test_clipping_by_value():
    twins = Twins(opt.SGD(0.1, clip=opt.ClipByValue(0.05)))
    twins.train(
        TO.SGD(twins.weights, 0.1),
        prepare=lambda: torch.nn.utils.clip_grad_value_(twins.weights, 0.05),
    )


def test_clipping_by_global_norm():
    """PyTorch adds 1e-6 to the norm; without that the numbers are the same."""
    twins = Twins(opt.SGD(0.1, clip=opt.ClipByGlobalNorm(0.3)))

    def prepare():
        norm = math.sqrt(sum(float((w.grad**2).sum()) for w in twins.weights))
        torch.nn.utils.clip_grad_norm_(twins.weights, 0.3 * (norm + 1e-6) / norm)

    twins.train(TO.SGD(twins.weights, 0.1), prepare=prepare)


def test_penalty_on_weights():
    """PyTorch's weight decay is the gradient of ½ d w²: d = 2 l2."""
    twins = Twins(opt.SGD(0.1), regularizer=gn.layers.regularizers.L2(0.02))
    kernels, biases = twins.weights[::2], twins.weights[1::2]
    twins.train(TO.SGD([{"params": kernels, "weight_decay": 0.04}, {"params": biases}], 0.1))


def test_cross_entropy_in_a_network():
    labels = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    loss = gn.losses.SparseCategoricalCrossentropy(from_logits=True)
    twins = Twins(opt.Adam(0.03), loss=loss)
    twins.train(TO.Adam(twins.weights, 0.03), loss=F.cross_entropy, y=labels)
