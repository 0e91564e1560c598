"""Statements: which values get a line, what they are called, and in what order they stand."""

import keyword

import numpy as np
import pytest

import glassnet as gn
from glassnet import backends, ops
from glassnet.graph import Program, constant, input_node, list_statements, topological_order
from glassnet.graph.statements import STAGES
from glassnet.training.programs import traced_program


def traced(layers, loss, optimizer, n_in=3):
    net = gn.Sequential([gn.Input((n_in,)), *layers], dtype="float64", seed=0)
    net.compile(optimizer, loss)
    network = net.network
    return traced_program(network.topology, network.record, "float64")


def trask():
    layers = [gn.layers.Dense(units, "sigmoid", use_bias=False) for units in (4, 1)]
    return traced(layers, "half_sum_squared_error", gn.optimizers.SGD(1.0))


def test_the_short_program_has_the_lines_of_the_design():
    listing = list_statements(trask())
    found = [(one.stage, one.name, one.reads) for one in listing.statements]
    assert found == [
        ("forward", "a1", ("x", "W1")),
        ("forward", "a2", ("a1", "W2")),
        ("loss", "loss", ("a2", "y")),
        ("backward", "d2", ("a2", "y")),
        ("backward", "dW2", ("a1", "d2")),
        ("backward", "dW1", ("x", "d2", "W2", "a1")),
        ("update", "W1", ("W1", "learning_rate", "dW1")),
        ("update", "W2", ("W2", "learning_rate", "dW2")),
    ]


def test_every_named_value_can_have_a_line():
    names = [one.name for one in list_statements(trask(), keep_named=True).statements]
    expected = ["z1", "a1", "z2", "a2", "loss", "d2", "da1", "d1", "dW1", "dW2", "W1", "W2"]
    assert sorted(names) == sorted(expected)


def test_names_that_were_given_are_kept():
    layers = [
        gn.layers.Dense(4, "tanh", name="hidden"),
        gn.layers.Dropout(0.3, name="drop"),
        gn.layers.Dense(2, "softmax", name="class"),
    ]
    program = traced(layers, "sparse_categorical_crossentropy", "sgd")
    names = {one.name for one in list_statements(program).statements}
    assert {"a_hidden", "drop", "drop_mask", "z_class", "a_class", "d_hidden", "dW_class"} <= names


@pytest.mark.parametrize("optimizer", sorted(set(gn.optimizers.FAMILY.names()) - {"lbfgs"}))
@pytest.mark.parametrize("keep_named", [False, True])
def test_each_line_reads_what_stands_before_it(optimizer, keep_named):
    layers = [gn.layers.Dense(4, "gelu", name="if"), gn.layers.Dense(2, name="list")]
    listing = list_statements(traced(layers, "mse", optimizer), keep_named=keep_named)
    known = set(listing.inputs)
    replaced = set()
    stages = [STAGES.index(one.stage) for one in listing.statements]
    assert stages == sorted(stages)
    for one in listing.statements:
        assert one.name.isidentifier() and not keyword.iskeyword(one.name)
        assert set(one.reads) <= known
        if one.state:
            assert one.name in listing.inputs
            replaced.add(one.name)
        else:
            assert one.name not in known
        known.add(one.name)
    assert {listing.name_of(listing.program.inputs[s]) for s in listing.program.state} == replaced


def run(listing, values):
    """Compute statement by statement, each from the values its names have at that moment."""
    known = dict(values)
    for one in listing.statements:
        inputs, seen = [], set()
        for name in one.reads:
            node = named(listing, name, one)
            if id(node) not in seen:
                seen.add(id(node))
                inputs.append((name, node))
        known[one.name] = evaluate(one.node, inputs, known)
    return known


def named(listing, name, statement):
    """The node a name stands for: the latest statement of that name before this one."""
    found = listing.inputs.get(name)
    for one in listing.statements:
        if one is statement:
            return found
        if one.name == name:
            found = one.node
    return found


def evaluate(node, inputs, known):
    new = {id(old): input_node(name, old.shape, old.dtype) for name, old in inputs}

    def copy(one):
        if one.op.name == "size":  # written as a number, or as n: the rows of the batch
            dim = one.inputs[0].shape[one.attrs["axis"]]
            return constant(float(dim)) if isinstance(dim, int) else ops.size(ROWS, 0)
        if id(one) not in new:
            children = tuple(copy(child) for child in one.inputs)
            new[id(one)] = type(one)(one.op, children, one.attrs, one.shape, one.dtype)
        return new[id(one)]

    result = copy(node)
    program = Program("one", [new[id(old)] for _, old in inputs] + [ROWS], {"v": result})
    values = {name: known[name] for name, _ in inputs} | {"rows": np.zeros((5, 1))}
    return backends.get("loops").run(program, values)["v"]


ROWS = input_node("rows", ("n", 1), "float64")


@pytest.mark.parametrize("optimizer", sorted(set(gn.optimizers.FAMILY.names()) - {"lbfgs"}))
def test_the_lines_compute_what_the_program_computes(optimizer):
    program = traced([gn.layers.Dense(4, "tanh"), gn.layers.Dense(2)], "mae", optimizer)
    draw = np.random.default_rng(0)
    given = {}
    for name, node in program.inputs.items():
        shape = tuple(size if isinstance(size, int) else 5 for size in node.shape)
        given[name] = draw.uniform(0.1, 0.9, shape)
    given |= {"seed": 3, "step": 2}
    expected = backends.get("loops").run(program, given)
    listing = list_statements(program)
    known = run(listing, {label: given[n.attrs["name"]] for label, n in listing.inputs.items()})
    for name, node in listing.program.outputs.items():
        label = next((s.name for s in listing.statements if s.state == name), None)
        found = known[label or listing.name_of(node)]
        np.testing.assert_allclose(found, expected[name], rtol=1e-13, atol=1e-15)


def test_a_value_is_copied_where_two_outputs_share_it():
    w, v = input_node("w", (2,), "float64"), input_node("v", (2,), "float64")
    new = (w * 2.0).named("w_new")
    listing = list_statements(Program("p", [w, v], {"w": new, "v": new}))
    found = [(one.name, one.reads, one.state) for one in listing.statements]
    assert found == [("w", ("w",), "w"), ("v", ("w",), "v")]


def test_an_old_value_is_kept_until_its_last_reader():
    w, before = input_node("w", (2,), "float64"), input_node("before", (2,), "float64")
    move = (w - before).named("move")
    program = Program("p", [w, before], {"w": w + move, "before": w, "m": move * constant(2.0)})
    listing = list_statements(program)
    order = [one.name for one in listing.statements]
    assert order.index("before") < order.index("w")
    known = run(listing, {"w": np.array([3.0, 4.0]), "before": np.array([1.0, 1.0])})
    assert known["w"].tolist() == [5.0, 7.0] and known["before"].tolist() == [3.0, 4.0]


def walks(monkeypatch, depth):
    """How often a listing goes through the whole graph."""
    program = traced([gn.layers.Dense(2, "tanh") for _ in range(depth)], "mse", "adam")
    made = []

    def counted(outputs):
        made.append(1)
        return topological_order(outputs)

    with monkeypatch.context() as patch:
        for module in ("program", "statements", "rewrite", "readable"):
            name = f"glassnet.graph.{module}.topological_order"
            patch.setattr(name, counted, raising=False)
        list_statements(program)
    return len(made)


def test_a_deep_network_is_gone_through_no_more_often_than_a_flat_one(monkeypatch):
    assert walks(monkeypatch, 2) == walks(monkeypatch, 30) > 0
