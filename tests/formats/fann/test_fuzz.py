"""Mutated files end in a clean result or a clean error, quickly and in little memory."""

import random
import resource
import time

import numpy as np
import pytest

from glassnet.errors import FileFormatError
from glassnet.formats.fann import format_data, format_net, parse_data, parse_net
from tests.formats.fann.xor import XOR

DATA = format_data(np.arange(12.0).reshape(4, 3) / 7, np.eye(4)[:, :2])
OLD = (
    "FANN_FLO_1.1\n3 0.7 1.0 0 5 5 1.0 1.0\n2 2 2\n0 0 2 0 2 0\n(0 1.5) (1 -2.5) (2 3.5) (3 0.5)\n"
)
WORDS = [
    b"-1",
    b"0",
    b"1",
    b"2",
    b"999999",
    b"4294967295",
    b"9" * 25,
    b"1e9",
    b"1e400",
    b"nan",
    b"0x1p9",
    b"(",
    b")",
    b",",
    b"=",
    b"\x00",
    b"\xff\xfe",
    b"\n",
    b" ",
    b"num_layers=3\n",
    b"_count=",
    b"#",
    b"FANN_FIX_2.0\n",
    b"FANN_FLO_1.1\n",
    b"decimal_point=3\n",
    b"scale_included=1\n",
    b"1,5",
]
MOST_SECONDS, MOST_BYTES = 1.0, 200 * 2**20


def mutated(content, rng):
    text = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        at, kind = rng.randrange(len(text) + 1), rng.randrange(6)
        other = rng.randrange(len(text) + 1)
        low, high = min(at, other), min(max(at, other), min(at, other) + rng.choice([1, 8, 300]))
        if kind == 0 and at < len(text):
            text[at] = rng.randrange(256)
        elif kind == 1:
            text[at:at] = rng.choice(WORDS)
        elif kind == 2:
            del text[low:high]
        elif kind == 3:
            text[at:at] = text[low:high]
        elif kind == 4:
            del text[at:]
        else:  # a number in place of a number
            text[low : low + rng.randrange(4)] = rng.choice(WORDS[:12])
    return bytes(text)


def run(first, count):
    slowest = 0.0
    for seed in range(first, first + count):
        rng = random.Random(seed)
        content, parse, write = rng.choice(
            [
                (XOR.encode(), parse_net, format_net),
                (OLD.encode(), parse_net, format_net),
                (DATA.encode(), parse_data, lambda pair: format_data(*pair)),
            ]
        )
        content = mutated(content, rng)
        began = time.perf_counter()
        try:
            write(parse(content))
        except FileFormatError as error:
            assert "line" in str(error), f"seed {seed}"
        slowest = max(slowest, time.perf_counter() - began)
    return slowest


def check(first, count):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    slowest = run(first, count)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    assert slowest < MOST_SECONDS
    assert grown < MOST_BYTES


def test_five_thousand_mutated_files():
    check(0, 5_000)


@pytest.mark.slow
def test_a_hundred_thousand_mutated_files():
    check(5_000, 95_000)
