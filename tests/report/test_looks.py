"""What a designer asked for: one notation a column, tables that fit, piles of targets told."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.plots import confusion
from glassnet.report import report_html
from glassnet.report.edges import edges_of
from glassnet.report.mistakes import ROOM
from glassnet.report.tables import breakable


def table_of(page, head):
    return next(table for table in page.tables if table[0][0] == head)


@pytest.fixture(scope="module")
def houses(small):
    """A table of prices that were cut off at 500,001, with features of very different sizes."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(300, 9)) * 10.0 ** np.arange(-3, 6) + 3.0
    y = np.minimum(2e5 + 1.5e5 * draw.normal(size=300) + 1e5 * x[:, 3], 500_001.0).round()
    y[:7] = 450_000.0
    names = tuple(f"measure_of_household_{n}" for n in range(9))
    data = gn.datasets.Dataset(x, y, feature_names=names, target_name="price", name="houses",
                               task="regression")  # fmt: skip
    layers = [gn.layers.Dense(1), gn.layers.Rescaling(1.5e5, -2e5)]
    return small(data, layers, "mean_squared_error", epochs=2)


def notation(text):
    return "e" in text, len(text.partition("e")[0].partition(".")[2])


def test_every_column_of_numbers_is_in_one_notation(houses, read):
    table = table_of(read(houses), "row")
    assert table[0][:4] == ["row", "true", "predicted", "error"]
    for column in list(zip(*table[1:], strict=True))[1:]:
        assert len({notation(text) for text in column if text != "0"}) == 1, column
    true, predicted, error = list(zip(*table[1:], strict=True))[1:4]
    assert {notation(text) for text in (*true, *predicted, *error)} == {(False, 0)}
    assert all(text[0] in "+−" for text in error)


def test_no_page_shows_exponents_as_python_writes_them(houses, read):
    text = read(houses).text
    assert not re.search(r"\de[+-]\d", text)
    assert "x · 150,000 − 200,000" in text


def test_features_have_thousands_and_one_notation(houses, read):
    rows = [row[1:4] for row in table_of(read(houses), "Feature")[1:]]
    cells = [cell for row in rows for cell in row]
    assert not any("e" in cell for cell in cells)
    assert all(re.fullmatch(r"−?\d{1,3}(,\d{3})*(\.\d+)?", cell) for cell in cells)


def test_a_table_of_mistakes_is_as_wide_as_the_page(houses, read):
    table = table_of(read(houses), "row")
    assert 5 <= len(table[0]) < 12
    width = sum(
        max(*map(len, cells), *map(len, re.split("[ _]", head))) + 1.5
        for head, *cells in zip(*table, strict=True)
    )
    assert width <= ROOM + 8
    shown = len(table[0]) - 4
    assert f"Of 9 features, the {shown} most unusual in these rows are shown." in read(houses).text


@given(st.text(alphabet="ab_-. ", min_size=0, max_size=40))
def test_a_heading_that_may_break_is_still_the_name(name):
    assert "".join(part for part in breakable(name) if part != "<wbr/>") == name


# Piles of targets -----------------------------------------------------------------------------


def test_a_pile_of_targets_at_the_maximum_is_told(houses, read):
    page = read(houses)
    count = int((houses.data.y == 500_001).sum())
    assert count > 10
    assert f"{count} rows" in page.text and "exactly the largest target, 500,001" in page.text
    assert "The column of points at 500,001" in page.text


@given(st.integers(60, 400), st.floats(0.03, 0.5), st.booleans(), st.integers(0, 99))
def test_numbers_cut_off_at_an_end_are_found(count, share, is_top, seed):
    y = np.random.default_rng(seed).normal(size=count)
    bound = np.quantile(y, 1 - share if is_top else share)
    y = (np.minimum(y, bound) if is_top else np.maximum(y, bound)).astype(np.float32)
    rows = int((y == np.float32(bound)).sum())  # a number next to the bound may round to it
    found = edges_of(y)
    assert [edge.is_top for edge in found] == ([is_top] if rows >= 5 else [])
    assert all(edge.rows == rows for edge in found)


@given(st.integers(1, 300), st.integers(0, 99))
def test_numbers_that_are_not_cut_off_are_no_piles(count, seed):
    draw = np.random.default_rng(seed)
    for y in (draw.normal(size=count), draw.integers(0, 8, count), np.full(count, 3.0),
              draw.integers(0, 100, count), np.arange(count)):  # fmt: skip
        assert edges_of(y) == []


# One of a thing -------------------------------------------------------------------------------


def test_one_is_not_many(houses, read):
    text = read(houses).text
    assert "1 unit, linear" in text
    found = re.findall(r"(?<![\d.,])1 (?:rows|units|epochs|features|classes|outputs)\b", text)
    assert not found


# Pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3, 5, 10, 20])
def test_the_cells_of_a_confusion_matrix_have_room(classes):
    ax = confusion(np.full((classes, classes), 12), ["malignant", "benign"] * (classes // 2) or None
                   if classes == 2 else None)  # fmt: skip
    figure = ax.get_figure()
    figure.canvas.draw()
    cells = ax.get_window_extent().width / figure.dpi / (classes + 0.2)
    assert cells > (0.85 if classes == 2 else 0.24)
    assert figure.get_size_inches()[0] >= 3.9
    turned = {label.get_rotation() for label in ax.get_xticklabels()}
    assert turned == {0.0}


def test_axes_write_thousands_as_tables_do(houses):
    assert not re.search(r">[−-]?\d{5,}<", report_html(houses))
    ax = gn.plots.curves({"loss": [70_000.0, 45_000.0]})
    ax.get_figure().canvas.draw()
    assert {label.get_text() for label in ax.get_yticklabels()} >= {"50,000", "60,000"}
