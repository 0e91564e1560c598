"""scikit-learn's MLPClassifier, from the same weights."""

from __future__ import annotations

import warnings

import numpy as np

from benchmarks._task import Contestant, Missing, Task

_NAMES = {"relu": "relu", "sigmoid": "logistic"}


def maker(task: Task) -> Contestant:
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")  # that it has not converged is meant
    if task.output != "softmax":
        raise Missing("MLPClassifier has no such loss")
    model = MLPClassifier(
        tuple(task.widths[1:-1]),
        activation=_NAMES[task.hidden],
        alpha=0.0,
        batch_size=min(task.batch, len(task.x)),
        learning_rate_init=task.rate,
        epsilon=task.epsilon,
        shuffle=False,
        max_iter=1,
        tol=0.0,
        n_iter_no_change=10**9,
        warm_start=True,
    )
    model.fit(task.x, task.y)  # makes the weights, which are then replaced
    is_binary = task.widths[-1] == 2
    if not is_binary:
        weights = task.weights()
        model.coefs_, model.intercepts_ = weights[::2], weights[1::2]

    def train(epochs: int) -> None:
        model.max_iter = epochs
        model.fit(task.x, task.y)

    def predict(calls: int) -> None:
        row = task.x[:1]
        for _ in range(calls):
            model.predict(row)

    def weights_now():
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return [np.asarray(part) for pair in pairs for part in pair]

    if task.unit == "call":
        return Contestant(predict, lambda: [model.predict_proba(task.x[:1])[0]])
    note = "one output for two classes" if is_binary else ""
    return Contestant(train, None if is_binary else weights_now, note)
