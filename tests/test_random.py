"""The random generator: known answers, one meaning everywhere, and the right distributions."""

import numpy as np
import pytest

from glassnet import backends, ops
from glassnet.graph import Program, input_node
from glassnet.random import (
    bits,
    derive_key,
    fill_bits,
    normal,
    permutation,
    stream_number,
    threefry2x32,
    uniform,
)

# The vectors published with the generator (Random123, kat_vectors, threefry2x32 20).
KNOWN = [
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.mark.parametrize(("key", "counter", "answer"), KNOWN)
def test_known_answers(key, counter, answer):
    assert threefry2x32(key, *counter) == answer


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**63 - 1, -1])
@pytest.mark.parametrize("stream", ["weights", "", 7, 2**32 + 7])
def test_many_at_once_are_the_plain_ones(seed, stream):
    key = derive_key(seed, stream, 3)
    expected = [word for counter in range(6) for word in threefry2x32(key, counter, 0)]
    assert bits(seed, stream, 3, 11).tolist() == expected[:11]


def test_a_long_array_is_the_beginning_of_a_longer_one():
    long = bits(5, "x", 0, 30_001)
    key = derive_key(5, "x", 0)
    for place in (0, 8191, 8192, 8193, 30_000):  # around the chunks
        assert long[place] == threefry2x32(key, place // 2, 0)[place % 2]
    for count in (0, 1, 2, 8192, 8193):
        assert np.array_equal(bits(5, "x", 0, count), long[:count])


def test_bits_are_written_where_they_are_wanted_and_shifted():
    raw = bits(5, "x", 1, 9)
    room = np.empty(9, "f4")
    assert fill_bits(room, 5, "x", 1, shift=8) is room
    assert np.array_equal(room, (raw >> 8).astype("f4"))


def test_a_stream_has_the_same_number_everywhere():
    assert [stream_number(name) for name in ("dense/W", 7, 2**32 + 7)] == [0x4C2B1ACE, 7, 7]


def test_streams_steps_and_seeds_differ():
    draws = [bits(*key, 4).tolist() for key in
             [(0, "a", 0), (0, "b", 0), (0, "a", 1), (1, "a", 0), (2**32, "a", 0)]]  # fmt: skip
    assert len({tuple(draw) for draw in draws}) == len(draws)


def test_every_bit_is_set_half_of_the_time():
    words = bits(0, "bits", 0, 20_000)
    share = [(words >> place & 1).mean() for place in range(32)]
    assert np.all(np.abs(np.array(share) - 0.5) < 0.02)
    neighbours = np.corrcoef(words[:-1], words[1:])[0, 1]
    assert abs(neighbours) < 0.03


def test_uniform_moments_and_range():
    x = uniform(0, "u", (200, 500), -1.0, 3.0)
    assert x.shape == (200, 500)
    assert x.dtype == np.float64
    assert -1 <= x.min() < -0.999
    assert 2.999 < x.max() < 3
    assert x.mean() == pytest.approx(1.0, abs=0.02)
    assert x.var() == pytest.approx(16 / 12, rel=0.02)
    unit = uniform(0, "u", (1000,))
    assert np.any(unit * 2**24 % 1)  # more than 24 bits


def test_normal_moments():
    x = normal(0, "n", (100_000,), mean=2.0, stddev=3.0)
    z = (x - 2) / 3
    assert np.all(np.isfinite(x))
    assert z.mean() == pytest.approx(0, abs=0.015)
    assert z.var() == pytest.approx(1, rel=0.02)
    assert (z**3).mean() == pytest.approx(0, abs=0.05)
    assert (z**4).mean() == pytest.approx(3, rel=0.05)


def test_a_permutation_is_one_and_differs_by_epoch():
    orders = [permutation(0, "shuffle", 1000, step=epoch) for epoch in range(3)]
    for order in orders:
        assert np.array_equal(np.sort(order), np.arange(1000))
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[1], orders[2])
    assert np.array_equal(orders[0], permutation(0, "shuffle", 1000))
    assert abs(np.corrcoef(orders[0], orders[1])[0, 1]) < 0.1
    assert permutation(0, "shuffle", 0).size == 0


def test_permutations_are_fair():
    """Each of the six orders of three comes up about as often."""
    seen = {}
    for epoch in range(1200):
        order = tuple(permutation(1, "three", 3, epoch))
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 6
    assert min(seen.values()) > 150


# The same draws as ops ---------------------------------------------------------------------


def drawn(build, backend, seed=3, step=5):
    inputs = [input_node("seed", (), "int64"), input_node("step", (), "int64")]
    program = Program("draw", inputs, {"y": build(*inputs)})
    return backends.get(backend).run(program, {"seed": np.array(seed), "step": np.array(step)})["y"]


@pytest.mark.parametrize(
    "build",
    [
        lambda seed, step: ops.random_bits(seed, step, (3, 5), "s"),
        lambda seed, step: ops.random_bits(seed, step, (), "s"),
        lambda seed, step: ops.random_uniform(seed, step, (3, 5), "s"),
        lambda seed, step: ops.random_uniform(seed, step, (), "s", "float64"),
        lambda seed, step: ops.dropout_mask(seed, step, (7,), 0.5, "s"),
    ],
)
def test_every_backend_draws_the_same(build):
    loops, numpy = drawn(build, "loops"), drawn(build, "numpy")
    assert loops.dtype == numpy.dtype
    assert np.array_equal(loops, numpy)
    assert not np.array_equal(drawn(build, "numpy", step=6), numpy) or numpy.size < 8


def test_ops_draw_what_the_generator_draws():
    found = drawn(lambda seed, step: ops.random_bits(seed, step, (3, 5), "s"), "numpy")
    assert np.array_equal(found.reshape(-1), bits(3, "s", 5, 15))
    unit = drawn(lambda seed, step: ops.random_uniform(seed, step, (3, 5), "s"), "numpy")
    assert np.array_equal(unit.reshape(-1), (bits(3, "s", 5, 15) >> 8) / np.float32(2**24))
    assert unit.dtype == np.float32


def test_moments_of_the_ops():
    unit = drawn(lambda seed, step: ops.random_uniform(seed, step, (200, 300)), "numpy")
    assert 0 <= unit.min() < 0.001 < 0.999 < unit.max() < 1
    assert unit.mean() == pytest.approx(0.5, abs=0.01)
    z = drawn(lambda seed, step: ops.random_normal(seed, step, (200, 300)), "numpy")
    assert np.all(np.isfinite(z))
    assert z.mean() == pytest.approx(0, abs=0.02)
    assert z.var() == pytest.approx(1, rel=0.03)
    mask = drawn(lambda seed, step: ops.dropout_mask(seed, step, (200, 300), 0.2), "numpy")
    assert set(np.unique(mask)) == {0, np.float32(1.25)}
    assert mask.mean() == pytest.approx(1, abs=0.02)
