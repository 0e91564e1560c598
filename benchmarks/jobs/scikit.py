"""scikit-learn: MLPClassifier; two classes have one logistic output there."""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.jobs._job import Net, Weights, trained

warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of epochs is meant


def train(net: Net, x, y) -> Weights:
    model = MLPClassifier(
        net.widths[1:-1],
        activation=net.hidden,
        alpha=0.0,
        batch_size=net.batch,
        learning_rate_init=net.rate,
        max_iter=net.epochs,
        n_iter_no_change=net.epochs,  # no end before the last epoch
        tol=0.0,
        random_state=net.seed,
    )
    model.fit(x, y)
    assert model.n_iter_ == net.epochs
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    return [part for pair in pairs for part in pair]


trained(train)
