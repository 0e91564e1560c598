"""Numbers as people write them: what is read, what is refused, and what never is a class."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.data.layout import MISSING, layout
from glassnet.data.numerals import is_number, plain_number
from glassnet.datasets import read_features, read_table
from glassnet.errors import DataError, DTypeError, FileFormatError, GlassnetError

ENDS = ["\n", "\r\n", "\r"]


def written(folder, text):
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def with_comma(number):
    return f"{number!r}".replace(".", ",").replace("e", "E")


NUMBERS = st.floats(-1e12, 1e12).map(lambda number: float(f"{number:.7g}"))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_decimal_commas_come_back_from_any_layout(tmp_path_factory, data):
    width, height = data.draw(st.integers(2, 4)), data.draw(st.integers(2, 6))
    rows = [[data.draw(NUMBERS) for _ in range(width)] for _ in range(height)]
    separator = data.draw(st.sampled_from(";\t"))
    quote = data.draw(st.sampled_from(["", '"']))
    lines = [separator.join(f"{quote}{with_comma(cell)}{quote}" for cell in row) for row in rows]
    lines.insert(0, separator.join(f"name{n}" for n in range(width)))
    for junk in data.draw(
        st.lists(st.sampled_from(["", "  ", "# said; by, someone\t"]), max_size=4)
    ):
        lines.insert(data.draw(st.integers(0, len(lines))), junk)
    if data.draw(st.booleans()):
        lines.insert(0, f"sep={separator}")
    ends = [data.draw(st.sampled_from(ENDS)) for _ in lines]
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    mark = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    path = written(tmp_path_factory.mktemp("t"), mark + text.encode())
    x, names = read_features(path)
    np.testing.assert_array_equal(x, np.array(rows, np.float64))
    assert names == tuple(f"name{n}" for n in range(width))


@pytest.mark.parametrize(
    "text",
    ["sep=;\na;y\n1,5;0\n2;1\n1;0\n3;1\n", "SEP=,\r\na,y\r\n1.5,0\r\n2,1\r\n1,0\r\n3,1\r\n",
     '"sep=\t"\na\ty\n1.5\t0\n2\t1\n1\t0\n3\t1\n', "sep=;;\na;y\n1.5;0\n2;1\n1;0\n3;1\n"],
)  # fmt: skip
def test_a_first_line_says_the_separator(tmp_path, text):
    data = read_table(written(tmp_path, text))
    assert data.x.tolist() == [[1.5], [2], [1], [3]]
    assert data.feature_names == ("a",)


def test_another_separator_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match=r"separated by '\|'; commas, semicolons and tabs"):
        read_table(written(tmp_path, "sep=|\na|y\n1|0\n"))


# --- comments

ROWS = "5.1,3.5,setosa\n# the next is doubtful\n#7.0,3.2,virginica\n4.9,3.0,setosa\n6.4,3.1,other\n"


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("# made by hand\n# in, cm\nlength,width,kind\n", ("length", "width")),
        ("# length,width,kind\n", ("length", "width")),
        ("#length,width,kind\n", ("length", "width")),
        ("# a, b, c\nlength,width,kind\n", ("length", "width")),
        ("#1,2,3\n", ("column_1", "column_2")),
        ("# words only\n\n", ("column_1", "column_2")),
    ],
)
def test_comments_are_left_out(tmp_path, head, names):
    data = read_table(written(tmp_path, head + ROWS))
    assert data.feature_names == names
    assert data.x.tolist() == [[5.1, 3.5], [4.9, 3], [6.4, 3.1]]
    assert any("comment line" in note and "left out" in note for note in data.notes)


@pytest.mark.parametrize(
    "text",
    ["colour,y\n" + "".join(f"#{n % 2},{n}.5\n" for n in range(8)),
     "#colour,y\n" + "".join(f"#{n % 2},{n}.5\n" for n in range(8)),
     "word,y\n" + "".join(f"{'#' * (n % 2)}a,{n}.5\n" for n in range(8))],
)  # fmt: skip
def test_text_that_begins_like_a_comment_is_text(tmp_path, text):
    data = read_table(written(tmp_path, text), 0)
    assert len(data) == 8
    assert data.task == "classification"


def test_a_mark_inside_quotes_is_no_comment(tmp_path):
    text = 'a,note,y\n1,"two\n# lines",0\n2,"one",1\n3,"one",0\n'
    with pytest.raises(DataError, match=r"'two\\n# lines'"):
        read_features(written(tmp_path, text))


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    text = "sep=,\n# by hand\n\na,b,y\n1,2,0\n# more\n\n1,2x,1\n"
    with pytest.raises(DataError, match=r"row 2 \(line 8\) holds the text '2x'"):
        read_table(written(tmp_path, text))
    with pytest.raises(DataError, match="line 8 has 4 cells"):
        read_table(written(tmp_path, text.replace("2x", "2,3")))


def test_the_layout_of_any_text_is_found_or_refused():
    @settings(max_examples=200, deadline=None)
    @given(st.text("#,;\t\n\"sep= a1.'", max_size=60))
    def check(text):
        try:
            found = layout(text, "t")
        except GlassnetError:
            return
        assert len(found.lines) in (0, found.text.count("\n") + 1)
        assert all(found.text.split("\n")) or not found.text

    check()


# --- numbers with more than digits

DECORATE = {
    "currency before": lambda n: f"${n:.2f}",
    "currency after": lambda n: f"{n:.2f} €",
    "code": lambda n: f"{n:.2f} EUR",
    "percent": lambda n: f"{n:g}%",
    "per mille": lambda n: f"{n:g} ‰",
    "German": lambda n: f"{n:,.2f}".translate(str.maketrans(",.", ".,")),
    "English": lambda n: f"{n:,.2f}",
    "thousands": lambda n: f"{n:,.0f}",
    "Swiss": lambda n: f"{n:,.2f}".replace(",", "'"),
    "French": lambda n: f"{n:,.2f}".replace(",", "\u202f").replace(".", ","),
    "Python": lambda n: f"{n:_.0f}",
    "minus sign": lambda n: f"\u2212{n:.1f}",
    "minus after": lambda n: f"{n:.1f}-",
    "accounting": lambda n: f"({n:.2f})",
    "dollars of thousands": lambda n: f"US$ {n:,.2f}",
}


@pytest.mark.parametrize("separator", list(",;\t"))
@pytest.mark.parametrize("how", DECORATE)
def test_marked_numbers_are_neither_classes_nor_text_without_a_word(tmp_path, how, separator):
    values = [DECORATE[how](1234.5 * (n % 3 + 1)) for n in range(12)]
    assert all(plain_number(value) is not None for value in values)
    cells = [f'{n}{separator}"{value}"{separator}{n}.5\n' for n, value in enumerate(values)]
    path = written(tmp_path, f"a{separator}b{separator}c\n" + "".join(cells))
    for read in (lambda: read_table(path, "b"), lambda: read_features(path)):
        with pytest.raises(
            DataError, match=r"[Ww]rite .*(without marks|decimal point|, or 1)"
        ) as caught:
            read()
        assert "row 1 (line 2)" in str(caught.value) or "thousands" in str(caught.value)
    number = float(plain_number(values[0]))
    assert abs(number) in (1234.5, 1234, 1235)


@settings(max_examples=200)
@given(st.floats(0.01, 1e9), st.sampled_from(sorted(DECORATE)))
def test_the_plain_form_is_the_number(number, how):
    text = DECORATE[how](number)
    plain = plain_number(text)
    assert is_number(plain)
    digits = [re.sub(r"\D", "", one).lstrip("0").rstrip("0") for one in (text, plain)]
    if "e" not in text:
        assert digits[0] == digits[1]


@pytest.mark.parametrize(
    "text", ["5 kg", "2020-01-01", "12:30", "1st", "0x1", "a", "", "nan", "-", "%", "$", "1.2.3"]
)
def test_other_text_is_no_number(text):
    assert plain_number(text) is None


def test_a_quantity_with_one_marked_number_names_that_number(tmp_path):
    rows = "".join(f"{n},{-200 + n}\n" for n in range(60)) + '60,"10,086"\n'
    with pytest.raises(
        DataError, match=r"the text '10,086' in row 61 \(line 62\).*10086 \(or 10.086"
    ):
        read_table(written(tmp_path, "a,b\n" + rows))
    rows = rows.replace('"10,086"', "4O")
    with pytest.raises(DataError, match=r"holds text, 61 different values .*'4O'"):
        read_table(written(tmp_path, "a,b\n" + rows))


def test_classes_that_begin_with_numbers_are_said(tmp_path):
    data = read_table(
        written(tmp_path, "a,b\n" + "".join(f"{n},{n % 2 + 5} kg\n" for n in range(8)))
    )
    assert data.class_names == ("5 kg", "6 kg")
    assert "text such as '5 kg' is taken for classes" in " ".join(data.notes)


def test_marks_of_numbers_can_be_classes_if_said(tmp_path):
    path = written(tmp_path, "a,b\n" + "".join(f"{n},{n % 2 + 1}0%\n" for n in range(8)))
    assert read_table(path, task="classification").class_names == ("10%", "20%")
    assert read_table(path, class_names=("20%", "10%")).y[0] == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1.200;0,5\n2.300;1,5\n", "'1.200', where other columns .*'0,5': the point .*Write 1200;"),
        ("1,200;0.5\n2,300;1.5\n", "'1,200', where other columns .*'0.5': the comma .*Write 1200;"),
        ("950,5;1\n1.200;2\n", "holds '950,5' in row 1 .*'1.200' in row 2 .* which is the decimal"),
    ],
)
def test_a_mark_that_may_mean_thousands_is_refused(tmp_path, rows, message):
    with pytest.raises(DataError, match=message):
        read_features(written(tmp_path, "a;b\n" + rows))


def test_decimal_commas_are_said(tmp_path):
    data = read_table(written(tmp_path, "a;b;y\n1,200;2;0\n3,400;1;1\n5,6;1;0\n1;1;1\n"))
    assert data.x[:, 0].tolist() == [1.2, 3.4, 5.6, 1]
    assert "commas are decimal marks: 1,200 in column 'a' is 1.200" in data.notes


# --- words that mean that nothing is there


def test_none_is_a_class_among_words_and_a_gap_among_numbers(tmp_path):
    data = read_table(written(tmp_path, "a,y\n1,None\n2,Mild\n3,None\n4,Mild\n"))
    assert data.class_names == ("Mild", "None")
    assert "'None' is a class, of 2 rows" in " ".join(data.notes)
    for cells in ("1\n2,None\n3,2\n4,1", "None\n2,\n3,None\n4,None", "Mild\n2,\n3,None\n4,Mild"):
        with pytest.raises(DataError, match="is missing"):
            read_table(written(tmp_path, f"a,y\n1,{cells}\n"))


@pytest.mark.parametrize("word", [word for word in MISSING if word not in ("", "None")])
def test_codes_of_missing_values_are_classes_only_if_named(tmp_path, word):
    path = written(tmp_path, f"a,y\n1,{word}\n2,x\n3,{word}\n4,x\n")
    with pytest.raises(DataError, match=rf"row 1 \(line 2\) is missing \('{re.escape(word)}'\)"):
        read_table(path)
    assert read_table(path, class_names=("x", word)).y.tolist() == [1, 0, 1, 0]
    assert read_table(written(tmp_path, f"a,y\n1,{word}\n2,x\n"), class_names=("x", word)).y[0] == 1


@pytest.mark.parametrize(
    "words", [("True", "False"), ("inf", "low"), ("Nano", "None"), ("true", "no")]
)
def test_words_are_classes(tmp_path, words):
    rows = "".join(f"{n},{words[n % 2]}\n" for n in range(6))
    data = read_table(written(tmp_path, "a,y\n" + rows))
    assert data.class_names == tuple(sorted(words))
    assert (
        read_table(tmp_path / "table.csv", class_names=data.class_names).y.tolist()
        == data.y.tolist()
    )


def test_a_feature_has_no_classes(tmp_path):
    with pytest.raises(DataError, match=r"missing \('None'\)") as caught:
        read_features(written(tmp_path, "a,y\nNone,1\n2,2\n"))
    assert "class" not in str(caught.value)


# --- lists


@pytest.mark.parametrize(
    ("x", "place", "text"),
    [
        ([[1, 2.5, "x"], [1, 2, 3]], "0, 2", "x"),
        ([[1, 2, 3], [True, 2, "nan"]], "1, 2", "nan"),
        ([[1, 2], (3, b"y")], "1, 1", "b'y'"),
        ([[1, "2"], [3, 4]], "0, 1", "2"),
    ],
)
def test_the_text_among_numbers_of_a_list_is_named(x, place, text):
    from glassnet.data.arrays import check_array

    with pytest.raises(DTypeError, match=rf"x\[{place}\] is the text .*{text}"):
        check_array(x)
    with pytest.raises(DTypeError, match=rf"x\[{place}\] is the text"):
        check_array(np.array(x, dtype=object))


def test_the_text_among_numbers_that_became_text_is_named():
    from glassnet.data.arrays import check_array

    with pytest.raises(DTypeError, match=r"x\[0, 2\] is the text 'x'"):
        check_array(np.array([[1, 2.5, "x"], [1, 2, 3]]))
