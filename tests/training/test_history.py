"""History: epochs told one by one and epochs told as arrays make the same lists."""

import numpy as np

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
