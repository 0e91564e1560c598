"""Networks with two outputs and different losses, 50 steps, against PyTorch in double precision."""

import numpy as np
import pytest

import glassnet as gn

torch = pytest.importorskip("torch")
F = torch.nn.functional

pytestmark = pytest.mark.oracle

TOLERANCE = 1e-9
STEPS, ROWS, BATCH = 50, 30, 10
draw = np.random.default_rng(8)
X = draw.normal(size=(ROWS, 4))
REAL = draw.normal(size=(ROWS, 2))
LABELS = draw.integers(0, 3, ROWS)
ANSWERS = draw.integers(0, 2, (ROWS, 2)).astype(float)
WEIGHTS = draw.uniform(0.0, 2.0, ROWS)


def weighted(each, weight):
    return (each * weight).mean()


def squares(z, y, weight):
    return weighted(((z - y) ** 2).mean(dim=1), weight)


def squares_summed(z, y, weight):
    return (((z - y) ** 2).sum(dim=1) * weight).sum()


def huber(z, y, weight):
    return weighted(F.huber_loss(z, y, reduction="none").mean(dim=1), weight)


def labels(z, y, weight):
    return weighted(F.cross_entropy(z, y, reduction="none"), weight)


def answers(z, y, weight):
    each = F.binary_cross_entropy_with_logits(z, y, reduction="none").mean(dim=1)
    return weighted(each, weight)


# Output: activation, targets, loss here and there. The two outputs, factors, optimizers.
SIZE = (None, REAL, "mean_squared_error", squares)
SUM = (None, REAL, "sum_squared_error", squares_summed)
ROBUST = (None, REAL, "huber", huber)
KIND = ("softmax", LABELS, "sparse_categorical_crossentropy", labels)
YES = ("sigmoid", ANSWERS, "binary_crossentropy", answers)
NETWORKS = {
    "size and kind": (SIZE, KIND, (1.0, 0.3), lambda: gn.optimizers.Adam(0.01), torch.optim.Adam),
    "answers and a sum": (YES, SUM, (2.0, 0.05), lambda: gn.optimizers.SGD(0.01), torch.optim.SGD),
    "robust and answers": (
        ROBUST,
        YES,
        (0.5, 1.0),
        lambda: gn.optimizers.SGD(0.01),
        torch.optim.SGD,
    ),
}


def network(first, second, factors, optimizer):
    x = gn.Input((4,))
    h = gn.layers.Dense(5, "tanh", kernel_regularizer=gn.layers.regularizers.L2(0.01))(x)
    a = gn.layers.Dense(2, first[0], name="a")(h)
    branch = gn.layers.Dense(4, "sigmoid")(h)
    b = gn.layers.Dense(3 if second is KIND else 2, second[0], name="b")(branch)
    net = gn.Model(x, [a, b], dtype="float64", seed=1)
    net.compile(
        optimizer,
        {"a": first[2], "b": second[2]},
        loss_weights=dict(zip("ab", factors, strict=True)),
    )
    return net


def torch_steps(net, first, second, factors, optimizer, weights):
    """Make the steps with PyTorch; return the weights and the loss of the last batch."""
    arrays = {
        name: torch.tensor(value, requires_grad=True)
        for name, value in net.network.weights().items()
    }
    rows = [torch.tensor(array) for array in (X, first[1], second[1], *weights)]
    optimizer = optimizer(list(arrays.values()), lr=0.01)

    def dense(name, x):
        return x @ arrays[f"{name}.kernel"] + arrays[f"{name}.bias"]

    for step in range(STEPS):
        part = slice(step * BATCH % ROWS, step * BATCH % ROWS + BATCH)
        x, ya, yb, wa, wb = (array[part] for array in rows)
        h = torch.tanh(dense("dense_1", x))
        losses = (
            first[3](dense("a", h), ya, wa),
            second[3](dense("b", torch.sigmoid(dense("dense_2", h))), yb, wb),
        )
        penalty = 0.01 * (arrays["dense_1.kernel"] ** 2).sum()
        loss = sum(f * one for f, one in zip(factors, losses, strict=True)) + penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: array.detach().numpy() for name, array in arrays.items()}


@pytest.mark.parametrize("backend", ["numpy", "compiled", "loops"])
@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_fifty_steps(name, is_weighted, backend):
    first, second, factors, optimizer, theirs = NETWORKS[name]
    net = network(first, second, factors, optimizer())
    weights = (WEIGHTS, WEIGHTS[::-1].copy()) if is_weighted else (np.ones(ROWS),) * 2
    expected = torch_steps(net, first, second, factors, theirs, weights)
    y = {"a": first[1], "b": second[1]}
    settings = {"sample_weight": dict(zip("ab", weights, strict=True))} if is_weighted else {}
    epochs, rest = divmod(STEPS * BATCH, ROWS)
    net.fit(
        X, y, epochs=epochs, batch_size=BATCH, shuffle=False, verbose=0, backend=backend, **settings
    )
    for step in range(rest // BATCH):
        part = slice(step * BATCH, (step + 1) * BATCH)
        cut = {"sample_weight": [w[part] for w in weights]} if is_weighted else {}
        net.train_on_batch(X[part], [array[part] for array in y.values()], **cut)
    assert net.network.state.step == STEPS
    for weight, value in net.network.weights().items():
        size = np.abs(expected[weight]).max()
        assert np.abs(value - expected[weight]).max() <= TOLERANCE * size, weight
