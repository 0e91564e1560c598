"""Clipping: what the gradients become, in graph and in a run."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.graph import Program, constant
from glassnet.optimizers import clipping

opt = gn.optimizers
G = [np.array([[3.0, -4.0, 0.5], [1.0, 0.0, -2.0]]), np.array([0.3, -12.0])]


def clipped(rule, gradients):
    nodes = rule([constant(g) for g in gradients])
    outputs = {f"g{n}": node for n, node in enumerate(nodes)}
    return list(gn.backends.get("numpy").run(Program("clip", [], outputs), {}).values())


def by_norm(g, limit):
    return g * min(1.0, limit / np.linalg.norm(g))


@pytest.mark.parametrize("limit", [0.1, 5.0, 1000.0])
def test_values(limit):
    for found, g in zip(clipped(opt.ClipByValue(limit), G), G, strict=True):
        np.testing.assert_allclose(found, np.clip(g, -limit, limit), rtol=1e-14)
    for found, g in zip(clipped(opt.ClipByNorm(limit), G), G, strict=True):
        np.testing.assert_allclose(found, by_norm(g, limit), rtol=1e-14)
    scale = min(1.0, limit / np.sqrt(sum(np.sum(g**2) for g in G)))
    for found, g in zip(clipped(opt.ClipByGlobalNorm(limit), G), G, strict=True):
        np.testing.assert_allclose(found, g * scale, rtol=1e-14)


RULES = {cls.__name__: cls for cls in clipping.FAMILY.members.values()}


@pytest.mark.parametrize("name", RULES)
def test_zero_and_small_gradients_stay(name):
    for g in (np.zeros((2, 3)), np.full((2, 3), 1e-200), np.full((2, 3), 0.01)):
        np.testing.assert_allclose(clipped(RULES[name](1.0), [g])[0], g, rtol=1e-15)


def test_every_rule_is_here():
    assert set(RULES) == {"ClipByGlobalNorm", "ClipByNorm", "ClipByValue"}
    assert set(RULES) <= set(opt.__all__)


@pytest.mark.parametrize("backend", ["numpy", "loops"])
@pytest.mark.parametrize("name", RULES)
def test_in_a_run(name, backend):
    """One step of plain descent shows the gradients that were used."""

    def step(clip):
        net = gn.Sequential(
            [gn.Input((3,)), gn.layers.Dense(5, "tanh"), gn.layers.Dense(2)],
            dtype="float64",
            seed=0,
        )
        net.compile(opt.SGD(1.0, clip=clip), loss="half_sum_squared_error")
        before = net.get_weights()
        draw = np.random.default_rng(0)
        net.fit(draw.normal(size=(4, 3)), draw.normal(size=(4, 2)), verbose=0, backend=backend)
        return [a - b for a, b in zip(before, net.get_weights(), strict=True)]

    rule = RULES[name](0.3)
    for found, expected in zip(step(rule), clipped(rule, step(None)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", RULES)
def test_description(name):
    again = opt.get(opt.Adam(clip=RULES[name](0.3)).to_config())
    assert type(again.clip) is RULES[name]
    assert again.clip.limit == 0.3
