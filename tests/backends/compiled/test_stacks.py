"""Concatenations that grow lie in one array: every value is the one of NumPy."""

import itertools

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.fann import programs
from glassnet.fann.structure import shortcut
from glassnet.graph import Program, input_node


def appended(rng, x, weights):
    """Return a new value to append: a product, what is made of it, or what lies elsewhere."""
    kind = rng.integers(5)
    if kind == 0:
        return ops.tanh(x[:, : int(rng.integers(1, 3))])
    columns = int(rng.integers(1, 4))
    w = input_node(f"W{len(weights)}", (x.shape[1], columns), "float64")
    weights.append(w)
    z = ops.matmul(x, w)
    return {1: z, 2: ops.tanh(z), 3: ops.sum(z * z, axis=1, keepdims=True)}.get(kind, z * 0.5)


def drawn(seed):
    """A program of values that grow, with branches, repeated parts and several readers."""
    rng = np.random.default_rng(seed)
    x = input_node("x", ("n", int(rng.integers(1, 6))), "float64")
    weights, grown = [], [x]
    for _ in range(int(rng.integers(2, 9))):
        base = grown[-1] if rng.random() < 0.8 else grown[int(rng.integers(len(grown)))]
        new = appended(rng, base, weights)
        parts = [base, new, new] if rng.random() < 0.2 else [base, new]
        if rng.random() < 0.15:
            parts.reverse()
        grown.append(ops.concatenate(parts))
    outputs = {"last": ops.tanh(grown[-1]), "sums": ops.sum(grown[-1] * grown[-1], axis=0)}
    outputs["product"] = ops.matmul(grown[-1], grown[-1], transpose_a=True)
    if rng.random() < 0.3:
        outputs["stack"] = grown[int(rng.integers(1, len(grown)))]
    for k, one in enumerate(grown[1:-1]):
        if rng.random() < 0.4:
            outputs[f"part{k}"] = ops.sum(one, axis=1)
    return Program("grown", [x, *weights], outputs), rng


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_equal_numpy(seed):
    program, rng = drawn(seed)
    backend = backends.Compiled(threads=2)
    for rows in (1, 3, 17, 600) if seed % 8 == 0 else (17,):
        shapes = {name: node.shape for name, node in program.inputs.items()}
        shapes["x"] = (rows, shapes["x"][1])
        values = {name: rng.normal(size=shape) * 0.5 for name, shape in shapes.items()}
        found, expected = (one.run(program, values) for one in (backend, backends.get("numpy")))
        for name, array in expected.items():
            np.testing.assert_allclose(found[name], array, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("hidden", [(1, 1, 1, 1), (2, 1, 3), (3, 4)])
@pytest.mark.parametrize("algorithm", [programs.BATCH, programs.RPROP_NUMBER])
def test_shards_and_threads_make_no_difference(hidden, algorithm, monkeypatch):
    """The step of a shortcut network, cut into shards: NumPy's numbers, and one thread's bits."""
    monkeypatch.setattr("glassnet.backends.compiled.schedule.sharding._WORTH", 1.0)
    program = programs.step_program(shortcut([5, *hidden, 2]), programs.Kind(algorithm, 1, False))
    rng = np.random.default_rng(0)
    values = {
        name: rng.uniform(0.1, 0.9, tuple(1200 if dim == program.inputs["x"].shape[0] else dim
                                          for dim in node.shape))
        for name, node in program.inputs.items()
    }  # fmt: skip
    found = [backends.Compiled(threads=k).run(program, values) for k in (1, 3)]
    expected = backends.get("numpy").run(program, values)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[0][name], found[1][name], err_msg=name)
        np.testing.assert_allclose(found[0][name], array, rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_cascade_has_one_array_of_sources():
    """Room for the sources grows with the neurons, not with their square."""
    used, kind = [], programs.Kind(programs.RPROP_NUMBER, 1, False)
    for hidden in (10, 20, 40):
        program = programs.step_program(shortcut([10, *[1] * hidden, 2]), kind)
        schedule, _ = backends.Compiled().lowered(program, ("x", "y"), 256, 256)
        used.append(schedule.memory.used["Db"] / 256)
    first, second = (b - a for a, b in itertools.pairwise(used))
    assert second < 2.5 * first


@pytest.mark.parametrize("sizes", [(4, 2), (4, 1, 2), (4, 1, 1, 1, 2), (4, 3, 2, 1), (3, 2, 5, 2)])
@pytest.mark.parametrize("error", [0, 1])
def test_both_ways_back_through_a_shortcut_network_agree(sizes, error, monkeypatch):
    """One product a layer gives the error terms that sums layer by layer give."""
    kind = programs.Kind(programs.BATCH, error, False)
    rng = np.random.default_rng(len(sizes))
    found = []
    for way in (programs._sent_back_by_products, programs._sent_back_by_layers):
        monkeypatch.setattr(programs, "_sent_back_by_products", way)
        monkeypatch.setattr(programs, "_KEPT", {})
        program = programs.step_program(shortcut(list(sizes)), kind)
        if not found:
            symbol = program.inputs["x"].shape[0]
            values = {
                name: rng.normal(size=tuple(7 if dim == symbol else dim for dim in node.shape))
                for name, node in program.inputs.items()
            }
        found.append(backends.get("numpy").run(program, values))
    for name, array in found[1].items():
        np.testing.assert_allclose(found[0][name], array, rtol=1e-10, atol=1e-12, err_msg=name)
