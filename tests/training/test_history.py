"""History: epochs told one by one and epochs told as arrays make the same lists."""

import numpy as np
import pytest

from glassnet.callbacks import EarlyStopping
from glassnet.errors import ArgumentError
from glassnet.training.history import History


def test_arrays_and_single_epochs_in_any_order():
    history = History()
    history.add(0, {"loss": 3.0})
    history.add_many(1, {"loss": np.array([2.0, 1.5])})
    assert history.last() == {"loss": 1.5}
    history.add(3, {"loss": 1.0})
    assert history.last() == {"loss": 1.0}
    history.add_many(4, {"loss": np.array([0.5])})
    assert history.epoch == [0, 1, 2, 3, 4]
    assert history.history == {"loss": [3.0, 2.0, 1.5, 1.0, 0.5]}
    assert history.best("loss") == (4, 0.5)


def test_an_empty_history():
    assert History().last() == {} and History().history == {} and History().epoch == []


@pytest.mark.parametrize(
    ("name", "best"),
    [
        *((name, (1, 3.0)) for name in ("accuracy", "exact_match", "f1", "precision", "recall")),
        *((name, (1, 3.0)) for name in ("r2", "roc_auc", "top_k_accuracy")),
        *((name, (0, 1.0)) for name in ("loss", "mean_absolute_error", "bit_fail", "mine")),
    ],
)
@pytest.mark.parametrize("prefix", ["", "val_"])
def test_what_is_best_goes_by_the_name_as_for_callbacks(name, prefix, best):
    history = History()
    for epoch, value in enumerate([1.0, 3.0, float("nan"), 2.0]):
        history.add(epoch, {prefix + name: value})
    assert history.best(prefix + name) == best
    assert history.best(prefix + name, EarlyStopping(prefix + name).mode) == best
    assert history.best(prefix + name, "min") == (0, 1.0)
    assert history.best(prefix + name, "max") == (1, 3.0)
    with pytest.raises(ArgumentError, match=r"mode='least' must be 'auto', 'min' or 'max'"):
        history.best(prefix + name, "least")
