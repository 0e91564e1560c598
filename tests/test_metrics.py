"""Metrics: against scikit-learn, and the same numbers inside a network."""

import json

import numpy as np
import pytest

import glassnet as gn
from glassnet import metrics
from glassnet.errors import ArgumentError, DataError, ShapeError

sklearn = pytest.importorskip("sklearn.metrics")

draw = np.random.default_rng(8)
LABELS = draw.integers(0, 4, 60)
SCORES = draw.dirichlet(np.ones(4), 60)
BINARY = draw.integers(0, 2, 60)
CHANCES = np.round(draw.uniform(size=60), 1)  # with ties, and some exactly 0.5
MACRO = {"average": "macro", "zero_division": 0}


def as_forms(labels, k):
    """The same targets as labels, one-hot rows, and lists."""
    return [labels, np.eye(k)[labels], labels.astype("f4"), labels.tolist()]


# Function of ours, the same in scikit-learn on true and predicted labels.
SEVERAL = {
    "accuracy": sklearn.accuracy_score,
    "precision": lambda t, p: sklearn.precision_score(t, p, **MACRO),
    "recall": lambda t, p: sklearn.recall_score(t, p, **MACRO),
    "f1": lambda t, p: sklearn.f1_score(t, p, **MACRO),
}
TWO = {
    "accuracy": sklearn.accuracy_score,
    "precision": lambda t, p: sklearn.precision_score(t, p, zero_division=0),
    "recall": lambda t, p: sklearn.recall_score(t, p, zero_division=0),
    "f1": lambda t, p: sklearn.f1_score(t, p, zero_division=0),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_classes(name):
    expected = SEVERAL[name](LABELS, SCORES.argmax(axis=1))
    for true in as_forms(LABELS, 4):
        for predicted in (SCORES, SCORES.argmax(axis=1)):
            assert getattr(metrics, name)(true, predicted) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", SEVERAL)
def test_classes_that_never_come_up(name):
    true, predicted = np.array([0, 0, 3, 3, 3]), np.array([0, 2, 3, 0, 3])
    expected = SEVERAL[name](true, predicted)
    assert getattr(metrics, name)(true, predicted) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", TWO)
def test_two_classes(name):
    expected = TWO[name](BINARY, CHANCES >= 0.5)
    for true in (BINARY, BINARY[:, None], BINARY.astype("f4"), BINARY.astype(bool)):
        for predicted in (CHANCES, CHANCES[:, None], CHANCES >= 0.5, (CHANCES >= 0.5) * 1.0):
            assert getattr(metrics, name)(true, predicted) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", TWO)
def test_nothing_predicted_and_nothing_there(name):
    for true, predicted in [([0, 1, 1], [0, 0, 0]), ([0, 0, 0], [1, 0, 1]), ([0, 0], [0, 0])]:
        expected = TWO[name](true, predicted)
        assert getattr(metrics, name)(true, predicted) == expected


def test_confusion_matrix():
    expected = sklearn.confusion_matrix(LABELS, SCORES.argmax(axis=1))
    np.testing.assert_array_equal(metrics.confusion_matrix(LABELS, SCORES), expected)
    assert metrics.confusion_matrix([0, 1], [0, 1], num_classes=5).shape == (5, 5)
    with pytest.raises(ArgumentError, match="label 4"):
        metrics.confusion_matrix([0, 4], [0, 1], num_classes=3)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k(k):
    expected = sklearn.top_k_accuracy_score(LABELS, SCORES, k=k)
    assert metrics.top_k_accuracy(LABELS, SCORES, k) == pytest.approx(expected, abs=1e-12)
    assert metrics.top_k_accuracy(np.eye(4)[LABELS], SCORES, k) == pytest.approx(expected)


def test_roc_auc():
    expected = sklearn.roc_auc_score(BINARY, CHANCES)
    two_columns = np.column_stack([1 - CHANCES, CHANCES])
    for predicted in (CHANCES, CHANCES[:, None], two_columns):
        assert metrics.roc_auc(BINARY, predicted) == pytest.approx(expected, abs=1e-12)
    several = sklearn.roc_auc_score(LABELS, SCORES, multi_class="ovr")
    assert metrics.roc_auc(LABELS, SCORES) == pytest.approx(several, abs=1e-12)
    assert metrics.roc_auc(np.eye(4)[LABELS], SCORES) == pytest.approx(several, abs=1e-12)
    for scores in ([0.2, 0.3], [[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]]):
        with pytest.warns(metrics.UndefinedMetricWarning, match="roc_auc is NaN"):
            assert np.isnan(metrics.roc_auc([1, 1], scores))


@pytest.mark.parametrize("shape", [(40,), (40, 1), (40, 3)])
def test_regression(shape):
    y, p = draw.normal(size=shape), draw.normal(size=shape)
    assert metrics.mean_squared_error(y, p) == pytest.approx(sklearn.mean_squared_error(y, p))
    assert metrics.mean_absolute_error(y, p) == pytest.approx(sklearn.mean_absolute_error(y, p))
    assert metrics.r2(y, p) == pytest.approx(sklearn.r2_score(y, p))


def test_r2_of_constant_targets():
    assert metrics.r2([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert metrics.r2([2.0, 2.0], [2.0, 3.0]) == 0.0
    assert metrics.r2([0.1] * 3, [0.1, 0.1, 0.2]) == 0.0  # whose mean is not quite 0.1
    with pytest.warns(metrics.UndefinedMetricWarning, match="two samples or more"):
        assert np.isnan(metrics.r2([2.0], [3.0]))


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e-160, 1.0, 1e160, 1e200, 1e300])
def test_r2_of_quantities_of_any_size(size):
    draw = np.random.default_rng(2)
    for _ in range(20):
        t, p = draw.normal(size=(2, 7, 2))
        expected = metrics.r2(t, p)
        assert metrics.r2(size * t, size * p) == pytest.approx(expected, rel=1e-12)
        assert metrics.r2(size * t, size * t) == 1.0
        t[:, 0] = p[:, 0] = 0.1  # a column that never changes
        assert metrics.r2(size * t, size * p) == pytest.approx(metrics.r2(t, p), rel=1e-12)


def test_shapes_that_do_not_fit():
    with pytest.raises(ShapeError, match="3 samples but y_pred has 2"):
        metrics.accuracy([0, 1, 1], [0, 1])
    with pytest.raises(ShapeError, match=r"\(3,\) but y_pred has \(3, 1\)"):
        metrics.r2([0.0, 1.0, 2.0], [[0.0], [1.0], [2.0]])
    with pytest.raises(ShapeError, match="one score a class"):
        metrics.top_k_accuracy([0, 1], [0, 1])
    for name in ("accuracy", "mean_squared_error", "f1", "r2"):
        with pytest.raises(DataError, match="no samples"):
            getattr(metrics, name)([], [])


@pytest.mark.parametrize(
    ("function", "true", "predicted", "message"),
    [
        (metrics.accuracy, [0.5, 1.5, 2.5], [0, 1, 2], "3 different numbers.*quantities"),
        (metrics.accuracy, [0, 1, 2], [0.2, 0.7, 0.9], "one score a sample.*3 labels"),
        (metrics.accuracy, [2, 2], [0.2, 0.7], "the single label 2"),
        (metrics.accuracy, [1, 1], [-0.2, 0.7], "whether the other label is 0 or -1"),
        (metrics.accuracy, [[1, 1], [1, 1]], [[-0.2, 0.7]] * 2, "whether the other label is"),
        (metrics.f1, ["a", "b"], [0, 1], "text but y_pred holds numbers"),
        (metrics.f1, np.array(["a", 1], object), [0, 1], "numbers or text, not both"),
        (metrics.f1, [0, 5], [[0.1, 0.2, 0.7]] * 2, "3 columns.*2 different labels from 0 to 5"),
        (metrics.f1, [0, 1], [0.1, float("nan")], "y_pred holds NaN"),
        (metrics.f1, [0, float("nan")], [0, 1], "y_true holds NaN"),
        (metrics.f1, [[0, 1], [1, 1]], [[0.1, 0.2, 0.3]] * 2, r"\(2, 2\).*\(2, 3\)"),
        (metrics.f1, [[0, 1, 0]] * 2, [[0.1, 0.9]] * 2, "3 columns, one a class.*has 2"),
        (metrics.f1, [[0.2, 0.5, 0.3]] * 2, [[0.1, 0.2, 0.7]] * 2, "more than two different"),
        (metrics.roc_auc, [0, 1, 2], [0.1, 0.2, 0.3], r"one score a class is needed"),
        (metrics.roc_auc, [0, 1], ["a", "b"], "scores are numbers"),
        (metrics.confusion_matrix, [[0, 1], [1, 1]], [[0, 1], [1, 1]], "several answers"),
        (metrics.top_k_accuracy, [[0, 1], [1, 1]], [[0.1, 0.9]] * 2, "one class a sample"),
        (metrics.mean_squared_error, ["a"], ["b"], "numbers with numbers"),
        (metrics.accuracy, 1, 1, "one row a sample"),
    ],
)
def test_what_cannot_be_decided_is_refused(function, true, predicted, message):
    with pytest.raises((DataError, ShapeError), match=message):
        function(true, predicted)


def test_the_kind_decides_where_rows_look_one_hot():
    y = np.array([[1, 0], [0, 1]])
    p = np.array([[0.9, 0.8], [0.2, 0.6]])
    assert metrics.accuracy(y, p) == 1.0
    assert metrics.accuracy(y, p, kind="binary") == 0.75
    assert metrics.exact_match(y, p, kind="binary") == 0.5
    signed = metrics.Kind("binary", -1, 1)
    assert metrics.accuracy(2 * y - 1, [[0.1, -0.1], [0.1, 0.1]], kind=signed) == 0.75
    with pytest.raises(ArgumentError, match="kind='binery' must be one of"):
        metrics.f1(y, p, kind="binery")
    with pytest.raises(ArgumentError, match="have no classes"):
        metrics.f1(y, p, kind="values")


# In networks ----------------------------------------------------------------------------

X = draw.normal(size=(60, 5))


def network(units, activation, loss, names):
    net = gn.Sequential(
        [gn.Input((5,)), gn.layers.Dense(units, activation)], dtype="float64", seed=1
    )
    net.compile(gn.optimizers.SGD(0.0), loss=loss, metrics=names)
    return net


def scores_of(net, y):
    """What fit, validation and evaluate report; with rate 0 they are of the same weights."""
    history = net.fit(X, y, batch_size=7, verbose=0, validation_data=(X, y)).history
    found = net.evaluate(X, y, batch_size=11)
    for name in net.evaluate(X, y).names:
        assert history[name][0] == pytest.approx(found[name], rel=1e-9)
        assert history[f"val_{name}"][0] == pytest.approx(found[name], rel=1e-9)
    return found


CLASS_METRICS = ["accuracy", "precision", "recall", "f1", "roc_auc", gn.metrics.TopKAccuracy(2)]


@pytest.mark.parametrize(
    ("loss", "activation", "y"),
    [
        ("sparse_categorical_crossentropy", "softmax", LABELS),
        ("categorical_crossentropy", "softmax", np.eye(4)[LABELS]),
        (gn.losses.SparseCategoricalCrossentropy(True), None, LABELS),
        (gn.losses.CategoricalCrossentropy(True), None, np.eye(4)[LABELS]),
        ("mse", "sigmoid", np.eye(4)[LABELS]),
        ("half_sum_squared_error", "sigmoid", np.eye(4)[LABELS]),
    ],
)
def test_classes_in_networks(loss, activation, y):
    net = network(4, activation, loss, CLASS_METRICS)
    found, p = scores_of(net, y), net.predict(X)
    for name in ("accuracy", "precision", "recall", "f1"):
        assert found[name] == pytest.approx(SEVERAL[name](LABELS, p.argmax(axis=1)))
    if not getattr(net.loss, "from_logits", False):
        assert found["roc_auc"] == pytest.approx(metrics.roc_auc(LABELS, p))
    expected = sklearn.top_k_accuracy_score(LABELS, p, k=2)
    assert found["top_k_accuracy"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("binary_crossentropy", "sigmoid"),
        (gn.losses.BinaryCrossentropy(from_logits=True), None),
        ("half_sum_squared_error", "sigmoid"),
    ],
)
def test_two_classes_in_networks(loss, activation):
    net = network(1, activation, loss, ["accuracy", "precision", "recall", "f1", "roc_auc"])
    found, z = scores_of(net, BINARY[:, None]), net.predict(X)[:, 0]
    predicted = z >= (0.5 if activation else 0.0)
    for name, function in TWO.items():
        assert found[name] == pytest.approx(function(BINARY, predicted))
    assert found["roc_auc"] == pytest.approx(sklearn.roc_auc_score(BINARY, z))


@pytest.mark.parametrize("units", [1, 3])
def test_regression_in_networks(units):
    y = draw.normal(size=(60, units))
    net = network(units, None, "mse", ["mae", "mse", "r2"])
    found, p = scores_of(net, y), net.predict(X)
    assert found["mean_squared_error"] == pytest.approx(found["loss"])
    assert found["mean_absolute_error"] == pytest.approx(sklearn.mean_absolute_error(y, p))
    assert found["r2"] == pytest.approx(metrics.r2(y, p))


@pytest.mark.parametrize("backend", ["loops", "numpy", "compiled"])
@pytest.mark.parametrize("halved", [False, True])
def test_bit_fail_in_networks(halved, backend):
    y = draw.normal(size=(60, 3))
    net = network(3, None, "mse", [metrics.BitFail(0.5, halved=halved)])
    p = net.predict(X)
    net.evaluate(X, y)
    found = net.evaluate(X, y, backend=backend)["bit_fail"]
    assert found == pytest.approx(np.mean(np.abs(y - p) >= (1.0 if halved else 0.5)))
    assert found == pytest.approx(metrics.bit_fail(y, p, 1.0 if halved else 0.5))


def test_an_error_as_large_as_the_limit_is_one():
    assert metrics.bit_fail([0.0, 0.0], [0.35, 0.349]) == 0.5
    with pytest.raises(ArgumentError, match="limit must be greater than 0"):
        metrics.BitFail(0)


def test_differences_from_class_labels_make_no_sense():
    net = network(4, "softmax", "sparse_categorical_crossentropy", ["mae"])
    with pytest.raises(ArgumentError, match="mean_absolute_error compares numbers"):
        net.fit(X, LABELS, verbose=0)


def test_a_function_of_ones_own(tmp_path):
    def hits(y_true, y_pred):
        return np.sum(y_pred.argmax(axis=1) == y_true)

    net = network(4, "softmax", "sparse_categorical_crossentropy", ["accuracy", hits])
    found = scores_of(net, LABELS)
    assert found["hits"] == pytest.approx(60 * found["accuracy"])
    path = net.save(tmp_path / "net.safetensors")
    again = gn.load(path, custom_objects={"hits": hits})
    assert again.evaluate(X, LABELS)["hits"] == found["hits"]
    with pytest.raises(ArgumentError, match=r"unknown metric 'hits'.*custom_objects"):
        gn.load(path)


def test_a_metric_of_a_batch_is_that_of_its_samples():
    """The last batch of an epoch is shorter, and counts less."""
    net = network(4, "softmax", "sparse_categorical_crossentropy", ["accuracy"])
    history = net.fit(X, LABELS, batch_size=59, verbose=0).history
    assert history["accuracy"][0] == pytest.approx(metrics.accuracy(LABELS, net.predict(X)))


# Names and descriptions -------------------------------------------------------------------


@pytest.mark.parametrize("name", metrics.names())
def test_names(name):
    metric = metrics.get(name)
    assert isinstance(metric, metrics.Metric)
    assert metrics.get(metric) is metric


@pytest.mark.parametrize("spec", ["accuracy", "f1", "auc", metrics.TopKAccuracy(3), "mse"])
def test_descriptions_survive_a_file(spec, tmp_path):
    net = network(4, "softmax", "categorical_crossentropy", [spec])
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    y = np.eye(4)[LABELS]
    assert again.evaluate(X, y).as_dict() == net.evaluate(X, y).as_dict()
    config = json.loads(json.dumps(metrics.TopKAccuracy(3).to_config()))
    assert metrics.get(config).k == 3


@pytest.mark.parametrize(
    "value", [None, "x", np.ones(3), np.ones((2, 2)), 1j, [0.5]], ids=lambda one: str(one)[:8]
)
def test_a_function_that_gives_no_number_is_refused(value):
    def own(y_true, y_pred):
        return value

    net = network(4, "softmax", "sparse_categorical_crossentropy", [own])
    with pytest.raises(ArgumentError, match=r"the metric own gave .*; a metric gives one number"):
        net.evaluate(X, LABELS)


def test_unknown_metrics():
    with pytest.raises(ArgumentError, match="did you mean 'accuracy'"):
        metrics.get("acuracy")
    with pytest.raises(ArgumentError, match="at least 1"):
        metrics.TopKAccuracy(0)
