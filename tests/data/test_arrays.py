from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from glassnet.data.arrays import check_array, check_finite, check_labels, check_same_length
from glassnet.errors import ArgumentError, DataError, DTypeError, ShapeError


def test_conversions():
    for x in ([[1, 2]], ((True, 2),), np.array([[1, 2]], "uint8"), np.array([[1, 2]], ">f8")):
        result = check_array(x)
        np.testing.assert_array_equal(result, [[1, 2]])
        assert result.dtype == np.float32
        assert result.flags.c_contiguous
        assert result.dtype.isnative
    assert check_array(np.zeros((2, 3)).T).flags.c_contiguous
    assert check_array(np.array([[1, 2.5]], object)).tolist() == [[1, 2.5]]
    assert check_array([1.0], dtype="float64").dtype == np.float64
    assert check_array([1.0], dtype=None).dtype == np.float64
    assert check_array([1], dtype=None).dtype == np.float32


def test_no_copy_where_none_is_needed():
    x = np.zeros((3, 2), np.float32)
    assert check_array(x) is x


def test_data_frames():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    assert check_array(frame).tolist() == [[1, 0.5], [2, 1.5]]
    with pytest.raises(DTypeError, match="column 'name', row 1 of x is the text 'bob'"):
        check_array(_Frame(["a", "name"], [[1, 7], [2, "bob"]]))


class _Frame:
    """What a data frame of mixed columns looks like to NumPy."""

    def __init__(self, columns, rows):
        self.columns = columns
        self.rows = rows

    def __array__(self, dtype=None, copy=None):
        return np.array(self.rows, object)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([[1, np.nan], [np.nan, 2]], DataError, r"2 values.*the first, x\[0, 1\], is nan"),
        ([1.0, -np.inf], DataError, r"1 value that is not finite: x\[1\] is -inf"),
        ([1e39], DataError, r"x\[0\] is 1e\+39, too large for float32"),
        ([[1, 2], [3]], ShapeError, "row 0 has 2 values, row 1 has 1"),
        ([["1", "2"]], DTypeError, r"x\[0, 0\] is the text '1' where a number is needed"),
        ([[1, None]], DataError, r"x\[0, 1\] is missing \(None\)"),
        ([[1, {}]], DTypeError, r"x\[0, 1\] is a dict where a number"),
        ([1j], DTypeError, "complex128; real numbers are needed"),
        (np.array(["2020-01-01"], "datetime64[D]"), DTypeError, "datetime64"),
        ([], DataError, r"x is empty: its shape is \(0,\)"),
        (np.zeros((0, 4)), DataError, r"x is empty: its shape is \(0, 4\)"),
        (3.0, ShapeError, "x is the single number 3.0"),
        (None, DataError, r"x is missing \(None\)"),
        (np.ma.masked_equal([1, 2], 2), DataError, "masked"),
    ],
)
def test_refused(x, error, message):
    with pytest.raises(error, match=message):
        check_array(x)


def test_sparse_matrices_are_refused():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(DTypeError, match=r"x\.toarray\(\)"):
        check_array(sparse.eye(3))


def test_number_of_axes():
    with pytest.raises(ShapeError, match=r"shape \(3,\); 2 axes are needed. Write x\[None, :\]"):
        check_array(np.array([1, 2, 3]), ndim=2)
    with pytest.raises(ShapeError, match=r"needed. Write np.array\(x\)\[None, :\] for one sample"):
        check_array([1, 2, 3], ndim=2)
    with pytest.raises(ShapeError, match="2 or 4 axes are needed"):
        check_array(np.zeros((1, 1, 1)), ndim=(2, 4))
    assert check_array(2.0, ndim=(0, 1)).item() == 2


def test_empty_may_be_allowed():
    assert check_array(np.zeros((0, 4)), allow_empty=True).shape == (0, 4)


def test_unknown_dtype():
    with pytest.raises(ArgumentError, match="dtype is 'float16'"):
        check_array([1.0], dtype="float16")


def test_large_finite_numbers_pass():
    check_finite(np.full(1000, 3e38, np.float32))
    check_finite(np.array([1e308, 1e308]))
    check_finite(np.arange(3))


@pytest.mark.parametrize("place", [0, 65535, 65536, 199_999])
def test_the_first_bad_value_is_found_in_any_block(place):
    x = np.zeros(200_000, np.float32)
    x[place:] = np.nan
    with pytest.raises(DataError, match=rf"{200_000 - place} value.*x\[{place}\]"):
        check_finite(x)


def test_hint_removes_the_rows():
    for shape in ((5,), (5, 2), (5, 2, 3)):
        x = np.ones(shape)
        x.reshape(5, -1)[2, -1] = np.inf
        with pytest.raises(DataError) as caught:
            check_array(x)
        hint = str(caught.value).split("e.g. ")[1].split(", or")[0]
        assert len(eval(hint, {"x": x, "np": np})) == 4


def test_check_needs_little_memory():
    x = np.full((1000, 1000), 3e38, np.float32)  # the sum overflows: the slow way
    tracemalloc.start()
    check_array(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes / 4


def test_labels():
    assert check_labels([[1.0], [0.0]], 2).tolist() == [[1], [0]]
    assert check_labels(np.array([True, False])).dtype == np.int64


def test_same_length():
    assert check_same_length(x=np.zeros(3), y=None, weights=np.zeros(3)) == 3
    with pytest.raises(ShapeError, match="x has 3 rows but weights has 2"):
        check_same_length(x=np.zeros(3), y=None, weights=np.zeros(2))
