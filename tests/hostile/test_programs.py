"""Names in programs are text: what they say is never run, and the programs do their work."""

import ast
import contextlib
import io
import itertools
import json
import pathlib

import numpy as np
import pytest

import glassnet as gn
from glassnet import ops
from glassnet.errors import FileFormatError, GraphError
from glassnet.formats import safetensors
from glassnet.graph import Program, input_node
from glassnet.graph.text import from_text, to_text
from glassnet.quoting import python_name, python_text
from tests.hostile.names import LAYERS, TEXTS, hidden_in

L = gn.layers
X = np.linspace(-1, 1, 12).reshape(6, 2)
Y = X[:, :1] * X[:, 1:]


def network(names, size=3):
    """A network with every name as that of a layer, with weights and with random numbers."""
    layers = [gn.Input((2,), name=names[0])]
    for place, name in enumerate(names):
        kind = (
            L.Dense(size, "tanh", name=name),
            L.Dropout(0.25, name=name),
            L.Activation("relu", name=name),
        )
        layers.append(kind[place % 3])
    return gn.Sequential([*layers, L.Dense(1, name="last")], "float64", seed=3)


def renamed(kind, name):
    """A class whose name a user chose badly."""
    return type(name, (kind,), {"slots": getattr(kind, "slots", {})})


def run(text, folder):
    """Run a program in a folder and return what it defines."""
    space = {"__name__": "program", "__file__": str(folder / "program.py")}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "program", "exec"), space)
    return space


def calls(text):
    """Return all functions that a program calls by their names alone."""
    tree = ast.walk(ast.parse(text))
    return {
        node.func.id
        for node in tree
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


@pytest.mark.parametrize("style", ["numpy", "loops"])
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_program_trains_whatever_its_layers_are_called(style, shift, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = LAYERS[shift:] + LAYERS[:shift]
    for optimizer in ("adam", "lambda", "Normal", "größe", '"""+1'):
        net = network(names, 12 if optimizer == "adam" else 3)
        rule = gn.optimizers.Adam if optimizer == "adam" else renamed(gn.optimizers.Adam, optimizer)
        loss = renamed(gn.losses.MeanSquaredError, 'x"""+open("canary","w")')
        net.compile(rule(0.01), loss())
        path = net.save_source("program.py", X, Y, style=style, epochs=2, batch_size=3)
        text = path.read_text(encoding="utf-8")
        made = run(text, tmp_path)
        net.fit(X, Y, epochs=2, batch_size=3, verbose=0)
        np.testing.assert_allclose(made["W_last"], net.get_weights()[-2], rtol=1e-9)
        path = net.save_source("predict.py", style=style, forward_only=True)
        run(path.read_text(encoding="utf-8"), tmp_path)
        assert not hidden_in(text) and "open" not in calls(text)
    assert not (tmp_path / "canary").exists()


OPTIMIZERS = {
    "adagrad": gn.optimizers.Adagrad(),
    "adam": gn.optimizers.Adam(),
    "adamw": gn.optimizers.AdamW(),
    "clipped": gn.optimizers.SGD(0.01, momentum=0.9, clip=gn.optimizers.ClipByGlobalNorm(0.5)),
    "fann_rprop": gn.optimizers.FannRPROP(),
    "lbfgs": gn.optimizers.LBFGS(),
    "nesterov": gn.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "quickprop": gn.optimizers.Quickprop(),
    "rmsprop": gn.optimizers.RMSprop(),
    "rprop": gn.optimizers.RPROP(),
    "sarprop": gn.optimizers.SARPROP(),
    "sgd": gn.optimizers.SGD(0.01),
    "warmup": gn.optimizers.Adam(gn.optimizers.Warmup(gn.optimizers.StepDecay(0.1, 2, 0.5), 3)),
}


def identifiers(text):
    """Return every name in a program, and what follows its first underscore: x_train, train."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        for field in ("id", "arg", "name", "asname"):
            found.add(getattr(node, field, None) or "")
        found.update(getattr(node, "names", []) if isinstance(node, ast.Global) else [])
    found |= {name.partition("_")[2] for name in found}
    return sorted(found - {""} | {"lambda", "sum", "learning_rate", "sample_weight", "penalty"})


KINDS = (
    lambda name: L.Dense(2, name=name),
    lambda name: L.Rescaling(1.01, name=name),  # its value has the name as it is
    lambda name: L.Dropout(0.01, name=name),
    lambda name: L.MaskedDense([[1, 1], [0, 1]], "tanh", name=name),
    lambda name: L.Activation("elu", name=name),
)


def chain(names, shift=0):
    """A network with each name as that of a layer, of every kind in turn."""
    made = [KINDS[(place + shift) % len(KINDS)](name) for place, name in enumerate(names)]
    return gn.Sequential([gn.Input((2,)), *made, L.Dense(1, name="last_one")], "float64", seed=3)


def last_loss(program, folder):
    """Run a program and return the last number it prints."""
    printed = io.StringIO()
    space = {"__name__": "program", "__file__": str(folder / "program.py")}
    with contextlib.redirect_stdout(printed):
        exec(compile(program.read_text(encoding="utf-8"), "program", "exec"), space)
    return float(printed.getvalue().split()[-1])


# Each name is that of a layer of each kind under one optimizer or another.
TURNS = [
    (optimizer, style, place % 5)
    for place, (style, optimizer) in enumerate(itertools.product(["numpy", "loops"], OPTIMIZERS))
    if (optimizer, style) != ("lbfgs", "loops")  # SciPy makes its steps
]


@pytest.mark.parametrize(("optimizer", "style", "shift"), TURNS)
def test_a_layer_may_be_called_as_anything_in_the_program_is(optimizer, style, shift, tmp_path):
    plain = chain(["one", "two", "three"])
    plain.compile(OPTIMIZERS[optimizer], "mse")
    options = {"style": style, "epochs": 2, "batch_size": 4}
    names = identifiers(plain.source(X, Y, **options))
    assert {"x", "y", "seed", "last_one"} <= {*names}
    net = chain([name for name in names if name != "last_one"], shift)
    net.compile(OPTIMIZERS[optimizer], "mse")
    program = net.save_source(tmp_path / "program.py", X, Y, **options)
    expected = net.fit(X, Y, epochs=2, batch_size=4, verbose=0).history["loss"][-1]
    assert last_loss(program, tmp_path) == pytest.approx(expected, rel=2e-5)
    path = net.save_source(tmp_path / "predict.py", style=style, forward_only=True)
    made = run(path.read_text(encoding="utf-8"), tmp_path)
    given = X if style == "numpy" else X.tolist()
    np.testing.assert_allclose(made["predict"](given), net.predict(X), rtol=1e-9)


@pytest.mark.parametrize("style", ["numpy", "loops"])
@pytest.mark.parametrize("name", ["x1", "x2", "x1_train", "x2_train", "y_train", "seed", "n"])
@pytest.mark.parametrize("batch_size", [4, None])
def test_a_network_of_two_inputs_may_call_its_layers_as_its_inputs(
    name, style, batch_size, tmp_path
):
    for kind in (L.Concatenate, L.Dense):
        left, right = gn.Input((2,), name="y"), gn.Input((2,), name="x")
        joined = L.Concatenate(name=name if kind is L.Concatenate else "joined")([left, right])
        dense = L.Dense(2, "tanh", name=name if kind is L.Dense else "dense")(joined)
        net = gn.Model([left, right], L.Dense(1, name="last")(dense), dtype="float64", seed=1)
        net.compile("adam", "mse")
        options = {"epochs": 2, "batch_size": batch_size or len(X)}
        program = net.save_source(tmp_path / "program.py", [X, X + 1], Y, style=style, **options)
        expected = net.fit([X, X + 1], Y, verbose=0, **options).history["loss"][-1]
        assert last_loss(program, tmp_path) == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("name", ['a"b.py', "smile 😀 \\.py", "'.py", "größe.py"])
def test_a_program_finds_its_arrays_whatever_it_is_called(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = gn.Sequential([gn.Input((2,)), L.Dense(60), L.Dense(1)], "float64", seed=0)
    net.set_weights([w + 0.5 for w in net.get_weights()])
    path = net.save_source(name, forward_only=True)
    made = run(path.read_text(encoding="utf-8"), tmp_path)
    np.testing.assert_allclose(made["predict"](X), net.predict(X))


def test_compiled_source_and_text_of_the_graph_hold_names_as_text():
    def metric(y_true, y_pred):
        return 0.0

    metric.__name__ = f"m\n{TEXTS[-6]}"
    for name in LAYERS:
        net = network([name])
        net.compile("adam", "mse", [renamed(gn.metrics.MeanSquaredError, "a\n1/0")(), metric])
        text = net.compiled_source(3, rows=6)
        compile(text, "step", "exec")
        assert "open" not in calls(text)
    for name in TEXTS:
        x = input_node(name, ("n", 2))
        total = ops.sum(x).named(name)
        made = Program(name, [x], {f"out {name}": total, f"{name}.b": total}, [f"out {name}"])
        back = from_text(to_text(made))
        assert to_text(back) == to_text(made) and not hidden_in(to_text(made))
        assert list(back.outputs) == list(made.outputs) and back.totals == made.totals
        assert back.name == made.name and list(back.inputs) == [name]


def test_every_text_is_a_literal_and_makes_an_identifier():
    draw = np.random.default_rng(0)
    for _ in range(3000):
        numbers = draw.choice([0x80, 0x250, 0x3000, 0x110000], 6) * draw.random(6)
        text = "".join(map(chr, numbers.astype(int)))
        assert ast.literal_eval(python_text(text)) == text and python_text(text).isascii()
        name = python_name(text)
        assert name.isidentifier() and ast.parse(name).body[0].value.id == name


def test_names_in_a_file_pass_the_check_of_the_constructor(tmp_path):
    net = gn.Sequential([gn.Input((2,), name="in"), L.Dense(2, name="d"), L.Dropout(0.1)], seed=0)
    tensors, description = safetensors.read(net.save(tmp_path / "net.safetensors"))
    refused = ["a\nb", "a b", "a.b", "a/b", "a:b", "", "\u202ea", "a\x1b[31m", "\ud800", 3, ["a"]]
    for name in refused:
        with pytest.raises(GraphError):
            L.Dense(1, name=name)
        with pytest.raises(GraphError):
            gn.Input((1,), name=name)
        with pytest.raises(GraphError):
            net.layers[0].name = name
        for place in ("layer", "dropout", "input"):
            crafted = json.loads(json.dumps(description))
            topology = crafted["topology"]
            if place == "input":
                topology["input_names"] = [name]
            else:
                topology["layers"][place == "dropout"]["name"] = name
            (tmp_path / "bad.safetensors").write_bytes(safetensors.encode(tensors, crafted))
            with pytest.raises(FileFormatError, match="cannot be the name of a layer"):
                gn.load(tmp_path / "bad.safetensors")


def test_quoting_has_one_home():
    package = pathlib.Path(gn.__file__).parent
    elsewhere = (
        "html.escape",
        "from html import",
        "saxutils",
        "quoteattr",
        "shlex.",
        "typer.echo(",
    )
    for file in package.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for word in elsewhere:
            homes = {"typer.echo(": "say.py"}.get(word, "quoting.py")
            assert word not in text or file.name == homes, f"{word} in {file}"
