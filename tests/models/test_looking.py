"""Looking at a model changes nothing in it, and what was looked at stays as it was."""

import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import GlassnetError, OutputError

ROWS = np.random.default_rng(0).normal(size=(12, 3))
TARGETS = (ROWS[:, :1] > 0) * 1.0


def made(*first: gn.layers.Layer, knows_input: bool = True) -> gn.Sequential:
    layers = [*first, gn.layers.Dense(4, "tanh"), gn.layers.Dense(1, "sigmoid")]
    net = gn.Sequential([gn.Input((3,)), *layers] if knows_input else layers, seed=1)
    net.compile("adam", "binary_crossentropy")
    return net


LOOKS = {
    "explain": lambda net: net.explain(ROWS[0], TARGETS[0]).text(),
    "diagnose": lambda net: net.diagnose(ROWS, TARGETS, verbose=0, checks=["initial_loss"]),
    "source": lambda net: net.source(ROWS[:5], TARGETS[:5]),
    "source in loops": lambda net: net.source(ROWS[:5], TARGETS[:5], style="loops"),
    "source of the prediction": lambda net: net.source(forward_only=True),
    "diagram": lambda net: net.diagram(ROWS[0]),
}


@pytest.mark.parametrize("look", list(LOOKS))
def test_looking_before_training_leaves_state_and_training_as_they_were(look):
    looked, other = made(gn.layers.Normalization()), made(gn.layers.Normalization())
    looked.build()
    LOOKS[look](looked)
    assert looked.network.state.slots == {}
    assert not looked.layers[0].is_adapted
    for net in (looked, other):
        net.fit(ROWS, TARGETS, epochs=2, verbose=0)
    for ours, theirs in zip(looked.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_program_has_the_normalization_that_the_network_gives_back():
    net = made(gn.layers.Normalization())
    program = str(net.source(ROWS, TARGETS, epochs=2, batch_size="full"))
    names: dict[str, object] = {}
    exec(compile(program, "program", "exec"), names)
    net.fit(ROWS, TARGETS, epochs=2, batch_size="full", verbose=0)
    np.testing.assert_allclose(names["W1"], net.get_weights()[2], rtol=1e-5)


@pytest.mark.parametrize("targets", [np.full((12, 1), np.nan), np.zeros((12, 3)), np.zeros((5, 1))])
def test_refused_data_leave_the_model_unbuilt(targets):
    net = made(knows_input=False)
    with pytest.raises(GlassnetError):
        net.source(np.zeros((12, 7)), targets)
    assert not net.built
    net.fit(ROWS, TARGETS, verbose=0)


def test_a_wrong_style_leaves_the_model_unbuilt():
    net = made(knows_input=False)
    with pytest.raises(GlassnetError, match="loops"):
        net.source(ROWS, TARGETS, style="latex")
    assert not net.built


def test_arrays_beside_a_program_hold_what_it_learned_from_the_data(tmp_path):
    net = gn.Sequential([gn.layers.Normalization(), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mean_squared_error")
    wide = np.random.default_rng(1).normal(5.0, 1.0, size=(8, 500))
    net.save_source(tmp_path / "net.py", wide, TARGETS[:8])
    means = [a for a in np.load(tmp_path / "net.npz").values() if a.shape == (500,) and a.min() > 2]
    assert len(means) == 1
    np.testing.assert_allclose(means[0], wide.mean(axis=0), rtol=1e-5)


def test_arrays_beside_a_program_stay_where_the_program_cannot_be_written(tmp_path):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(200), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mean_squared_error")
    net.fit(ROWS, TARGETS, verbose=0)
    net.save_source(tmp_path / "net.py", ROWS, TARGETS)
    before = (tmp_path / "net.npz").read_bytes()
    (tmp_path / "net.py").unlink()
    (tmp_path / "net.py").mkdir()
    net.fit(ROWS, TARGETS, verbose=0)
    with pytest.raises(OutputError, match="folder"):
        net.save_source(tmp_path / "net.py", ROWS, TARGETS)
    assert (tmp_path / "net.npz").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.npz", "net.py"]


def test_arrays_of_somebody_else_are_not_written_over(tmp_path):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(200), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mean_squared_error")
    net.fit(ROWS, TARGETS, verbose=0)
    beside = tmp_path / "net.npz"
    np.savez(beside, x=ROWS)
    for content in (beside.read_bytes(), b"mine"):
        beside.write_bytes(content)
        with pytest.raises(OutputError, match="was not written with a program; move it away"):
            net.save_source(tmp_path / "net.py", ROWS, TARGETS)
        assert beside.read_bytes() == content
        assert not (tmp_path / "net.py").exists()
    beside.unlink()
    net.save_source(tmp_path / "net.py", ROWS, TARGETS)
    first = beside.read_bytes()
    net.fit(ROWS, TARGETS, verbose=0)
    net.save_source(tmp_path / "net.py", ROWS, TARGETS)  # its own are
    assert beside.read_bytes() != first


def test_a_program_finds_its_arrays_from_every_folder(tmp_path):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(200), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mean_squared_error")
    net.fit(ROWS, TARGETS, verbose=0)
    (tmp_path / "elsewhere").mkdir()
    for settings in ({"x": ROWS, "y": TARGETS}, {"forward_only": True}):
        path = net.save_source(tmp_path / "net.py", **settings)
        done = subprocess.run(
            [sys.executable, path], cwd=tmp_path / "elsewhere", capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_a_program_finds_its_arrays_by_any_name(tmp_path):
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(200), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mean_squared_error")
    net.fit(ROWS, TARGETS, verbose=0)
    path = net.save_source(tmp_path / 'a"b\\c.py', ROWS, TARGETS)
    done = subprocess.run([sys.executable, path.name], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "loss" in done.stdout
