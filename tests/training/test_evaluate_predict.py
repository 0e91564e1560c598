"""evaluate and predict as a user of Keras expects them."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError
from glassnet.training.history import Scores


def test_scores_unpack_index_and_have_names(make, xy):
    net = make(metrics=["accuracy", "f1"])
    scores = net.evaluate(*xy)
    loss, accuracy, f1 = scores
    assert scores[0] == scores["loss"] == scores.loss == loss
    assert scores[1] == scores["accuracy"] == scores.accuracy == accuracy
    assert scores["f1"] == f1
    assert dict(zip(scores.names, scores, strict=True)) == scores.as_dict()
    assert float(scores) == loss
    with pytest.raises(ArgumentError, match=r"no score 'acuracy'; did you mean 'accuracy'\?"):
        scores["acuracy"]
    with pytest.raises(AttributeError, match=r"no score 'auc'; there are loss, accuracy, f1"):
        _ = scores.auc
    assert copy.copy(scores) == scores and copy.deepcopy(scores).accuracy == accuracy


def test_scores_can_be_printed_like_numbers():
    assert f"{Scores({'loss': 0.25}):.3f}" == "0.250"
    assert f"{Scores({'loss': 0.25, 'accuracy': 1.0}):.1f}" == "loss 0.2, accuracy 1.0"
    assert f"{Scores({'loss': 0.25})}" == "Scores(loss=0.25)"


@pytest.mark.parametrize("batch_size", [1, 7, 90, 1000, None, "full"])
def test_pieces_do_not_change_evaluation_and_prediction(make, xy, batch_size):
    net = make(metrics=["accuracy", "f1"], dtype="float64")
    whole = net.evaluate(*xy)
    assert net.evaluate(*xy, batch_size=batch_size) == pytest.approx(whole, rel=1e-12)
    outputs = net.predict(xy[0], batch_size=batch_size)
    np.testing.assert_allclose(outputs, net.predict(xy[0]), rtol=1e-12)


def test_more_samples_than_one_piece(make):
    net = make()
    x = np.tile(np.arange(4, dtype=np.float32), (2500, 1))
    assert net.predict(x).shape == (2500, 3)
    assert net.evaluate(x, np.zeros(2500, int)).loss == pytest.approx(
        net.evaluate(x[:1], [0]).loss, rel=1e-5
    )


def test_predict_labels(make, xy):
    net = make()
    net.fit(*xy, epochs=20, verbose=0)
    labels = net.predict_labels(xy[0])
    assert np.array_equal(labels, net.predict(xy[0]).argmax(axis=1))
    net.network.info["class_names"] = ["a", "b", "c"]
    assert set(net.predict_labels(xy[0])) == {"a", "b", "c"}


def test_labels_of_one_output():
    net = gn.Sequential([gn.Input((1,)), gn.layers.Dense(1, "sigmoid")], seed=0)
    net.set_weights([[[1.0]], [0.0]])
    assert net.predict_labels([[-1.0], [0.0], [2.0]]).tolist() == [0, 1, 1]
    logits = gn.Sequential([gn.Input((1,)), gn.layers.Dense(1)], seed=0)
    logits.compile("sgd", gn.losses.BinaryCrossentropy(from_logits=True))
    logits.set_weights([[[1.0]], [0.0]])
    assert logits.predict_labels([[-1.0], [0.3], [2.0]]).tolist() == [0, 1, 1]


def test_dropout_acts_in_training_only(make, xy):
    net = make(dropout=0.9, optimizer=gn.optimizers.SGD(0.0))
    x = xy[0]
    assert np.array_equal(net.predict(x), net.predict(x))
    trained = net.fit(*xy, epochs=1, verbose=0).history["loss"][0]
    assert trained != pytest.approx(net.evaluate(*xy).loss, rel=1e-3)
