"""The equations are computed as they are written, and give the network's own numbers."""

import math
import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.explain.formula.equations import _READABLE
from glassnet.explain.formula.functions import function_and_slope
from glassnet.explain.formula.guides import GUIDE
from glassnet.explain.formula.tree import Apply, Ref
from glassnet.training.compile_record import CompileRecord
from glassnet.training.programs import gradient_program

FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "linear": lambda z: z,
    "softmax": None,
}
SLOPES = {
    "sigmoid": lambda z: FUNCTIONS["sigmoid"](z) * (1 - FUNCTIONS["sigmoid"](z)),
    "tanh": lambda z: 1 - math.tanh(z) ** 2,
    "relu": lambda z: float(z > 0),
    "linear": lambda z: 1.0,
}
SYMBOL = re.compile(r"[A-Za-zδ]\w*(?:,\d+)?(?:\^\(\d+\))?")


class Reader:
    """Computes written equations one after the other."""

    def __init__(self, net, x, y):
        self.values = {f"x_{j}": v for j, v in enumerate(x, 1)}
        self.values |= {f"y_{i}": v for i, v in enumerate(y, 1)}
        arrays = iter(net.get_weights())
        names = [gn.activations.name_of(layer.activation) for layer in net.layers]
        for number, layer in enumerate(net.layers, 1):
            for (j, i), value in np.ndenumerate(next(arrays)):
                self.values[f"w_{i + 1}{j + 1}^({number})"] = value
            if layer.use_bias:
                for i, value in enumerate(next(arrays), 1):
                    self.values[f"b_{i}^({number})"] = value
        self.functions = dict(FUNCTIONS)
        self.slopes = dict(SLOPES)
        if len(set(names)) == 1:
            self.functions["f"], self.slopes["f"] = FUNCTIONS[names[0]], SLOPES.get(names[0])

    def read(self, line):
        left, right = line.split(" = ")
        self.values[left] = self.value(right)

    def value(self, text):
        softmax = re.match(r"e\^(z_\d+\^\((\d+)\)) / Σ_k", text)
        if softmax:
            layer = f"^({softmax[2]})"
            all_ = [
                math.exp(v) for k, v in self.values.items() if re.match(r"z_\d", k) and layer in k
            ]
            return math.exp(self.values[softmax[1]]) / sum(all_)
        text = re.sub(r"([a-z]+)'\(", r"slopes['\1'](", text)
        text = re.sub(r"(?<!['\w])([a-z]+)\((?=z)", r"functions['\1'](", text)
        text = re.sub(r"([wbxyzhδ]_[\d,]+(?:\^\(\d+\))?)", r"v['\1']", text)
        text = text.replace(" · ", " * ").replace("] v[", "] * v[").replace("] (", "] * (")
        text = re.sub(r"^(-?)(\d+(?:/\d+)?) \(", r"\1\2 * (", text)
        names = {"v": self.values, "functions": self.functions, "slopes": self.slopes}
        return eval(text, {"__builtins__": {}}, names)


NETS = [
    ((3, 3, 1), ("sigmoid", "sigmoid"), None),
    ((2, 3, 2), ("tanh", "linear"), "mean_squared_error"),
    ((4, 2, 3), ("relu", "sigmoid"), "sum_squared_error"),
    ((2, 4, 3), ("tanh", "softmax"), "categorical_crossentropy"),
    ((3, 2, 2, 1), ("sigmoid", "tanh", "sigmoid"), "binary_crossentropy"),
    ((3, 2, 2), ("tanh", "sigmoid"), "binary_crossentropy"),
    ((2, 1), ("linear",), "half_sum_squared_error"),
]


def network(sizes, names, loss, use_bias=True):
    layers = [
        gn.layers.Dense(n, a, use_bias=use_bias) for n, a in zip(sizes[1:], names, strict=True)
    ]
    net = gn.Sequential([gn.Input((sizes[0],)), *layers], "float64", seed=3)
    net.build()
    if loss:
        net.compile("sgd", loss)
    return net


def gradient(net, x, y):
    record = CompileRecord.of_one("sgd", net.loss or gn.losses.HalfSumSquaredError())
    program = gradient_program(net.network.topology, record, "float64")
    values = {"x": x[None], "y": y[None], "seed": 0, "step": 1, **net.network.weights()}
    values = {name: np.asarray(value) for name, value in values.items() if name in program.inputs}
    return gn.backends.get("numpy").run(program, values)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize(("sizes", "names", "loss"), NETS)
def test_written_equations_give_the_networks_numbers(sizes, names, loss, use_bias):
    net = network(sizes, names, loss, use_bias)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=sizes[0]), np.eye(sizes[-1])[0]
    written = net.equations()
    reader = Reader(net, x, y)
    nodes = [line for line in written.forward().splitlines() if re.match(r"[zh]_", line)]
    errors = [line for line in written.backward().splitlines() if line.startswith("δ_")]
    for line in [*nodes, *errors]:
        reader.read(line)
    last = len(sizes)
    outputs = [reader.values[f"h_{i}^({last})"] for i in range(1, sizes[-1] + 1)]
    assert np.allclose(outputs, net.predict(x[None])[0], rtol=1e-12)
    check_gradient(written, reader, gradient(net, x, y), net, sizes)


def check_gradient(written, reader, found, net, sizes):
    for number, layer in enumerate(net.layers, 1):
        assert f"∂J/∂w_ij^({number}) = " in written.backward()
        before = "x_{}" if number == 1 else f"h_{{}}^({number})"
        v = reader.values
        deltas = [v[f"δ_{i}^({number + 1})"] for i in range(1, sizes[number] + 1)]
        inputs = [v[before.format(j)] for j in range(1, sizes[number - 1] + 1)]
        assert np.allclose(found[f"d.{layer.name}.kernel"], np.outer(inputs, deltas), rtol=1e-10)
        if layer.use_bias:
            assert np.allclose(found[f"d.{layer.name}.bias"], deltas, rtol=1e-10)


def test_the_articles_network_reads_as_in_the_article():
    text = str(network((3, 3, 1), ("sigmoid", "sigmoid"), None).equations())
    for line in (
        "z_1^(2) = w_11^(1) x_1 + w_12^(1) x_2 + w_13^(1) x_3 + b_1^(1)",
        "h_1^(3) = f(z_1^(3))",
        "f(z) = 1 / (1 + e^(-z))",
        "δ_1^(3) = -(y_1 - h_1^(3)) · f'(z_1^(3))",
        "δ^(2) = ((W^(2))ᵀ δ^(3)) • f'(z^(2))",
        "∂J/∂w_ij^(1) = x_j δ_i^(2)",
    ):
        assert line in text.replace("  ", "")


def test_many_nodes_are_written_with_dots():
    net = network((64, 30, 10), ("sigmoid", "softmax"), "sparse_categorical_crossentropy")
    text = str(net.equations())
    assert "w_30,1^(1) x_1 + w_30,2^(1) x_2 + … + w_30,64^(1) x_64 + b_30^(1)" in text
    assert len(text.splitlines()) < 60


def test_latex_is_balanced():
    for sizes, names, loss in NETS:
        latex = network(sizes, names, loss).equations().latex()
        assert latex.count("{") == latex.count("}")
        assert latex.startswith(r"\begin{align*}")
        assert latex.endswith(r"\end{align*}")
        assert not set("δ∂½²ᵀΣ…⋮•·") & set(latex)
        for line in latex.splitlines()[1:-1]:
            assert line.endswith(r"\\")
            assert line.count("&") == 1


def test_activation_layers_normalization_and_dropout_are_understood():
    layers = gn.layers
    net = gn.Sequential(
        [gn.Input((2,)), layers.Normalization(), layers.Dense(2), layers.Activation("tanh"),
         layers.Dropout(0.5), layers.Dense(1, "tanh")]
    )  # fmt: skip
    text = str(net.equations())
    assert "x_j = (r_j - μ_j)/σ_j" in text
    assert "f(z) = tanh z" in text


def test_other_losses_and_activations_are_named():
    net = network((2, 2, 1), ("gelu", "gelu"), "huber")
    text = str(net.equations())
    assert "the activation gelu" in text
    assert "the loss Huber" in text
    assert "δ_1^(3) = ∂J/∂h_1^(3) · f'(z_1^(3))" in text


def test_from_logits():
    net = network((2, 3), ("linear",), gn.losses.CategoricalCrossentropy(from_logits=True))
    assert "δ_1^(2) = softmax(z_1^(2)) - y_1" in str(net.equations())


def test_networks_without_equations_say_so():
    x = gn.Input((3,))
    branch = gn.Model(x, gn.layers.Add()([x, gn.layers.Dense(3)(x)]), seed=0)
    with pytest.raises(gn.errors.GraphError, match="branches"):
        branch.equations()
    net = gn.Sequential([gn.Input((3,)), gn.layers.Dense(2), gn.layers.Rescaling(2.0)])
    with pytest.raises(gn.errors.GraphError, match="Rescaling"):
        net.equations()
    with pytest.raises(gn.errors.GraphError, match="no dense layer"):
        gn.Sequential([gn.Input((3,)), gn.layers.Dropout(0.1)]).equations()


@pytest.mark.parametrize("name", sorted(_READABLE))
def test_the_written_functions_and_slopes_are_right(name):
    function = gn.activations.get(name)
    f = Apply("activation", (Ref("z"),), "f")
    value, slope = map(GUIDE.write, function_and_slope(function, Ref("z"), f))
    for z in (-1.7, -0.3, 0.4, 2.1):
        f = float(function(z))
        names = {"exp": math.exp, "ln": math.log, "tanh": math.tanh, "abs": abs, "max": max}
        assert math.isclose(eval(as_python(value), {**names, "z": z}), f, abs_tol=1e-12)
        found = eval(as_python(slope), {**names, "z": z, "fz": f})
        assert math.isclose(found, float(gn.grad(function)(z)), abs_tol=1e-9)


def as_python(text):
    """A written function as an expression."""
    for written, meant in (
        ("e^(-z)", "exp(-z)"),
        ("e^z", "exp(z)"),
        ("tanh z", "tanh(z)"),
        ("|z|", "abs(z)"),
        ("²", "**2"),
        ("f(z) (", "fz * ("),
        ("f(z)", "fz"),
        ("≥", ">="),
    ):
        text = text.replace(written, meant)
    return text
