"""Numbers for people: a column is in one notation, and what is written is the number."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.numbers import Notation, column, number, number_text, own_units

FLOATS = st.floats(-1e300, 1e300)
SIZES = st.one_of(FLOATS, st.floats(-1e7, 1e7), st.integers(-(10**12), 10**12).map(float))


def read(text):
    return float(text.replace(",", "").replace("−", "-"))


def kind(text):
    """Return the notation of a written number: its decimals, and whether with a power of ten."""
    mantissa, power, _exponent = text.partition("e")
    return len(mantissa.partition(".")[2]), bool(power)


@given(st.lists(SIZES, min_size=1, max_size=8))
def test_a_column_is_in_one_notation(values):
    texts = column(values)
    kinds = {kind(text) for text, value in zip(texts, values, strict=True) if value}
    assert len(kinds) <= 1
    largest = max(map(abs, values))
    for text, value in zip(texts, values, strict=True):
        assert not re.search(r"[eE]\+|e−?0\d", text), "an exponent as Python writes it"
        assert abs(read(text) - value) <= 0.6e-3 * largest + 0.6 * (largest < 1)
        if value:
            assert read(text) != 0 and abs(read(text) - value) <= 0.051 * abs(value)


@given(st.lists(SIZES, min_size=1, max_size=8))
def test_thousands_are_told_apart_and_no_zero_is_negative(values):
    for text in [*column(values), *map(number, values)]:
        whole = text.lstrip("−").partition("e")[0].partition(".")[0]
        assert re.fullmatch(r"\d{1,3}(,\d{3})*", whole), text
        assert not re.fullmatch(r"−0(\.0*)?", text)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_whole_numbers_stay_whole(values):
    assert column(map(float, values)) == [f"{value:,}".replace("-", "−") for value in values]


@given(SIZES)
def test_a_single_number_is_itself_to_four_digits(value):
    assert read(number(value)) == pytest.approx(value, rel=0.6e-3, abs=0)


@given(st.lists(st.lists(SIZES, min_size=3, max_size=3), min_size=1, max_size=6))
def test_rows_of_own_units_are_in_one_notation(rows):
    texts = own_units(rows)
    powers = {"e" in text for row in texts for text in row if read(text)}
    assert len(powers) <= 1
    for row, written in zip(rows, texts, strict=True):
        top = max(map(abs, row))
        assert all(
            abs(read(text) - value) <= 0.6e-3 * top
            for text, value in zip(written, row, strict=True)
        )


@given(FLOATS, st.integers(5, 15))
def test_a_number_in_a_formula_keeps_its_digits(value, digits):
    assert float(number_text(value, digits)) == pytest.approx(
        value, rel=0.51 * 10.0 ** (1 - digits)
    )
    if 1e-4 < abs(value) < 1e6:
        assert "e" not in number_text(value, digits)


def test_what_is_no_number_is_shown():
    assert column([math.nan, math.inf, -math.inf, 1.5]) == ["NaN", "∞", "−∞", "1.5"]
    assert column([]) == [] and column([0.0, -0.0]) == ["0", "0"]
    assert number(math.nan) == "NaN" and own_units([[np.float32(np.inf)]]) == [["∞"]]


def test_signs():
    assert column([2.5, -1.0, 0.0], is_signed=True) == ["+2.5", "−1.0", "0.0"]
    assert Notation.of([450_000.0, 388_803.7, -1e5]) == Notation(0)
