"""``backend="auto"`` follows from the amount of work alone."""

import pathlib

import numpy as np
import pytest

import glassnet as gn
import glassnet.fann as libfann
from glassnet.backends import choice, choose
from glassnet.backends.choice import WORTH_COMPILING, estimated_seconds
from glassnet.training.checkpoints import Checkpoint


def network(*units: int) -> gn.Sequential:
    layers = [gn.layers.Dense(size, "relu") for size in units[1:]]
    net = gn.Sequential([gn.Input((units[0],)), *layers], seed=0)
    net.compile("adam", "mse")
    return net


def test_more_work_takes_longer() -> None:
    small = network(4, 3, 1).network.step()
    large = network(784, 256, 10).network.step()
    assert estimated_seconds(small, 32) < estimated_seconds(large, 32)
    assert estimated_seconds(large, 32) < estimated_seconds(large, 1024)


@pytest.mark.parametrize(("times", "name"), [(1, "numpy"), (10_000_000, "compiled")])
def test_the_choice_follows_from_the_work(times: int, name: str) -> None:
    found = choose(network(4, 3, 1).network.step(), 32, times)
    assert found.name == name
    assert (found.seconds > WORTH_COMPILING) == (name == "compiled")


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


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Return samples of which ten epochs are worth compiling for."""
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    seconds = 2 * estimated_seconds(network(4, 3, 1).network.step(), 32)
    monkeypatch.setattr(choice, "WORTH_COMPILING", 9.5 * seconds)
    return x


def test_many_short_fits_are_a_long_job(samples: np.ndarray) -> None:
    net = network(4, 3, 1)
    taken = [net.fit(samples, samples[:, :1], verbose=0).params["backend"] for _ in range(12)]
    assert taken == ["numpy"] * 9 + ["compiled"] * 3


def test_steps_made_before_are_kept_in_the_file(
    samples: np.ndarray, tmp_path: pathlib.Path
) -> None:
    net = network(4, 3, 1)
    net.fit(samples, samples[:, :1], epochs=9, verbose=0)
    net.save(tmp_path / "net.safetensors")
    loaded = gn.load(tmp_path / "net.safetensors")
    history = loaded.fit(samples, samples[:, :1], verbose=0)
    assert history.params["backend"] == "compiled"


def test_single_steps_get_there_too(samples: np.ndarray) -> None:
    scores = []
    for steps in (0, 100):
        net = network(4, 3, 1)
        net.build((None, 4))
        net.network.state.step = steps  # as if it had made them
        scores.append([net.train_on_batch(samples, samples[:, :1]).loss for _ in range(3)])
    assert scores[0][0] == pytest.approx(scores[1][0], rel=1e-5)
    assert scores[1][2] < scores[1][0]


@pytest.mark.parametrize("backend", ["auto", "compiled"])
def test_a_resumed_run_takes_the_backend_of_its_checkpoint(
    samples: np.ndarray, tmp_path: pathlib.Path, backend: str
) -> None:
    path = tmp_path / "run.safetensors"
    keep = gn.callbacks.ModelCheckpoint(path)
    settings = {"verbose": 0, "backend": backend, "callbacks": keep}
    network(4, 3, 1).fit(samples, samples[:, :1], epochs=1, **settings)
    resumed = network(4, 3, 1).fit(samples, samples[:, :1], epochs=40, verbose=0, resume=path)
    assert resumed.params["backend"] == ("compiled" if backend == "compiled" else "numpy")


def test_the_name_of_before_is_taken(
    samples: np.ndarray, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gn.backends.Numba is gn.backends.Compiled
    assert gn.backends.get("numba") is gn.backends.get("compiled")
    net = network(4, 3, 1)
    history = net.fit(samples, samples[:, :1], verbose=0, backend="numba")
    assert history.params["backend"] == "compiled"
    assert net.predict(samples, backend="numba").shape == (len(samples), 1)
    monkeypatch.setenv("GLASSNET_BACKEND", "numba")
    assert gn.backends.standing_for_auto() == "compiled"
    gn.set_backend("numba")
    try:
        assert gn.backends.standing_for_auto() == "compiled"
    finally:
        gn.set_backend(None)
    one = libfann.neural_net()
    one.create_standard(2, 2, 1)
    one.set_backend("numba")
    assert one._backend is gn.backends.get("compiled")


def test_a_checkpoint_with_the_name_of_before_is_resumed_alike() -> None:
    for name, expected in (("numba", "compiled"), ("compiled", "compiled"), (None, "auto")):
        assert Checkpoint("net", {}, {"run": {"backend": name}}).backend == expected


def test_what_auto_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(**options: object) -> str:
        x = np.zeros((8, 4), np.float32)
        return network(4, 3, 1).fit(x, x[:, :1], verbose=0, **options).params["backend"]

    assert taken() == "numpy"
    monkeypatch.setenv("GLASSNET_BACKEND", "compiled")
    assert taken() == "compiled" and taken(backend="loops") == "loops"
    gn.set_backend("numpy")
    try:
        assert taken() == "numpy" and gn.backends.get("auto").name == "numpy"
        with pytest.raises(gn.errors.ArgumentError, match=r"backend='compile' is not .*'compiled'"):
            gn.set_backend("compile")
    finally:
        gn.set_backend(None)
    assert taken() == "compiled"
    monkeypatch.setenv("GLASSNET_BACKEND", "gpu")
    with pytest.raises(gn.errors.ArgumentError, match="GLASSNET_BACKEND='gpu' is not known"):
        taken()
