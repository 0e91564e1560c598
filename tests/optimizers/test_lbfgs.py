"""L-BFGS: the optimum of logistic regression, early ends, and what it refuses."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import TrainingError

linear_model = pytest.importorskip("sklearn.linear_model")

(X, Y), _ = gn.datasets.load("breast_cancer")
X = X.astype("f8")
X = (X - X.mean(axis=0)) / X.std(axis=0)
C = 2.0  # strong enough a penalty for one well-defined optimum


def network(optimizer, dtype="float64", l2=None):
    net = gn.Sequential(
        [gn.Input((30,)), gn.layers.Dense(1, "sigmoid", kernel_regularizer=l2)],
        dtype=dtype,
        seed=0,
    )
    net.compile(optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return net


def test_the_optimum_of_logistic_regression():
    """scikit-learn minimizes C Σ loss + ½ w²; ours is the mean loss + l2 w²."""
    net = network(
        gn.optimizers.LBFGS(tolerance=0, gradient_tolerance=1e-9),
        l2=gn.layers.regularizers.L2(0.5 / (C * len(X))),
    )
    history = net.fit(X, Y.reshape(-1, 1), epochs=2000, verbose=0)
    theirs = linear_model.LogisticRegression(C=C, tol=1e-10, max_iter=10_000).fit(X, Y)
    w, b = net.get_weights()
    np.testing.assert_allclose(w.ravel(), theirs.coef_.ravel(), atol=1e-4)
    np.testing.assert_allclose(b, theirs.intercept_, atol=1e-4)
    np.testing.assert_allclose(net.predict(X).ravel(), theirs.predict_proba(X)[:, 1], atol=1e-5)
    assert history.stopped.startswith("converged")
    assert len(history.history["loss"]) < 2000


def test_an_epoch_is_an_iteration():
    net = network("lbfgs")
    history = net.fit(X, Y.reshape(-1, 1), epochs=7, verbose=0)
    assert history.epoch == list(range(7))
    assert history.stopped == "all epochs done"
    losses = history.history["loss"]
    assert losses == sorted(losses, reverse=True)
    scores = net.evaluate(X, Y.reshape(-1, 1))
    assert losses[-1] == pytest.approx(scores["loss"], rel=1e-9)
    assert history.history["accuracy"][-1] == pytest.approx(scores["accuracy"])


def test_callbacks_and_validation_see_every_iteration():
    net = network("lbfgs")
    stop = gn.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    history = net.fit(
        X, Y.reshape(-1, 1), epochs=200, verbose=0, validation_split=0.3, callbacks=[stop]
    )
    best, lowest = history.best("val_loss")
    assert len(history.epoch) == best + 4
    assert lowest == min(history.history["val_loss"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_several_layers_and_weights(dtype):
    net = gn.Sequential(
        [gn.Input((30,)), gn.layers.Dense(8, "tanh"), gn.layers.Dense(2, "softmax")],
        dtype=dtype,
        seed=0,
    )
    net.compile("lbfgs", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    net.layers[0].trainable = False
    before = net.get_weights()[0]
    weights = np.where(Y == 0, 2.0, 1.0)
    net.fit(X, Y, epochs=60, verbose=0, sample_weight=weights)
    assert net.evaluate(X, Y)["accuracy"] > 0.9
    np.testing.assert_array_equal(net.get_weights()[0], before)


def test_loops_equal_numpy():
    def after(backend):
        net = network("lbfgs")
        net.fit(X[:40, :], Y[:40].reshape(-1, 1), epochs=3, verbose=0, backend=backend)
        return net.get_weights()[0]

    np.testing.assert_allclose(after("loops"), after("numpy"), rtol=1e-8)


def test_settings_survive_a_file(tmp_path):
    net = network(gn.optimizers.LBFGS(history=5, tolerance=1e-4))
    again = gn.load(net.save(tmp_path / "net.safetensors"))
    assert again.optimizer.to_config() == net.optimizer.to_config()
    assert again.optimizer.history == 5


def test_it_makes_no_single_steps():
    with pytest.raises(TrainingError, match=r"L-BFGS needs many.*use fit"):
        network("lbfgs").train_on_batch(X, Y.reshape(-1, 1))
