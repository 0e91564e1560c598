"""The numbers the articles print, as the examples print them."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.examples import (
    forward,
    gradient_descent,
    loy,
    mazur,
    neuron,
    trask_learning_rates,
    trask_three_layers,
    trask_two_layers,
)


def floats(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text)]


def test_trask_two_layers(capsys):
    trask_two_layers.main(picture="")
    printed = capsys.readouterr().out.split("inputs")[0]
    assert printed.startswith("Output After Training:")
    assert floats(printed) == [0.00966449, 0.00786506, 0.99358898, 0.99211957]


def test_trask_three_layers(capsys):
    trask_three_layers.main(picture="")
    assert re.findall(r"Error:(\S+)", capsys.readouterr().out) == [
        "0.496410031903",
        "0.00858452565325",
        "0.00578945986251",
        "0.00462917677677",
        "0.00395876528027",
        "0.00351012256786",
    ]


@pytest.mark.slow
def test_trask_learning_rates(capsys):
    trask_learning_rates.main(picture="")
    out = capsys.readouterr().out
    found = dict(re.findall(r"Alpha:(\S+)\n(?:.*\n){5}Error after 50000 iterations:(\S+)", out))
    # At rate 100 the last digits are rounding, and depend on the machine's BLAS.
    assert float(found.pop("100")) == pytest.approx(0.125206352756, abs=1e-11)
    assert found == {
        "0.001": "0.485977857846",
        "0.01": "0.0985964298089",
        "0.1": "0.0130144905381",
        "1": "0.00351012256786",
        "10": "0.00131274062834",
        "1000": "0.5",
    }


def test_thomas_forward_pass(capsys):
    forward.main(repeat=1, picture="")
    out = capsys.readouterr().out
    assert out.count("0.8354556612") == 3
    assert "z = [2.1 3.4 4.7]" in out
    hidden = forward.by_matrices(forward.X, forward.W[:1], forward.B[:1])
    assert np.round(hidden, 10).tolist() == [0.8909031788, 0.9677045353, 0.9909867013]


def test_loops_and_matrices_agree_on_any_network():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(4, 3)), rng.normal(size=(2, 4)), rng.normal(size=(3, 2))]
    biases = [rng.normal(size=size) for size in (4, 2, 3)]
    x = rng.normal(size=3)
    loops = forward.by_loops(x, weights, biases)
    assert np.allclose(loops, forward.by_matrices(x, weights, biases), rtol=1e-14)
    assert np.allclose(loops, forward.network(weights, biases).predict(x[None])[0], rtol=1e-14)


def test_gradient_descent(capsys):
    gradient_descent.main(picture="")
    assert "occurs at 2.2499646074, after 70 steps" in capsys.readouterr().out
    # the article's own run stops earlier and prints 2.249965
    assert f"{gradient_descent.descend().x:.6f}" == "2.249965"


def test_mazur(capsys):
    mazur.main(steps=1, picture="")
    out = capsys.readouterr().out
    step = mazur.by_hand()
    assert np.round(step.a2, 8).tolist() == [[0.75136507, 0.77292847]]
    assert round(step.loss, 8) == 0.29837111
    new = [float(number) for number in re.findall(r"^w\d .* (\S+)$", out, re.MULTILINE)]
    assert [round(number, 8) for number in new] == [
        0.14978072, 0.19956143, 0.24975114, 0.29950229,
        0.35891648, 0.40866619, 0.51130127, 0.56137012,
    ]  # fmt: skip


def test_mazurs_hand_made_gradient_is_that_of_the_network():
    step, net = mazur.by_hand(), mazur.network(rate=1.0)
    before = net.get_weights()
    net.fit(mazur.X, mazur.Y, verbose=0)
    for old, new, gradient in zip(before, net.get_weights(), (step.dW1, step.dW2), strict=True):
        assert np.allclose(old - new, gradient, rtol=1e-10)


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (0, [0.01009649, 0.97157766, 0.97166525, 0.03297871]),
        (1, [0.00965854, 0.96893341, 0.96884749, 0.03646843]),
    ],
)
def test_loy(seed, expected, capsys):
    loy.main(seed=seed, picture="")
    printed = capsys.readouterr().out.split("loss")[0]
    assert floats(printed) == expected


def test_the_spam_neuron(capsys):
    assert neuron.by_hand()[3][0] == 5.0
    assert round(neuron.by_hand()[3][1], 4) == 0.9933
    assert neuron.by_hand()[3][2] == 1
    neuron.main(epochs=1, vocabulary=10, picture="")
    assert re.search(r"1 +1 +5  0\.9933 +1  spam", capsys.readouterr().out)


def test_the_fixed_biases_of_mazur_stay():
    net = mazur.network()
    net.fit(mazur.X, mazur.Y, epochs=5, verbose=0)
    assert [layer.offset for layer in net.layers if hasattr(layer, "offset")] == [0.35, 0.6]
    assert isinstance(net, gn.Sequential)
