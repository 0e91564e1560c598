"""scikit-learn's MLPClassifier; its Adam begins elsewhere, so weights are not compared."""

from __future__ import annotations

import warnings

from benchmarks._harness import Contestant, Task


def maker(task: Task) -> Contestant | None:
    try:
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        return None
    if task.output != "softmax":
        return None
    options = dict(batch_size=task.batch, max_iter=1, learning_rate_init=task.rate)
    model = MLPClassifier(tuple(task.widths[1:-1]), activation="relu", **options)

    def train(epochs: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(epochs):
                model.fit(task.x, task.y)

    return Contestant("scikit-learn", train)
