"""Metrics in fit, validation and evaluate: those of scikit-learn, for every loss."""

import copy
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet import metrics
from glassnet.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from glassnet.errors import ArgumentError
from glassnet.metrics import ExactMatch, TopKAccuracy, UndefinedMetricWarning

sklearn = pytest.importorskip("sklearn.metrics")

MACRO = {"average": "macro", "zero_division": 0}
NAMES = ["accuracy", "exact_match", "precision", "recall", "f1", "roc_auc"]


def network(units, activation, loss, names, seed=1, rate=0.0):
    layer = gn.layers.Dense(
        units, activation, bias_initializer=gn.initializers.RandomNormal(stddev=0.5)
    )
    net = gn.Sequential([gn.Input((4,)), layer], dtype="float64", seed=seed)
    net.compile(gn.optimizers.SGD(rate), loss=loss, metrics=names)
    return net


def labels(draw, n, k):
    return draw.integers(0, k, n)


def answers(draw, n, k, low=0.0):
    y = draw.integers(0, 2, (n, k))
    y[0], y[1] = 1, 0  # not one-hot, both levels
    return np.where(y == 1, 1.0, low)


def lookalike(draw, n, k):
    return np.eye(k)[draw.integers(0, k, n)]


# Loss, activation, targets from (draw, n, k), and what they are.
LOSSES = gn.losses
CASES = [
    ("sparse_categorical_crossentropy", "softmax", labels, "classes"),
    (LOSSES.SparseCategoricalCrossentropy(True), None, labels, "classes"),
    ("categorical_crossentropy", "softmax", lookalike, "classes"),
    (LOSSES.CategoricalCrossentropy(True), None, lookalike, "classes"),
    ("binary_crossentropy", "sigmoid", answers, "answers"),
    ("binary_crossentropy", "sigmoid", lookalike, "answers"),
    (LOSSES.BinaryCrossentropy(True), None, answers, "answers"),
    ("mse", "sigmoid", lookalike, "classes"),
    ("mse", "sigmoid", answers, "answers"),
    ("half_sum_squared_error", "tanh", lambda d, n, k: 2 * lookalike(d, n, k) - 1, "classes"),
    ("mse", "tanh", lambda d, n, k: answers(d, n, k, -1.0), "answers"),
    ("mae", "sigmoid", lambda d, n, k: 0.1 + 0.8 * lookalike(d, n, k), "classes"),
    ("huber", "sigmoid", answers, "answers"),
    ("binary_crossentropy", "sigmoid", lambda d, n, k: d.integers(0, 2, (n, 1)), "two"),
    (LOSSES.BinaryCrossentropy(True), None, lambda d, n, k: d.integers(0, 2, (n, 1)), "two"),
    ("mse", "sigmoid", lambda d, n, k: d.integers(0, 2, (n, 1)), "two"),
    ("tanh_error", "tanh", lambda d, n, k: 2 * d.integers(0, 2, (n, 1)) - 1, "two"),
    ("mse", None, lambda d, n, k: 1 + d.permutation(np.arange(n) % 2)[:, None], "two"),
]  # fmt: skip


def levels(y):
    return (0.0, 1.0) if y.min() == y.max() else (float(y.min()), float(y.max()))


def expected_scores(what, y, low_high, p, k, is_logits):
    """What scikit-learn says of targets and outputs."""
    low, high = low_high
    middle = 0.0 if is_logits else (low + high) / 2
    if what == "classes":
        t, s = (y.argmax(axis=1) if y.ndim == 2 else y), p.argmax(axis=1)
        shares = np.exp(p) / np.exp(p).sum(axis=1, keepdims=True) if is_logits else p
        pairs = [(t == c, shares[:, c]) for c in (range(k) if k > 2 else [1])]
        found = {
            "accuracy": sklearn.accuracy_score(t, s),
            "exact_match": sklearn.accuracy_score(t, s),
        }
        more = MACRO if k > 2 else {"zero_division": 0}
    elif what == "answers":
        t, s = (y == high).astype(int), (p >= middle).astype(int)
        pairs = [(t[:, c], p[:, c]) for c in range(k)]
        found = {
            "accuracy": 1 - sklearn.hamming_loss(t, s),
            "exact_match": sklearn.accuracy_score(t, s),
        }
        more = MACRO
    else:
        t, s = (y[:, 0] == high).astype(int), (p[:, 0] >= middle).astype(int)
        pairs = [(t, p[:, 0])]
        found = {
            "accuracy": sklearn.accuracy_score(t, s),
            "exact_match": sklearn.accuracy_score(t, s),
        }
        more = {"zero_division": 0}
    return found | {
        "precision": sklearn.precision_score(t, s, **more),
        "recall": sklearn.recall_score(t, s, **more),
        "f1": sklearn.f1_score(t, s, **more),
        "roc_auc": np.mean([sklearn.roc_auc_score(*pair) for pair in pairs]),
    }


def compare(case, seed):
    loss, activation, make, what = case
    draw = np.random.default_rng([seed, len(str(case[0]))])
    k, n = int(draw.integers(2, 5)), int(draw.integers(4, 40))
    x, y = draw.normal(size=(n, 4)), make(draw, n, k)
    rows = draw.permutation(n)[: max(2, n // 2)]
    weight = draw.random(n) if draw.random() < 0.3 else None
    names = [*NAMES, TopKAccuracy(2)] if what == "classes" and k > 2 else NAMES
    net = network(1 if what == "two" else k, activation, loss, names, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history = net.fit(
            x, y, batch_size=int(draw.integers(1, n + 1)), verbose=0, sample_weight=weight,
            validation_data=(x[rows], y[rows]),
        ).history  # fmt: skip
        found = {
            "fit": {name: history[name][0] for name in net.evaluate(x, y).names},
            "evaluate": net.evaluate(x, y, sample_weight=weight).as_dict(),
        }
        part = {
            "validation": {name: history[f"val_{name}"][0] for name in found["fit"]},
            "evaluate a part": net.evaluate(x[rows], y[rows]).as_dict(),
        }
        is_logits, p = bool(getattr(net.loss, "from_logits", False)), net.predict(x)
        for scores, own, outputs in [(found, y, p), (part, y[rows], p[rows])]:
            expected = expected_scores(what, own, levels(y), outputs, k, is_logits)
            for where, numbers in scores.items():
                for name, value in expected.items():
                    np.testing.assert_allclose(
                        numbers[name], value, rtol=1e-9, equal_nan=True,
                        err_msg=f"{name} in {where}, {case[0]}, {what}, {seed}",
                    )  # fmt: skip
                if "top_k_accuracy" in numbers:
                    t = own.argmax(axis=1) if own.ndim == 2 else own
                    top = sklearn.top_k_accuracy_score(t, outputs, k=2, labels=np.arange(k))
                    assert numbers["top_k_accuracy"] == pytest.approx(top)


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one[0]}-{one[3]}")
def test_in_fit_validation_and_evaluate(case):
    for seed in range(4):
        compare(case, seed)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one[0]}-{one[3]}")
def test_in_fit_validation_and_evaluate_often(case):
    for seed in range(4, 60):
        compare(case, seed)


# The kind of the targets that is kept -------------------------------------------------------------


def test_a_few_rows_that_look_one_hot_do_not_change_what_the_targets_are(tmp_path):
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(20, 4)), answers(draw, 20, 3)
    y[4:8] = np.eye(3)[[0, 1, 2, 0]]
    net = network(3, "sigmoid", "mse", ["accuracy", "f1"])
    net.fit(x, y, verbose=0)
    p = net.predict(x) >= 0.5
    expected = np.mean(p[4:8] == y[4:8])
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    for one in (net, again, copy.deepcopy(net)):
        assert one.evaluate(x[4:8], y[4:8])["accuracy"] == pytest.approx(expected)
        assert one.test_on_batch(x[4:5], y[4:5])["accuracy"] == pytest.approx(np.mean(p[4] == y[4]))
        np.testing.assert_array_equal(one.predict_labels(x), p)


def test_validation_rows_decide_too():
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(12, 4)), np.eye(3)[draw.integers(0, 3, 12)]
    net = network(3, "sigmoid", "mse", ["accuracy"])
    own = answers(draw, 12, 3)
    history = net.fit(x, y, validation_data=(x, own), verbose=0).history
    p = net.predict(x) >= 0.5
    assert history["accuracy"][0] == pytest.approx(np.mean(p == y))
    assert history["val_accuracy"][0] == pytest.approx(np.mean(p == own))


def test_labels_of_tanh_outputs():
    draw = np.random.default_rng(2)
    x = draw.normal(size=(12, 4))
    net = network(1, "tanh", "mse", ["accuracy"])
    net.fit(x, 2.0 * draw.integers(0, 2, (12, 1)) - 1, verbose=0)
    np.testing.assert_array_equal(net.predict_labels(x), net.predict(x)[:, 0] >= 0)


@pytest.mark.parametrize("name", NAMES)
def test_metrics_of_classes_refuse_quantities_before_the_first_step(name):
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(12, 4)), draw.normal(size=(12, 2))
    net = network(2, None, "mse", [name], rate=0.1)
    before = net.get_weights()
    for call in (net.fit, net.evaluate, net.train_on_batch):
        with pytest.raises(ArgumentError, match=f"{name}.*quantities.*metrics="):
            call(x, y)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    net.compile("sgd", "mse", ["r2"])
    two = net.fit(x[:2], y[:2], verbose=0)  # of two rows each column has two values only
    assert np.isfinite(two.history["r2"][0])


def test_r2_refuses_labels():
    net = network(3, "softmax", "sparse_categorical_crossentropy", ["r2"])
    with pytest.raises(ArgumentError, match="r2 compares numbers"):
        net.fit(np.ones((4, 4)), [0, 1, 2, 0], verbose=0)


# Without a value --------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [False, True])
def test_auc_without_a_class_is_nan_with_one_warning_and_the_run_goes_on(host, tmp_path):
    draw = np.random.default_rng(4)
    x, y = draw.normal(size=(16, 4)), np.ones((16, 1))
    net = network(1, "sigmoid", "binary_crossentropy", ["roc_auc", "accuracy"], rate=0.1)
    if host:
        net.compile("lbfgs", "binary_crossentropy", ["roc_auc"])
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is NaN") as caught:
        history = net.fit(x, y, epochs=4, validation_data=(x[:4], y[:4]), verbose=0)
    assert len(caught) == 1
    if not host:
        assert len(history.epoch) == 4
    assert np.isnan(history.history["roc_auc"]).all()
    assert np.isfinite(history.history["loss"]).all()
    assert history.stopped != "diverged"
    with pytest.warns(UndefinedMetricWarning) as caught:
        scores = net.evaluate(x, y, batch_size=3)
    assert len(caught) == 1 and np.isnan(scores["roc_auc"]) and np.isfinite(scores["loss"])


def test_monitors_of_nan():
    draw = np.random.default_rng(4)
    x, y = draw.normal(size=(16, 4)), np.ones((16, 1))
    net = network(1, "sigmoid", "binary_crossentropy", ["roc_auc"], rate=0.1)
    early = EarlyStopping("roc_auc", patience=3)
    plateau = ReduceLROnPlateau("roc_auc", patience=1, factor=0.5)
    with pytest.warns(UndefinedMetricWarning):
        history = net.fit(x, y, epochs=9, callbacks=[early, plateau], verbose=0)
    assert history.stopped == "roc_auc was never a number" and len(history.epoch) == 3
    assert history.history["learning_rate"] == [0.1, 0.05, 0.025]
    with pytest.raises(ArgumentError, match="every value is NaN"):
        history.best("roc_auc", "max")


def test_a_resumed_run_keeps_nan(tmp_path):
    draw = np.random.default_rng(4)
    x, y = draw.normal(size=(16, 4)), np.ones((16, 1))
    net = network(1, "sigmoid", "binary_crossentropy", ["roc_auc"], rate=0.1)
    path = tmp_path / "run.safetensors"
    with pytest.warns(UndefinedMetricWarning):
        net.fit(x, y, epochs=2, callbacks=[ModelCheckpoint(path)], verbose=0)
    with pytest.warns(UndefinedMetricWarning):
        history = net.fit(x, y, epochs=4, resume=path, verbose=0)
    assert np.isnan(history.history["roc_auc"]).all() and len(history.history["roc_auc"]) == 4


@pytest.mark.parametrize("backend", ["loops", "numpy", "compiled"])
def test_ties_and_exact_matches_on_every_backend(backend):
    x = np.eye(4)
    net = network(4, None, "mse", [TopKAccuracy(2), ExactMatch(), "accuracy"])
    net.set_weights(
        [np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 2, 2, 2], [0.4, 0.6, 1, 0]]), np.zeros(4)]
    )
    y = np.eye(4)[[0, 3, 1, 2]]
    found = net.evaluate(x, y, backend=backend)
    p = net.predict(x)
    assert found["top_k_accuracy"] == metrics.top_k_accuracy(y, p, 2) == 0.75
    assert found["accuracy"] == found["exact_match"] == metrics.accuracy(y, p) == 0.75
    y = np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]])
    net.compile("sgd", "mse", ["exact_match", "accuracy"])
    found = net.evaluate(x, y, backend=backend)
    assert found["exact_match"] == 0.5 and found["accuracy"] == 14 / 16


def test_outputs_that_are_nan_have_no_class():
    net = network(1, "sigmoid", "binary_crossentropy", [*NAMES, "mae"])
    x, y = np.ones((4, 4)), np.zeros((4, 1))
    net.network.topology.layers[0].weights["kernel"].value[...] = np.inf
    net.network.topology.layers[0].weights["bias"].value[...] = -np.inf
    assert np.isnan(list(net.evaluate(x, y))).all()
    assert np.isnan(list(net.train_on_batch(x, y))).all()


@pytest.mark.parametrize("loss", ["binary_crossentropy", "mse"])
def test_outputs_of_several_axes(loss):
    draw = np.random.default_rng(6)
    x, y = draw.normal(size=(20, 3, 4)), np.eye(3)[draw.integers(0, 3, (20, 3))]
    net = gn.Sequential([gn.Input((3, 4)), gn.layers.Dense(3, "sigmoid")], seed=0)
    net.compile(gn.optimizers.SGD(0.0), loss, ["accuracy", "exact_match", "f1"])
    found, p = net.evaluate(x, y), net.predict(x)
    if loss == "mse":  # one class for every place
        hits = p.argmax(axis=-1) == y.argmax(axis=-1)
        t, s = y.argmax(axis=-1).reshape(-1), p.argmax(axis=-1).reshape(-1)
    else:
        hits = (p >= 0.5) == (y == 1)
        t, s = y.reshape(-1, 3), (p >= 0.5).reshape(-1, 3)
    assert found["accuracy"] == pytest.approx(hits.mean())
    assert found["exact_match"] == pytest.approx(hits.reshape(20, -1).all(axis=1).mean())
    assert found["f1"] == pytest.approx(sklearn.f1_score(t, s, **MACRO))
