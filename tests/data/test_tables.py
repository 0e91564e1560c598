"""Tables from files: cells, columns, targets, and what is said where something is wrong.

Longer than other files: one list of tables as people write them.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.datasets import read_features, read_table
from glassnet.errors import ArgumentError, DataError, FileFormatError
from tests.shared_data import shared_file

IRIS = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,virginica\n4.9,3.0,setosa\n6.4,3.1,virginica\n"


@pytest.fixture
def table(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_header_and_class_names(table):
    data = read_table(table(IRIS, "iris.csv"))
    np.testing.assert_array_equal(
        data.x, np.array([[5.1, 3.5], [7, 3.2], [4.9, 3], [6.4, 3.1]]), strict=True
    )
    np.testing.assert_array_equal(data.y, np.array([0, 1, 0, 1]), strict=True)
    assert data.class_names == ("setosa", "virginica")
    assert data.feature_names == ("length", "width")
    assert (data.name, data.task, data.target_name) == ("iris", "classification", "kind")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("blank", ["", "\n", "\n  \n\n"])
def test_dialects(table, separator, end, header, blank):
    text = IRIS if header else IRIS.split("\n", 1)[1]
    text = text.replace("\n", "\n" + blank).replace(",", separator).replace("\n", end)
    data = read_table(table(b"\xef\xbb\xbf" + text.encode()))
    assert data.x.shape == (4, 2)
    assert data.y.tolist() == [0, 1, 0, 1]
    assert data.feature_names == (("length", "width") if header else ("column_1", "column_2"))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 6).flatmap(
        lambda width: st.lists(
            st.lists(st.floats(-1e12, 1e12), min_size=width, max_size=width),
            min_size=2,
            max_size=8,
        )
    ),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_numbers_come_back(tmp_path_factory, rows, separator, header):
    lines = [separator.join(map(repr, row)) for row in rows]
    if header:
        lines.insert(0, separator.join(f"name{column}" for column in range(len(rows[0]))))
    path = tmp_path_factory.mktemp("numbers") / "numbers.csv"
    path.write_text("\n".join(lines))
    x, _ = read_features(path, header=header)
    np.testing.assert_array_equal(x, np.array(rows, np.float64))


def test_quotes_and_spaces(table):
    text = '"a, b"; c ;"the\nkind"\n 1 ;2.5;"x;y"\n2;-1e2; z\n3;+4;z\n4;5;"x;y"\n'
    data = read_table(table(text))
    assert data.feature_names == ("a, b", "c")
    assert data.target_name == "the\nkind"
    assert data.x.tolist() == [[1, 2.5], [2, -100], [3, 4], [4, 5]]
    assert data.class_names == ("x;y", "z")


def test_decimal_commas(table):
    data = read_table(table("a;b;y\n1,5;2;0\n-0,25;3;1\n1;4;0\n2;5,75;1\n"))
    assert data.x.tolist() == [[1.5, 2], [-0.25, 3], [1, 4], [2, 5.75]]


def test_row_numbers_of_pandas_are_left_out(table):
    data = read_table(table(",a,y\n0,5,0\n1,6,1\n2,7,0\n3,8,1\n"))
    assert data.feature_names == ("a",)
    assert any("counts the rows: left out" in note for note in data.notes)


def test_header_of_column_numbers(table):
    data = read_table(table("0,1,2,3\n0.5,1,1,0\n1.5,1,2,1\n2.5,1,4,0\n3.5,0,1,1\n"))
    assert data.x.shape == (4, 3)


def test_header_can_be_said(table):
    path = table("1,2\n3,4\n5,4\n7,2\n9,2\n")
    assert len(read_table(path)) == 5
    assert read_table(path, header=True).feature_names == ("1",)


# --- the target


def test_which_target(table):
    path = table("a,label,b\n0.5,1,2.5\n1.5,0,3.5\n2.5,1,4\n3.5,0,5\n")
    for target, name, how in (
        (None, "label", "by its name"),
        ("b", "b", "as named"),
        (0, "a", "as named"),
        (-1, "b", "as named"),
    ):
        data = read_table(path, target)
        assert data.target_name == name
        assert data.notes[-1] == f"target: column {name!r}, {how}"
        assert name not in data.feature_names
    assert read_table(path, "b").task == "regression"


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["no", "yes"] * 5, "classification", ("no", "yes")),
        ([3, 1, 2] * 5, "classification", ("1", "2", "3")),
        ([0.0, 1.0] * 5, "classification", ("0", "1")),
        ([-1, 1] * 5, "classification", ("-1", "1")),
        (["true", "false"] * 5, "classification", ("false", "true")),
        ([10, 9] * 5, "classification", ("9", "10")),
        ([0.5, 1.0] * 5, "regression", ()),
        (list(range(10)), "regression", ()),
        (list(range(30)) * 3, "regression", ()),
    ],
)
def test_rule_for_the_task(table, values, task, classes):
    rows = "".join(f"{row * 0.5},{value}\n" for row, value in enumerate(values))
    data = read_table(table("x,y\n" + rows))
    assert (data.task, data.class_names) == (task, classes)
    if classes:
        as_text = [str(int(v)) if not isinstance(v, str) else v for v in values]
        assert [classes[number] for number in data.y] == as_text
    else:
        np.testing.assert_array_equal(data.y, np.array(values, np.float32), strict=True)


def test_task_can_be_said(table):
    path = table("x,y\n1,0\n2,1\n3,0\n4,1\n")
    assert read_table(path, task="regression").y.dtype == np.float32
    path = table("x,y\n1,0.5\n2,1.5\n3,0.5\n4,1.5\n")
    assert read_table(path, task="classification").class_names == ("0.5", "1.5")
    with pytest.raises(ArgumentError, match="task is 'classify'"):
        read_table(path, task="classify")


def test_classes_a_network_knows(table):
    path = table(IRIS)
    data = read_table(path, class_names=("virginica", "versicolor", "setosa"))
    assert data.y.tolist() == [2, 0, 2, 0]
    assert data.class_names == ("virginica", "versicolor", "setosa")
    with pytest.raises(DataError, match=r"the class 'virginica', .* 2 known .*mean 'virginca'"):
        read_table(path, class_names=("setosa", "virginca"))
    one = table("length,width,kind\n5.1,3.5,setosa\n")
    assert read_table(one, class_names=("setosa", "virginica")).y.tolist() == [0]


# --- features for a network


def test_features_by_name(table):
    path = table(IRIS)
    x, names = read_features(path, ["width", "length"])
    assert x[0].tolist() == pytest.approx([3.5, 5.1])
    assert names == ("width", "length")
    assert read_table(path, feature_names=["width"]).x.shape == (4, 1)
    with pytest.raises(DataError, match="no column 'lenght', which the network needs; did you m"):
        read_features(path, ["lenght", "width"])
    with pytest.raises(DataError, match=r"column 'kind', row 1 .* holds the text 'setosa'"):
        read_features(path)


def test_features_by_position(table):
    with_target, without = table("1,2,0\n3,4,1\n", "a"), table("1,2\n3,4\n", "b")
    for names in (["length", "width"], ["column_1", "column_2"], ["column_1", "column_3"]):
        for path in (with_target, without):
            x, given = read_features(path, names)
            assert x.tolist() == [[1, 2], [3, 4]]
            assert given == tuple(names)
    with pytest.raises(DataError, match="b has 2 columns; 4 features are needed"):
        read_features(without, list("abcd"))
    assert read_features(table("7\n8\n", "c"), ["only"])[0].tolist() == [[7], [8]]


# --- what is refused

BAD = {
    "empty": ("", DataError, "table.csv is empty"),
    "blank": ("\n \n", DataError, "table.csv is empty"),
    "header only": ("a,b,c\n", DataError, "a header line and no rows below it"),
    "one column": ("a\n1\n2\n", DataError, "a single column, 'a'; .*commas, semicolons or tabs"),
    "missing cell": (
        "a,b,y\n1,2,0\n\n1,,1\n1,NA,1\n",
        DataError,
        r"column 'b', row 2 \(line 4\) is missing, the first of 2 .*not filled yet",
    ),
    "missing target": ("a,y\n1,0\n2,\n3,1\n", DataError, r"column 'y', row 2 \(line 3\) is miss"),
    "infinite": (
        "a,y\n1,0\ninf,1\n2,0\n3,1\n",
        DataError,
        r"column 'a', row 2 \(line 3\) is inf, not finite",
    ),
    "nan": ("1,0\nnan,1\n2,0\n", DataError, r"column 'column_1', row 2 \(line 2\) is missing"),
    "too large": ("a,y\n1e39,0\n1,1\n2,0\n", DataError, "1e\\+39, too large for float32"),
    "text": (
        "a,b,y\n1,2,0\n3,4O,1\n5,6,0\n",
        DataError,
        r"column 'b', row 2 \(line 3\) holds the text '4O' where a number is needed \(1 in all\)",
    ),
    "text column": ("a,b,y\n1,p,0\n3,q,1\n5,r,0\n", DataError, "'p' .*all 3 cells are text"),
    "text far down": (
        "a,y\n" + "1,0\n2,1\n" * 200 + "oops,1\n",
        DataError,
        r"column 'a', row 401 \(line 402\) holds the text 'oops'",
    ),
    "too few cells": (
        "a,b,y\n1,2,0\n1,2\n",
        DataError,
        "line 3 .*has 2 cells, the first line has 3",
    ),
    "too many cells": ("a,b,y\n1,2,0\n1,2,3,4\n", DataError, "line 3 .*has 4 cells"),
    "single class": ("a,y\n1,dog\n2,dog\n", DataError, "'y' is dog in all 2 rows.*single class"),
    "single number": ("a,y\n1,7\n2,7\n", DataError, "is 7.0 in all 2 rows"),
    "names as target": (
        "a,y\n" + "".join(f"{n},name {n}\n" for n in range(9)),
        DataError,
        "text, 9 different values in 9 rows .*too many for classes",
    ),
    "same name": ("a,a,y\n1,2,0\n3,4,1\n", DataError, "two columns named 'a'"),
    "latin-1": ("a,y\n1,käse\n2,wein\n".encode("latin-1"), FileFormatError, "line 2 .*byte 0xe4"),
    "utf-16": ("a,y\n1,0\n".encode("utf-16"), FileFormatError, "UTF-16 text. Save it as UTF-8"),
    "excel": (b"PK\x03\x04rest", FileFormatError, "Excel sheet.*Save it as CSV"),
    "binary": (b"\x89PNG\0\0", FileFormatError, "binary file"),
    "open quote": (  # older versions of polars read it as one long cell
        'a,y\n1,"0\n2,1\n',
        (DataError, FileFormatError),
        "table.csv.*(quotation mark left open|in all 1 rows)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refused(table, case):
    content, error, message = BAD[case]
    with pytest.raises(error, match=f"(?s){message}"):
        read_table(table(content))


def test_target_that_is_not_there(table):
    path = table(IRIS)
    with pytest.raises(DataError, match=r"table.csv has no column 'knid'; did you mean 'kind'"):
        read_table(path, "knid")
    with pytest.raises(DataError, match="no column 3: its 3 columns count from 0 to 2"):
        read_table(path, 3)
    with pytest.raises(DataError, match=r"column 'kind', row 1 .*text 'setosa' where a number"):
        read_table(path, task="regression")


def test_file_that_is_not_there(table, tmp_path):
    table(IRIS, "flowers.csv")
    with pytest.raises(DataError, match=r"no file .*flower.csv; did you mean 'flowers.csv'"):
        read_table(tmp_path / "flower.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)
    with pytest.raises(DataError, match=r"the folder .*nowhere does not exist"):
        read_features(tmp_path / "nowhere" / "a.csv")


# --- real files


def test_banknotes():
    data = read_table(shared_file("tables/banknote_authentication.csv"))
    assert data.x.shape == (1372, 4)
    assert np.bincount(data.y).tolist() == [762, 610]
    assert data.target_name == "column_5"
    np.testing.assert_allclose(data.x[0], [3.6216, 8.6661, -2.8073, -0.44699])


def test_spambase():
    path = shared_file("tables/spambase.data")
    data = read_table(path)
    expected = np.loadtxt(path, delimiter=",")
    np.testing.assert_array_equal(data.x, expected[:, :-1])
    np.testing.assert_array_equal(data.y, expected[:, -1])


def test_tables_with_missing_cells_say_so():
    with pytest.raises(DataError, match=r"'total_bedrooms', row 291 \(line 292\) .*first of 207"):
        read_table(shared_file("tables/housing.csv"), "median_house_value")
    with pytest.raises(DataError, match="did you mean 'median_house_value'"):
        read_table(shared_file("tables/housing.csv"), "median_hose_value")
    with pytest.raises(DataError, match=r"text 'Torgersen' where a number is needed|is missing"):
        read_table(shared_file("tables/penguins.csv"), "species")


# --- npz


def test_npz_of_x_and_y(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 2] * 2)
    np.savez(tmp_path / "a.npz", x=x, y=y, other=np.zeros(2))
    data = read_table(tmp_path / "a.npz")
    np.testing.assert_array_equal(data.x, x, strict=True)
    np.testing.assert_array_equal(data.y, y.astype(np.int64), strict=True)
    assert (data.class_names, data.train_rows, data.name) == (("0", "1", "2"), None, "a")
    assert read_features(tmp_path / "a.npz")[0].shape == (6, 3)
    np.savez(tmp_path / "x.npz", x=x)
    assert read_features(tmp_path / "x.npz")[0].shape == (6, 3)


def test_npz_with_a_split_of_its_own(tmp_path):
    pixels = np.arange(8 * 4, dtype=np.uint8).reshape(8, 2, 2)
    y = np.array([3, 4] * 4, np.uint8)
    np.savez_compressed(
        tmp_path / "m.npz", x_train=pixels[:6], y_train=y[:6], x_test=pixels[6:], y_test=y[6:]
    )
    data = read_table(tmp_path / "m.npz")
    assert (data.x.dtype, data.image_shape, data.train_rows) == (np.uint8, (2, 2, 1), 6)
    (x_train, _), (x_test, y_test) = data.split()
    assert (len(x_train), x_test.tolist()) == (6, pixels[6:].tolist())
    assert y_test.tolist() == [0, 1]
    assert data.class_names == ("3", "4")


@pytest.mark.parametrize(
    ("y", "task", "shape"),
    [
        (np.array(["a", "b", "a", "b"]), "classification", (4,)),
        (np.eye(2)[[0, 1, 1, 0]], "classification", (4,)),
        (np.array([[0], [1], [1], [0]]), "classification", (4,)),
        (np.array([True, False, True, False]), "classification", (4,)),
        (np.array([0.5, 1, 2, 3]), "regression", (4,)),
        (np.array([[0.5, 1], [2, 3], [1, 1], [0, 0]]), "regression", (4, 2)),
    ],
)
def test_npz_targets(tmp_path, y, task, shape):
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 2)), y=y)
    data = read_table(tmp_path / "a.npz")
    assert (data.task, data.y.shape) == (task, shape)
    assert data.y.dtype == (np.int64 if task == "classification" else np.float32)


def test_npz_with_names(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        x=np.zeros((4, 2)),
        y=np.array([1, 0, 1, 0]),
        class_names=np.array(["cat", "dog"]),
        feature_names=np.array(["w", "h"]),
    )
    data = read_table(tmp_path / "a.npz")
    assert (data.class_names, data.feature_names) == (("cat", "dog"), ("w", "h"))
    assert data.y.tolist() == [1, 0, 1, 0]


def test_npz_refused(tmp_path):
    path = tmp_path / "a.npz"
    zeros = np.zeros((4, 2))
    for arrays, error, message in (
        ({"a": zeros}, DataError, "holds a; expected are the arrays x and y"),
        ({"x": zeros, "y": zeros[:3, 0]}, ValueError, "x has 4 rows but y has 3"),
        ({"x": zeros + np.nan, "y": zeros[:, 0]}, DataError, r"x\[0, 0\],? is nan"),
        ({"x": zeros, "y": zeros[:, 0]}, DataError, "y' is 0.0 in all 4 rows"),
        ({"x": zeros[:, 0], "y": [0, 1, 0, 1]}, ValueError, "one row per sample"),
        ({"x": np.array([{}] * 4), "y": zeros}, FileFormatError, "could run code"),
        (
            {"x": zeros, "y": [0, 1, 5, 1], "class_names": ["a", "b"]},
            DataError,
            "class numbers from 0 to 5, but there are 2 class names",
        ),
        (
            {"x_train": zeros, "y_train": zeros, "x_test": zeros[:, :1], "y_test": zeros},
            ValueError,
            "must agree in all but the number of rows",
        ),
    ):
        np.savez(path, **arrays)
        with pytest.raises(error, match=message):
            read_table(path)


@pytest.mark.parametrize("damage", ["truncated", "foreign", "empty", "flipped", "npy"])
def test_damaged_npz(tmp_path, damage):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).normal(size=(99, 2)), y=[0, 1, 0] * 33)
    content = path.read_bytes()
    middle = len(content) // 3
    new = {
        "truncated": content[:middle],
        "foreign": b"this is no npz file",
        "empty": b"",
        "flipped": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
    }
    path.write_bytes(new.get(damage, b""))
    if damage == "npy":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    with pytest.raises((FileFormatError, DataError), match=r"a.npz"):
        read_table(path)


def test_a_cell_longer_than_a_table_holds(table):
    path = table("a,b\n1,x\n2," + "y" * 200_000 + "\n", "long.csv")
    with pytest.raises(FileFormatError, match="a table cannot hold such cells"):
        read_table(path)


def test_an_open_quotation_mark_does_not_quote_the_whole_file(table):
    path = table('a,b,c\n1,2,"x\n' + "3,4,y\n" * 500)
    with pytest.raises(FileFormatError, match="quotation mark left open") as caught:
        read_table(path)
    assert len(str(caught.value)) < 400


def test_what_is_no_plain_file_is_called_by_its_kind(tmp_path):
    (tmp_path / "lost.csv").symlink_to(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="is a link that leads to no file"):
        read_table(tmp_path / "lost.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(DataError, match="is a link that leads to no file"):
        read_table(tmp_path / "loop.csv")
    with pytest.raises(DataError, match="is a device or a pipe"):
        read_table("/dev/null")
    with pytest.raises(DataError, match="there is no file"):
        read_table(tmp_path / ("n" * 300 + ".csv"))


def test_a_line_may_be_longer_than_a_cell(table):
    width = 20_000
    lines = [",".join(f"column{n}" for n in range(width)), *[",".join("1" * width)] * 2]
    assert read_table(table("\n".join(lines[:2]) + "\n" + lines[2][:-1] + "2")).x.shape == (
        2,
        width - 1,
    )


# --- the index of a frame among the columns


@pytest.mark.parametrize("name", ["", " ", "Unnamed: 0"])
@pytest.mark.parametrize("numbers", [range(6), [7, 3, 12, 1, 0, 9], [100, 101, 107, 110, 111, 199]])
def test_the_index_of_a_frame_is_left_out(table, name, numbers):
    rows = [f"{number},{row / 2},{row % 2}" for row, number in enumerate(numbers)]
    path = table(f"{name},a,y\n" + "\n".join(rows))
    data = read_table(path)
    assert (data.feature_names, data.target_name) == (("a",), "y")
    assert any("the rows: left out" in note for note in data.notes)
    x, names = read_features(path, ["a"])
    assert (x.shape, names) == ((6, 1), ("a",))
    # One row: any whole number may be an index.
    assert read_features(table(f"{name},a\n5,0.5\n"), ["a"])[0].tolist() == [[0.5]]


def test_an_index_may_stand_anywhere_and_be_there_twice(table):
    head = "Unnamed: 0.1,Unnamed: 0,a,Unnamed: 3,y"
    rows = [f"{row},{row * 7 % 6},{row / 2},{9 - row},{row % 2}" for row in range(6)]
    data = read_table(table("\n".join([head, *rows])))
    assert (data.feature_names, data.target_name, len(data.notes)) == (("a",), "y", 5)


def test_what_is_no_index_stays(table):
    for column in ([1, 1, 2, 3, 4, 5], [0.5, 1, 2, 3, 4, 5], [-1e300, 1, 2, 3, 4, 5][::-1]):
        body = "\n".join(f"{value},{row},{row % 2}" for row, value in enumerate(column))
        if max(map(abs, column)) < 1e30:
            assert read_table(table(",a,y\n" + body)).feature_names == ("column_1", "a")
        named = read_table(table("id,a,y\n" + body.replace("-1e+300", "6")))
        assert named.feature_names == ("id", "a")
    path = table("Unnamed: 0,a,y\n" + "\n".join(f"{9 - r},{r},{r % 2}" for r in range(6)))
    known = ["Unnamed: 0", "a"]  # a network that knows it is given it
    assert read_features(path, known)[0].tolist()[0] == [9, 0]
    assert read_table(path, "Unnamed: 0", task="regression").target_name == "Unnamed: 0"
    without = read_features(table("1,2\n3,4\n"), ["column_1", "column_2"])[0]
    assert without.tolist() == [[1, 2], [3, 4]]
    both = read_features(table(",a,b\n4,1,2\n9,3,4\n"), ["column_1", "column_2"])[0]
    assert both.tolist() == [[1, 2], [3, 4]]
