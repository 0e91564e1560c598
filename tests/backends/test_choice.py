"""``backend="auto"`` follows from the amount of work alone."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends import choose
from glassnet.backends.choice import WORTH_COMPILING, estimated_seconds


def network(*units: int) -> gn.Sequential:
    layers = [gn.layers.Dense(size, "relu") for size in units[1:]]
    net = gn.Sequential([gn.Input((units[0],)), *layers], seed=0)
    net.compile("adam", "mse")
    return net


def test_more_work_takes_longer() -> None:
    small = network(4, 3, 1).network.step(False)
    large = network(784, 256, 10).network.step(False)
    assert estimated_seconds(small, 32) < estimated_seconds(large, 32)
    assert estimated_seconds(large, 32) < estimated_seconds(large, 1024)


@pytest.mark.parametrize(("times", "name"), [(1, "numpy"), (10_000_000, "numba")])
def test_the_choice_follows_from_the_work(times: int, name: str) -> None:
    choice = choose(network(4, 3, 1).network.step(False), 32, times)
    assert choice.name == name
    assert (choice.seconds > WORTH_COMPILING) == (name == "numba")


def test_a_small_job_says_that_it_runs_on_numpy(capsys: pytest.CaptureFixture[str]) -> None:
    x = np.zeros((8, 4), np.float32)
    history = network(4, 3, 1).fit(x, x[:, :1], epochs=2)
    assert history.params["backend"] == "numpy"
    expected = "NumPy backend: under a second of work, not worth compiling"
    assert expected in capsys.readouterr().err


def test_a_backend_that_was_named_is_taken_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    x = np.zeros((8, 4), np.float32)
    network(4, 3, 1).fit(x, x[:, :1], epochs=2, backend="numpy")
    assert "backend" not in capsys.readouterr().err
