"""Every example runs as a user runs it, says something, and draws; its parts do what they say."""

import contextlib
import importlib
import inspect
import io

import numpy as np
import pytest

import glassnet as gn
from glassnet.cli import main as command
from glassnet.examples import (
    about,
    gradient_descent,
    logistic_regression,
    module_of,
    names,
    neuron,
    nielsen,
    perceptron,
    rashid,
    sigmoid,
    spiral,
    thomas,
)
from glassnet.examples._logic import train
from glassnet.examples._options import _help
from tests.shared_data import shared_file

MNIST = {"rashid", "nielsen"}
SHORT = {
    "forward": ["--repeat", "1"],
    "logistic-regression": ["--epochs", "100"],
    "mazur": ["--steps", "10"],
    "neuron": ["--epochs", "1", "--vocabulary", "10"],
    "spiral": ["--epochs", "200"],
    "thomas": ["--iterations", "20", "--splits", "1"],
    "trask-learning-rates": ["--alphas", "1", "10", "--steps", "20000"],
    "trask-three-layers": ["--steps", "2000"],
    "trask-two-layers": ["--steps", "100"],
}


def run(*arguments):
    """What the command prints, and its exit code."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            command(["example", *arguments])
        except SystemExit as end:
            return out.getvalue(), end.code or 0
    return out.getvalue(), 0


@pytest.mark.parametrize("name", [name for name in names() if name not in MNIST])
def test_it_runs_says_what_to_notice_and_draws(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out, code = run(name, *SHORT.get(name, []))
    assert code == 0
    assert "Notice: " in out
    assert f"picture: {name}.png" in out
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", names())
def test_help_explains_every_option(name):
    out, code = run(name, "--help")
    assert code == 0
    assert f"glassnet example {name}" in out
    example = importlib.import_module(module_of(name)).main
    for option in inspect.signature(example).parameters:
        assert f"--{option.replace('_', '-')}" in out
        assert _help(example)[option].endswith(".")
    assert about(name).endswith((".", "%."))


def test_the_list_names_all():
    out, code = run("list")
    assert code == 0
    assert len(out.splitlines()) == len(names()) == 18
    assert all(f"  {name} " in out for name in names())
    assert run()[0].startswith("usage: glassnet example")


def test_an_unknown_name_or_option_is_told():
    out, code = run("xorr")
    assert code == 1
    assert "did you mean 'xor'?" in out
    out, code = run("xor", "--epoch-count", "3")
    assert code == 2
    assert "--epoch-count" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["xor", "--picture", "xor.bmp2"], 1, ".png, .svg, .pdf or .jpg"),
        (["xor", "--epochs", "0"], 2, "0 must be 1 or more"),
        (["xor", "--epochs", "many"], 2, "--epochs"),
        (["xor", "--rate", "-1"], 1, "learning_rate"),
        (["loy", "--steps", "1"], 1, "--steps 1"),
        (["trask-two-layers", "--steps", "1"], 1, "--steps 1"),
        (["neuron", "--weights", "1"], 1, "two numbers"),
        (["spiral", "--hidden", "-3"], 2, "-3 must be 1 or more"),
    ],
)
def test_wrong_options_are_told(arguments, code, message):
    out, came = run(*arguments)
    assert came == code, out
    assert message in out
    assert "Traceback" not in out


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    out, code = run("sigmoid", "--picture", str(tmp_path / "file" / "sigmoid.png"))
    assert code == 1
    assert "cannot be written" in out


def test_no_picture_where_none_is_wanted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "picture" not in run("sigmoid", "--picture", "")[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["and", "or", "xor"])
def test_logic_is_learned(name):
    net, _ = train(name, 3 if name == "xor" else 0, 500, 0.1, 0)
    (x, y), _ = gn.datasets.load(name)
    assert net.predict_labels(x).tolist() == y.tolist()


def test_xor_needs_the_hidden_layer():
    net, _ = train("xor", 0, 2_000, 0.1, 0)
    (x, y), _ = gn.datasets.load("xor")
    assert np.sum(net.predict_labels(x) == y) < 4


def test_the_perceptron_learns_and_and_or_but_not_xor():
    for name in ("and", "or"):
        net, mistakes = perceptron.learn(name)
        (x, y), _ = gn.datasets.load(name)
        assert net.predict_labels(x).tolist() == y.tolist()
        assert mistakes[-1] == 0
    assert all(perceptron.learn("xor", epochs=100)[1])


def test_what_is_said_of_the_sigmoid_holds():
    assert all(sigmoid.facts(np.linspace(-6, 6, 25)).values())
    assert [round(sigmoid.slope(x), 6) for x in (2, 0, -1)] == [0.104994, 0.25, 0.196612]


def test_logistic_regression_reaches_the_exact_optimum():
    found = logistic_regression.compare(epochs=3_000)
    best = found["exact optimum"][0]
    for loss, distance, accuracy in found.values():
        assert 0 <= loss - best < 1e-8
        assert distance < 2e-3
        assert accuracy > 0.97


def test_the_valley_is_walked_in_a_zigzag():
    path = gn.minimize(gradient_descent.valley, [-4.0, 1.5], learning_rate=0.17).path
    assert np.all(np.sign(path[1:6, 1]) == -np.sign(path[:5, 1]))
    assert np.all(np.diff(path[:6, 0]) > 0)


def test_the_spiral_needs_the_hidden_layer():
    assert 0.4 < spiral.train(0, 200)[1] < 0.6
    assert spiral.train(100, 10_000)[1] >= 0.98  # as many steps as in the notes
    with pytest.raises(gn.errors.ArgumentError, match="at least 1 unit"):
        spiral.main(hidden=0)


def test_thomas_loops_make_the_steps_of_the_network():
    assert thomas.loops_beside_network(2) < 1e-13


def test_thomas_with_his_weights_and_with_better_ones():
    with contextlib.redirect_stdout(io.StringIO()):
        accuracy, cost = thomas.article()
    assert 0.85 <= accuracy <= 0.90
    assert len(cost) == 3_000
    assert cost[-1] < 0.5 < 2.5 < cost[0]
    assert thomas.better_weights() >= 0.94


def test_the_top_of_thomas_ladder():
    assert np.mean([thomas.best(seed) for seed in range(4)]) >= 0.97


def test_neurons_learn_from_messages():
    sms = shared_file("text/SMSSpamCollection")
    x, y = neuron.sms(sms, "claim")
    assert x.shape == (5574, 2)
    assert 0.90 < neuron.learn(x, y, epochs=10)[1] < 0.93
    two, every, labels = neuron.mails(shared_file("tables/spambase.data"))
    assert two.shape == (4601, 2)
    assert neuron.learn(every, labels, epochs=10)[1] > 0.90


def test_the_neuron_does_without_the_messages(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path))
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path))
    neuron.main(picture="")
    assert "GLASSNET_DATA" in capsys.readouterr().out


# MNIST: the parts, and a short run where the images are at hand.


def test_rashids_scaling():
    x = rashid.scaled(np.array([[[0, 255] * 14] * 28], np.uint8))
    assert (round(float(x.min()), 6), round(float(x.max()), 6)) == (0.01, 1.0)
    targets = rashid.targets(np.array([3]))
    assert np.round(targets, 6).tolist() == [
        [np.float32(0.99) if k == 3 else np.float32(0.01) for k in range(10)]
    ]


def test_rotation():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4, 13:15] = 200  # a mark at the top
    assert np.allclose(rashid.rotated(image, 0.0), image)
    quarter = rashid.rotated(image, 90.0)[0]
    assert np.allclose(quarter[13:15, 4], 200) or np.allclose(quarter[13:15, 23], 200)
    back = rashid.rotated(rashid.rotated(image, 90.0), -90.0)
    assert np.allclose(back, image, atol=1e-3)
    tilted = rashid.rotated(image, 10.0)
    assert abs(tilted.sum() - image.sum()) < 1.0  # nothing leaves the image, nothing is added


def test_the_back_query_is_an_image():
    image = rashid.back_query(rashid.network(hidden=20), 3)
    assert image.shape == (28, 28)
    assert (round(float(image.min()), 6), round(float(image.max()), 6)) == (0.01, 0.99)


def test_own_digits(tmp_path, capsys):
    pixels = np.ones((28, 28))
    pixels[4:24, 13:15] = 0.0  # dark on white
    path = str(tmp_path / "one.png")
    write_png(path, pixels)
    net = rashid.network(hidden=20)
    images = rashid.own_digits((path,))
    assert images[0][10, 13] == 255
    assert abs(images[0][0, 0]) < 1e-9
    rashid.read_own_digits(net, (path,), images)
    assert path in capsys.readouterr().out
    with pytest.raises(gn.errors.DataError, match="PNG"):
        rashid.own_digits((str(tmp_path / "none.png"),))


@pytest.mark.parametrize("shape", [(56, 56), (280, 280), (14, 14), (100, 60), (28, 20), (333, 512)])
def test_own_digits_of_any_size_are_scaled(tmp_path, shape, capsys):
    height, width = shape
    pixels = np.ones(shape)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = 0.0
    write_png(tmp_path / "a.png", pixels)
    (image,) = rashid.own_digits((str(tmp_path / "a.png"),))
    assert image.shape == (28, 28)
    assert f"{width}x{height} pixels, scaled to 28x28" in capsys.readouterr().out
    # The share of ink of the square around it stays, and so does its place.
    square = (1 - pixels).sum() / max(shape) ** 2
    np.testing.assert_allclose(image.mean() / 255, square, rtol=1e-6)
    rows, columns = np.nonzero(image > 127)
    scale, before = 28 / max(shape), (max(shape) - width) // 2
    middle = (before + width * 0.375) * scale
    assert abs(columns.mean() + 0.5 - middle) < 1.5 and len(rows)


def test_what_cannot_be_used_is_refused_before_the_training(tmp_path, monkeypatch):
    from glassnet.examples import _options

    def train(*arguments, **settings):
        raise AssertionError("the training has begun")

    monkeypatch.setattr(rashid, "train", train)
    (tmp_path / "file").write_text("")
    for arguments, message in (
        (["--png", str(tmp_path / "none.png")], "cannot be read as a picture"),
        (["--png", str(tmp_path / "file")], "cannot be read as a picture"),
        (["--picture", str(tmp_path / "file" / "a.png")], "cannot be written"),
        (["--picture", "a.bmp2"], "ends in .png"),
    ):
        with pytest.raises(gn.errors.GlassnetError, match=message):
            _options.run(rashid.main, "rashid", "", arguments)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["eleven-lines", "11 lines", "Eleven_Lines", "trask", "iamtrask"], "trask-three-layers"),
        (["mazur", "backprop", "Matt Mazur"], "mazur"),
        (["nielsen", "mnist"], "nielsen"),
        (["spiral", "cs231n", "Karpathy"], "spiral"),
        (["logreg"], "logistic-regression"),
        (["feedforward"], "forward"),
        (["and_gate", "AND"], "and"),
    ],
)
def test_examples_are_found_by_what_people_call_them(words, name, capsys):
    from glassnet.examples import named

    assert [named(word) for word in words] == [name] * len(words)


def test_nicknames_name_one_example_each_and_stand_in_the_list():
    from glassnet.examples import named, nicknames, suggested

    every = [*names(), *(nick for name in names() for nick in nicknames(name))]
    assert len(set(every)) == len(every)
    lines = run("list")[0].splitlines()
    for name, line in zip(names(), lines, strict=True):
        assert line.startswith(f"  {name} ") and all(nick in line for nick in nicknames(name))
        assert all(named(nick) == name for nick in nicknames(name))
    for word in ("andrew-trask", "trsk", "nielson", "spirals", "elevenlines", "gradient"):
        assert "did you mean" in suggested(word)
        assert run(word)[1] == 1


def write_png(path, pixels):
    from matplotlib.image import imsave

    imsave(path, pixels, cmap="gray", vmin=0, vmax=1)


@pytest.fixture
def mnist(monkeypatch):
    monkeypatch.setenv("GLASSNET_DATA", str(shared_file("mnist").parent))


def test_rashid_learns_from_few_images(mnist):
    _, card = rashid.train(epochs=1, hidden=30, samples=2_000)
    assert card.shape == (10_000,)
    assert card.mean() > 0.7


def test_rotations_treble_the_images(mnist):
    net, _ = rashid.train(epochs=1, hidden=10, samples=100, rotations=10.0)
    assert net.network.state.step == 300


def test_nielsens_network(mnist):
    (x, y), _ = nielsen.data()
    net = nielsen.network()
    assert [w.shape for w in net.get_weights()] == [(784, 30), (30,), (30, 10), (10,)]
    net.fit(x[:5_000], y[:5_000], batch_size=10, epochs=2, verbose=0)
    assert net.evaluate(x[-1_000:], y[-1_000:], verbose=0).accuracy > 0.7


@pytest.mark.slow
def test_rashid_reaches_the_published_accuracy(mnist):
    assert rashid.train()[1].mean() >= 0.972


@pytest.mark.slow
def test_nielsen_reaches_the_published_accuracy(mnist):
    assert max(nielsen.train()[1]) >= 9_500
