"""The numbers of net.explain: each is the network's, and each line of arithmetic comes out."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.examples import mazur
from tests.explain.reading import check_arithmetic, compute, lines_of

layers = gn.layers

WIDE = 100_000


def network(parts, loss, optimizer="sgd", n_in=3, dtype="float64", seed=1):
    net = gn.Sequential([gn.Input((n_in,)), *parts], dtype=dtype, seed=seed)
    net.compile(optimizer, loss)
    return net


def sklearn_network():
    """The worked example of scikit-learn's test_mlp.py, test_fit: its penalty is ½·0.1·Σw²."""
    penalty = layers.regularizers.L2(0.05)
    parts = [layers.Dense(n, "sigmoid", kernel_regularizer=penalty) for n in (2, 1)]
    net = network(parts, "binary_crossentropy", gn.optimizers.SGD(0.1))
    net.set_weights([[[0.1, 0.2], [0.3, 0.1], [0.5, 0]], [0.1, 0.1], [[0.1], [0.2]], [1.0]])
    return net


SAMPLE, LABEL = [0.6, 0.8, 0.7], 0

# Name, published number, decimals it is right to. What scikit-learn's comment computes from
# intermediate results rounded to three digits is right to three decimals only, as its own test
# asks; the sigmoids are given with all digits.
SKLEARN = [
    ("a₁[0]", 0.679178699175393, 15),
    ("a₁[1]", 0.574442516811659, 15),
    ("a₂[0]", 0.7654329236196236, 3),
    ("d₂[0]", 0.765, 3),
    ("d₁[0]", 0.01667, 4),
    ("d₁[1]", 0.0374, 4),
    ("dW₁[0,0]", 0.0200, 4),
    ("dW₁[0,1]", 0.04244, 4),
    ("dW₁[1,0]", 0.043336, 4),
    ("dW₁[1,1]", 0.03992, 4),
    # The comment multiplies by 0.6 here, where the third input is 0.7; with 0.7 it is:
    ("dW₁[2,0]", 0.7 * 0.01667 + 0.1 * 0.5, 4),
    ("dW₁[2,1]", 0.7 * 0.0374 + 0.1 * 0.0, 4),
    ("dW₂[0,0]", 0.5294, 3),
    ("dW₂[1,0]", 0.45911, 2),
    ("db₁[0]", 0.01667, 4),
    ("db₁[1]", 0.0374, 4),
    ("db₂[0]", 0.765, 3),
    ("new W₁[0,0]", 0.098, 3),
    ("new W₁[0,1]", 0.195756, 4),
    ("new W₁[1,0]", 0.2956664, 4),
    ("new W₁[1,1]", 0.096008, 4),
    ("new W₁[2,0]", 0.4939998, 3),
    ("new W₁[2,1]", -0.002244, 3),
    ("new W₂[0,0]", 0.04706, 3),
    ("new W₂[1,0]", 0.154089, 3),
    ("new b₁[0]", 0.098333, 4),
    ("new b₁[1]", 0.09626, 4),
    ("new b₂[0]", 0.9235, 4),
]


def results(text):
    return {line.name: float(line.sides[-1]) for line in lines_of(text)}


def test_the_worked_example_of_scikit_learn_is_in_the_text():
    text = sklearn_network().explain(SAMPLE, LABEL).text(digits=16, width=WIDE)
    found = results(text)
    for name, published, decimals in SKLEARN:
        assert abs(found[name] - published) < 10.0**-decimals, name
    for sum_ in ("0.6·0.1 + 0.8·0.3 + 0.7·0.5 + 0.1", "0.6·0.2 + 0.8·0.1 + 0.7·0 + 0.1"):
        assert sum_ in text


def test_the_step_is_that_of_scikit_learn():
    """The same step by scikit-learn itself, to all digits."""
    neural = pytest.importorskip("sklearn.neural_network")
    mlp = neural.MLPClassifier(
        2, activation="logistic", solver="sgd", alpha=0.1, learning_rate_init=0.1, momentum=0
    )
    x, y = np.array([SAMPLE]), np.array([LABEL])
    mlp.partial_fit(x, y, classes=[0, 1])
    net, e = sklearn_network(), None
    mlp.coefs_ = [net.get_weights()[0], net.get_weights()[2]]
    mlp.intercepts_ = [net.get_weights()[1], net.get_weights()[3]]
    mlp._optimizer.params = mlp.coefs_ + mlp.intercepts_
    mlp._optimizer.velocities = [np.zeros_like(one) for one in mlp._optimizer.params]
    e = net.explain(SAMPLE, LABEL)
    mlp.partial_fit(x, y)
    for name, new in zip(("W1", "W2", "b1", "b2"), mlp.coefs_ + mlp.intercepts_, strict=True):
        np.testing.assert_allclose(e[f"new {name}"], new, rtol=1e-12)


# Mazur's article, "A step by step backpropagation example", with the digits it prints.
MAZUR = """
    0.3775 0.593269992 0.596884378 1.105905967 0.75136507 0.772928465
    0.274811083 0.023560026 0.298371109
    0.74136507 0.186815602 0.082167041 0.138498562
    0.35891648 0.408666186 0.511301270 0.561370121
    0.055399425 -0.019049119 0.036350306 0.241300709 0.000438568
    0.149780716 0.19956143 0.24975114 0.29950229
"""


def test_every_number_of_mazurs_article_is_in_the_text():
    text = mazur.network().explain(mazur.X[0], mazur.Y[0]).text(digits=15)
    shown = [float(number) for number in re.findall(r"\d+\.\d+(?:e-?\d+)?", text)]
    for published in MAZUR.split():
        unit = 10.0 ** -len(published.partition(".")[2])
        distance = min(abs(abs(float(published)) - number) for number in shown)
        assert distance <= 1.0 * unit, (published, distance)


NETWORKS = {
    "scikit-learn": (sklearn_network, SAMPLE, LABEL),
    "mazur": (mazur.network, mazur.X[0], mazur.Y[0]),
    "softmax and adam": (
        lambda: network(
            [layers.Dense(4, "relu"), layers.Dense(3, "softmax")],
            "sparse_categorical_crossentropy", gn.optimizers.Adam(0.1),
        ),
        [[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]], [2, 0],
    ),
    "momentum": (
        lambda: network([layers.Dense(2, "tanh")], "mse", gn.optimizers.SGD(0.1, momentum=0.9)),
        [0.5, -1.0, 2.0], [0.3, -0.2],
    ),
    "huber, rmsprop": (
        lambda: network([layers.Dense(3, "softplus"), layers.Dense(1)], "huber", "rmsprop"),
        [0.5, -1.0, 2.0], [4.0],
    ),
    "one-hot, label as a row": (
        lambda: network([layers.Dense(3, "softmax")], "categorical_crossentropy"),
        [0.5, -1.0, 2.0], [0.0, 1.0, 0.0],
    ),
    "elu, clipping": (
        lambda: network(
            [layers.Dense(2, "elu"), layers.Dense(1, "silu")], "mae",
            gn.optimizers.SGD(0.1, clip=gn.optimizers.ClipByGlobalNorm(0.01)),
        ),
        [0.5, -1.0, 2.0], 4.0,
    ),
    "dropout, normalization": (
        lambda: network(
            [layers.Normalization(), layers.Dense(4, "leaky_relu"), layers.Dropout(0.4),
             layers.Dense(2, "sigmoid")], "mse", "nadam" if "nadam" in OPTIMIZERS else "adamw",
        ),
        [[0.5, -1.0, 2.0], [0.1, 0.2, 0.3]], [[0.0, 1.0], [1.0, 1.0]],
    ),
    "wide": (
        lambda: network([layers.Dense(40, "selu"), layers.Dense(30, "gelu"), layers.Dense(12)],
                        "mse", "adam", n_in=50),
        np.linspace(-1, 1, 50), np.linspace(0, 1, 12),
    ),
}  # fmt: skip
OPTIMIZERS = set(gn.optimizers.FAMILY.names())


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("digits", [4, 6, 12])
def test_every_line_of_arithmetic_comes_out(name, digits):
    make, x, y = NETWORKS[name]
    text = make().explain(x, y).text(digits=digits, width=WIDE)
    check_arithmetic(text, digits, least=15)


@pytest.mark.parametrize("name", ["softmax and adam", pytest.param("wide", marks=pytest.mark.slow)])
def test_unfolded_lines_come_out_as_well(name):
    make, x, y = NETWORKS[name]
    e = make().explain(x, y)
    names = [step.name for step in e.steps if step.value.size < 60]
    text = e.text(unfold=names, width=WIDE)
    assert "more terms" not in text or name == "wide"
    check_arithmetic(text, 6, least=60)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_results_are_the_values(name):
    make, x, y = NETWORKS[name]
    e = make().explain(x, y)
    for step in e.steps:
        array = e[step.name]
        for entry in step.entries(e.fold(False, step.name)):
            assert entry.number == array[entry.left.index or ()], step.name


def test_symbols_stand_for_the_values():
    """The line in symbols, computed with the arrays themselves, gives the entry."""
    e = sklearn_network().explain(SAMPLE, LABEL)
    names = {name.replace(" ", "_"): e[name] for name in e}
    names |= {"η": e["learning_rate"], "n": 1, "ln": np.log, "exp": np.exp, "L": e["loss"]}
    names["sigmoid"] = gn.activations.sigmoid
    digits = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    checked = 0
    for line in lines_of(e.text(width=WIDE)):
        side = line.sides[0].translate(digits).replace("new ", "new_")
        if "[" in side:
            value = eval(side.replace("·", "*").replace("²", "**2"), names)
            left = eval(line.name.translate(digits).replace("new ", "new_"), names)
            np.testing.assert_allclose(value, left, rtol=1e-14)
            checked += 1
    assert checked == len(e.steps)


@pytest.mark.parametrize("name", [one for one in NETWORKS if one != "wide"])
def test_the_factors_of_why_multiply_up_to_the_gradient(name):
    make, x, y = NETWORKS[name]
    e = make().explain(x, y)
    for weight in [one for one in e.names if re.fullmatch(r"[Wb]\d", one)]:
        for place in np.ndindex(e[weight].shape):
            why = e.why(weight, place)
            gradient = e[f"d{weight}"][place]
            np.testing.assert_allclose(why.value, gradient, rtol=1e-9, atol=1e-15)
            shown = sum(path.number for path in why.paths) + why.rest
            np.testing.assert_allclose(shown, gradient, rtol=1e-9, atol=1e-15)
            for path in why.paths:
                product = np.prod([factor.number for factor in path.factors])
                np.testing.assert_allclose(product, path.number, rtol=1e-12)


def test_the_text_of_why_comes_out():
    text = str(mazur.network().explain(mazur.X[0], mazur.Y[0]).why("W1", (0, 0)))
    products = re.findall(r"product +=(.*)=(.*)", text)
    assert len(products) == 2
    for product, result in products:
        np.testing.assert_allclose(compute(product.strip()), float(result), rtol=1e-5)
    total = re.search(r"Sum of all paths: (.*) = (.*)", text)
    np.testing.assert_allclose(compute(total[1]), float(total[2]), rtol=1e-5)


def test_where_numbers_cancel_a_reader_gets_the_result_all_the_same():
    """A prediction near 1 and a small step: more digits are written than usual."""
    net = network([layers.Dense(3, "softmax")], "sparse_categorical_crossentropy", "adam")
    net.set_weights([np.diag([10.4, 0.3, 0.1]), np.array([0.18171, 0.0, 0.0])])
    e = net.explain([1.0, 0.5, -0.5], 0)
    assert 0 < 1 - e["a1"][0] < 1e-4
    check_arithmetic(e.text(digits=5, width=WIDE), 5, least=30, is_near=True)
