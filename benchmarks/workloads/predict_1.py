"""One row through 64-30-10: predict, and a predictor made for it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np

from benchmarks._data import digits
from benchmarks._harness import PAUSE
from glassnet import models
from glassnet.backends import Numba
from glassnet.layers import Dense


def _per_call(function: Callable[[], object], calls: int = 2000) -> float:
    function()
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls * 1e6


def run() -> list[dict]:
    x, labels = digits()
    net = models.Sequential([Dense(30, "sigmoid"), Dense(10, "softmax")], seed=0)
    net.build((None, 64))
    backend = Numba()
    row, one = x[:1].astype("float32"), x[0].astype("float32")
    predictor = backend.predictor(net.network.prediction, net.network.weights())
    calls = {
        "glassnet predict": lambda: net.predict(row, verbose=0, backend=backend),
        "glassnet predictor": lambda: predictor(one),
    }
    assert np.allclose(calls["glassnet predict"]()[0], predictor(one), atol=1e-6)
    try:
        from sklearn.neural_network import MLPClassifier

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = MLPClassifier((30,), max_iter=2).fit(x, labels)
        calls["scikit-learn predict"] = lambda: model.predict(row)
        calls["scikit-learn predict_proba"] = lambda: model.predict_proba(row)
    except ImportError:
        pass
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(3):
        for name, call in calls.items():
            time.sleep(PAUSE)
            times[name].append(_per_call(call))
    print("\npredict-1: one row through 64-30-10")
    found = [{"name": name, "us": float(np.median(t))} for name, t in times.items()]
    for one_result in found:
        print(f"  {one_result['name']:28} {one_result['us']:9.2f} us a call")
    return [{"workload": "predict-1", "results": found}]
