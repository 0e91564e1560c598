"""Findings do not contradict each other, and none is made up."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet.layers import Dense, Normalization, Rescaling
from glassnet.optimizers import SGD, Adam
from tests.explain.diagnosis.sick import LABELS, compiled


@pytest.mark.parametrize("seed", range(12))
def test_the_network_of_trask_is_healthy_whatever_the_seed(seed):
    x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], float)
    layers = [Dense(4, "sigmoid", use_bias=False), Dense(1, "sigmoid", use_bias=False)]
    net = compiled(layers, "half_sum_squared_error", SGD(1.0), seed)
    told = net.diagnose(x, np.array([[0.0], [1], [1], [0]]), verbose=0)
    assert told.worst in (None, "note")


@pytest.mark.filterwarnings("ignore::glassnet.callbacks.TrainingWarning")
def test_after_a_blow_up_it_says_so_and_no_more_than_that():
    (x, y), _ = gn.datasets.load("diabetes")
    net = compiled([Normalization(), Dense(16, "relu"), Dense(1)], "mse", SGD(1.0))
    net.fit(x, y[:, None], epochs=5, verbose=0)
    told = net.diagnose(x, y[:, None], verbose=0)
    assert not told.of("gradient_check") and told.of("diverged") and told.of("learning_rate")
    assert "nan" not in "".join(found.evidence for found in told.of("constant_predictions"))


def test_one_learning_rate_is_named():
    (x, y), _ = gn.datasets.load("digits")
    net = compiled([Dense(30, "sigmoid"), Dense(10, "softmax")], LABELS, SGD(1000.0))
    told = net.diagnose(x, y, verbose=0)
    assert told.of("learning_rate") and not told.of("update_ratio")
    assert "of their size" in told.of("learning_rate")[0].evidence
    assert "update_ratio" in told.skipped


def test_deep_sigmoids_with_default_weights_are_told_of_other_activations():
    (x, y), _ = gn.datasets.load("digits")
    layers = [Dense(30, "sigmoid") for _ in range(8)]
    net = compiled([*layers, Dense(10, "softmax")], LABELS, Adam(0.001))
    told = net.diagnose(x, y, verbose=0)
    assert "default" not in told.of("weight_scale")[0].remedy
    assert "-".join(["64", *["30"] * 3, "...", "30", "10"]) in told.text()


def test_huge_gradients_ask_for_adam_or_scaled_targets():
    x = np.random.default_rng(0).normal(size=(200, 3))
    layers = [Normalization(), Dense(16, "sigmoid"), Dense(1), Rescaling(2e5, 5e5)]
    net = compiled(layers, "mse", SGD(0.01))
    told = net.diagnose(x, 2e5 * x[:, :1] + 5e5, verbose=0)
    assert "Adam" in told.of("update_ratio")[0].remedy


def test_a_row_whose_loss_cannot_fall_is_no_proof():
    net = gn.Sequential([Dense(2, "sigmoid"), Dense(1, "sigmoid")])
    told = net.diagnose([[0.05, 0.1]], [[0.01]], verbose=0)
    assert not told and "overfit_one_batch" in told.skipped


def test_mistakes_that_are_sure_of_themselves_are_no_success():
    (x, y), _ = gn.datasets.load("digits")
    net = compiled([Normalization(), Dense(30, "sigmoid"), Dense(10, "softmax")], LABELS,
                   SGD(1000.0))  # fmt: skip
    net.fit(x, y, epochs=3, verbose=0)
    told = net.diagnose(x, y, verbose=0)
    assert told.worst == "problem" and told.of("diverged") and told.of("learning_rate")
    assert "Normalization" not in "".join(found.remedy for found in told)


def test_default_weights_are_not_to_be_replaced_by_the_default():
    (x, y), _ = gn.datasets.load("digits")
    net = compiled([Dense(30, "sigmoid"), Dense(10, "softmax")], LABELS, Adam(0.001))
    (found,) = net.diagnose(x, y, verbose=0).of("saturated_units")
    assert "Scale the inputs" in found.remedy and "weights" not in found.remedy


def test_a_good_accuracy_does_not_excuse_a_loss_far_above_chance():
    (x, y), _ = gn.datasets.load("digits")
    layers = [Normalization(), Dense(30, "relu"), Dense(10, "softmax")]
    net = compiled(layers, LABELS, Adam(10.0))
    assert net.diagnose(x, y, verbose=0).worst == "problem"
    net.fit(x, y, epochs=8, verbose=0)
    (found,) = net.diagnose(x, y, verbose=0).of("diverged")
    assert found.numbers["loss"] > 1000 and "smaller learning rate" in found.remedy
