"""Whether the verdict is as kind as the numbers allow, on networks trained for it."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.report import verdict
from glassnet.report.baseline import better_method

PATIENT = "val_loss has not got better since epoch 10"
SETTLED = {"loss": np.linspace(1, 0.01, 40), "val_loss": [*np.linspace(1, 0.1, 10), *[0.12] * 30]}
LABELS = "sparse_categorical_crossentropy"


def judged(run, changed, stopped=PATIENT, history=SETTLED):
    return verdict(changed(run, history, stopped, 10))


def table(rows, task, seed=0, name="small"):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)).astype("float32")
    quantity = x @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=rows)
    if task == "regression":
        return gn.datasets.Dataset(x, quantity.astype("float32"), task, name=name)
    y = (quantity > 0).astype("int64")
    y[:2] = 0, 1
    return gn.datasets.Dataset(x, y, task, class_names=("no", "yes"), name=name)


@pytest.mark.filterwarnings("ignore:r2 is NaN")
@pytest.mark.parametrize("rows", [5, 10, 20, 45])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_few_test_rows_tell_nothing(small, changed, rows, task):
    data = table(rows, task)
    end = gn.layers.Dense(2, "softmax") if task == "classification" else gn.layers.Dense(1)
    loss = LABELS if task == "classification" else "mean_squared_error"
    run = small(data, [gn.layers.Dense(16, "tanh"), end], loss, epochs=400, validate=False)
    found = judged(run, changed, history={"loss": SETTLED["loss"]})
    assert found.kind == "too few rows"
    assert f"{len(run.test[0])} test row" in found.summary
    assert not any("nan" in line for line in found.evidence)


def narrow(small, name, units, end, loss):
    data = gn.datasets.info(name)
    return small(data, [gn.layers.Dense(units, "tanh"), *end], loss, epochs=40)


@pytest.mark.parametrize(
    ("name", "units"), [("digits", 1), ("digits", 2), ("spiral", 1), ("iris", 1), ("two_moons", 1)]
)
def test_a_network_that_a_simple_method_beats_is_not_called_converged(small, changed, name, units):
    classes = len(gn.datasets.info(name).class_names)
    run = narrow(small, name, units, [gn.layers.Dense(classes, "softmax")], LABELS)
    run.model.info["layers"] = f"{units} tanh, {classes} softmax"
    better = better_method(run)
    found = judged(run, changed)
    if better is None:  # one unit may be enough for two moons or iris
        assert found.kind in ("converged", "underfitting", "nothing learned")
        return
    assert found.kind in ("underfitting", "nothing learned")
    assert f"{100 * better.other:.1f} % of the test rows" in found.evidence[-1]
    assert (
        any(f"relu, {classes} softmax" in line for line in found.advice) or "nothing" in found.kind
    )


def test_at_least_digits_and_spirals_are_beaten(small):
    for name, units in (("digits", 2), ("spiral", 1)):
        classes = len(gn.datasets.info(name).class_names)
        run = narrow(small, name, units, [gn.layers.Dense(classes, "softmax")], LABELS)
        assert better_method(run) is not None


def test_a_curve_that_a_line_cannot_follow(small, changed):
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, size=(400, 2)).astype("float32")
    y = (x[:, 0] + np.sin(2 * x[:, 1])).astype("float32")
    data = gn.datasets.Dataset(x, y, "regression", name="waves")
    line = small(data, [gn.layers.Dense(1)], "mean_squared_error", epochs=60)
    found = judged(line, changed)
    assert (found.kind, better_method(line).method) == ("underfitting", "wide")
    assert "A hidden layer of 256 random units" in found.evidence[-1]
    wide = small(
        data, [gn.layers.Dense(64, "tanh"), gn.layers.Dense(1)], "mean_squared_error", epochs=200
    )
    assert better_method(wide) is None
    assert judged(wide, changed).kind == "converged"


def test_rows_known_by_heart_are_called_so(small, changed):
    """Labels drawn at random: all of it is learned by heart, nothing of it is true elsewhere."""
    data = table(200, "classification")
    noise = np.random.default_rng(1).integers(0, 2, 200)
    data = data.replace(y=noise)
    layers = [gn.layers.Dense(256, "tanh"), gn.layers.Dense(2, "softmax")]
    run = small(data, layers, LABELS, epochs=600)
    assert judged(run, changed).kind == "overfitting"


@pytest.mark.parametrize(
    ("wrong", "kind"), [(1, "converged"), (2, "converged"), (9, "overfitting")]
)
def test_all_training_rows_right_is_said(iris_run, changed, saying, wrong, kind):
    def some_wrong(y):
        return np.eye(3)[np.where(np.arange(len(y)) < wrong, (y + 1) % 3, y)]

    run = saying(changed(iris_run, SETTLED, PATIENT, 10), lambda y: np.eye(3)[y], some_wrong)
    found = verdict(run)
    assert found.kind == kind
    assert "by heart" in found.summary
    assert "learned what it could" not in found.summary


def whole(y, task):
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    names = () if task == "regression" else ("0", "1")
    y = np.array(y, "float32" if task == "regression" else "int64")
    return gn.datasets.Dataset(x, y, task, class_names=names, name="logic", complete=True)


@pytest.mark.parametrize(
    ("error", "kind"), [(0, "converged"), (1e-2, "converged"), (0.2, "underfitting")]
)
def test_a_table_of_quantities_is_whole_where_all_is_explained(small, changed, saying, error, kind):
    layers = [gn.layers.Dense(4, "tanh"), gn.layers.Dense(1)]
    run = small(whole([0, 1, 1, 0], "regression"), layers, "mean_squared_error", validate=False)

    def nearly(y):
        return (y + error * np.array([1, -1, 1, -1]))[:, None]

    run = saying(
        changed(run, {"loss": SETTLED["loss"]}, "loss has not got better", 40), nearly, nearly
    )
    found = verdict(run)
    assert found.kind == kind
    assert ("100 %" in found.evidence[-1]) == ("whole" in found.summary) == (kind == "converged")


def test_a_table_that_is_learned_in_part_has_not_converged(xor_run, changed, saying):
    run = changed(xor_run, {"loss": SETTLED["loss"]}, "loss has not got better", 40)
    three = saying(
        run, lambda y: np.array([[0], [1], [1], [1.0]]), lambda y: np.array([[0], [1], [1], [1.0]])
    )
    found = verdict(three)
    assert (found.kind, found.evidence[-1]) == ("underfitting", "3 of 4 rows are right.")
    assert "a part of the table" in found.summary and found.advice


def test_one_epoch_is_too_few(iris_run, changed, saying):
    run = saying(
        changed(iris_run, {"loss": [1.0], "val_loss": [1.0]}, "all epochs done", 1),
        lambda y: np.eye(3)[0 * y], lambda y: np.eye(3)[0 * y],
    )  # fmt: skip
    assert verdict(run).kind == "too few epochs"
