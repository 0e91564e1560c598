"""FANN training files: every case in the wild, and numbers written so that they come back."""

import numpy as np
import pytest

from glassnet.errors import DataError, FileFormatError
from glassnet.formats.fann import format_data, parse_data, read_data, write_data
from glassnet.formats.fann.data_files import format_number
from tests.shared_data import shared_file

PLAIN = b"2 2 1\n1 2\n3\n4 5\n6\n"
X, Y = [[1, 2], [4, 5]], [[3], [6]]

READ = {
    "plain": (PLAIN, X, Y),
    "no final newline": (PLAIN.rstrip(), X, Y),
    "trailing spaces": (PLAIN.replace(b"\n", b"  \n"), X, Y),
    "all on one line": (PLAIN.replace(b"\n", b" "), X, Y),
    "one token per line": (PLAIN.replace(b" ", b"\n"), X, Y),
    "tabs": (PLAIN.replace(b" ", b"\t"), X, Y),
    "blank lines": (PLAIN.replace(b"\n", b"\n\n"), X, Y),
    "CRLF": (PLAIN.replace(b"\n", b"\r\n"), X, Y),
    "CR only": (PLAIN.replace(b"\n", b"\r"), X, Y),
    "form feed, vertical tab": (PLAIN.replace(b"\n", b"\f\v"), X, Y),
    "leading blank line": (b"\n" + PLAIN, X, Y),
    "input and output on one line": (b"2 2 1\n1 2 3\n4 5 6\n", X, Y),
    "BOM": (b"\xef\xbb\xbf" + PLAIN, X, Y),
    "comment first": (b"# mine\n" + PLAIN, X, Y),
    "comment inside": (PLAIN.replace(b"\n4", b"\n # 7 8\n4"), X, Y),
    "decimal comma": (b"1 2 1\n1,5 -2,5e0\n,5\n", [[1.5, -2.5]], [[0.5]]),
    "header 2 numbers on line 1": (PLAIN.replace(b"2 2 1\n", b"2 2\n1 "), X, Y),
    "header plus signs": (PLAIN.replace(b"2 2 1", b"+2 +2 +1"), X, Y),
    "header leading zeros": (PLAIN.replace(b"2 2 1", b"02 002 01"), X, Y),
    "zero rows": (b"0 2 1\n", np.zeros((0, 2)), np.zeros((0, 1))),
    "zero outputs": (b"1 2 0\n1 2\n\n", [[1, 2]], np.zeros((1, 0))),
    "exponent, plus, dot forms": (b"1 2 1\n+1.5e0 .5\n5.\n", [[1.5, 0.5]], [[5]]),
    "hex float": (b"1 2 1\n0x8 0x1p4\n0x1.8p0\n", [[8, 16]], [[1.5]]),
    "underflow": (b"1 2 1\n1e-400 -1e-400\n1e-320\n", [[0, -0.0]], [[1e-320]]),
}

REFUSED = {
    "commas": (b"2 2 1\n1,2\n3\n4,5\n6\n", "line 6, row 2: expected 6 numbers .* found 'only 4'"),
    "semicolons": (PLAIN.replace(b"1 2", b"1;2"), "line 2, row 1, number 1: expected a number"),
    "too few numbers": (PLAIN[:-2], "row 2: expected 6 numbers \\(2 rows of 3"),
    "too few (input)": (b"2 2 1\n1 2\n3\n4\n", "row 2: expected 6 numbers .* found 'only 4'"),
    "too many numbers": (PLAIN + b"7\n", "line 6, end of the data: expected 6 .* found '7'"),
    "trailing text": (PLAIN + b"the end\n", "line 6, end of the data: expected 6"),
    "header 4 numbers": (PLAIN.replace(b"2 1\n", b"2 1 9\n"), "end of the data"),
    "header floats": (PLAIN.replace(b"2 2 1", b"2.0 2 1"), "line 1, number of rows: .* '2.0'"),
    "header negative rows": (PLAIN.replace(b"2 2 1", b"-2 2 1"), "number of rows: .* found '-2'"),
    "header huge rows": (
        PLAIN.replace(b"2 2 1", b"4000000000 2 1"),
        "expected 12000000000 numbers",
    ),
    "header overflow": (PLAIN.replace(b"2 2 1", b"65536 65537 1"), "expected 429"),
    "zero inputs": (b"1 0 1\n\n3\n", "number of inputs: expected 1 or more"),
    "more rows declared": (PLAIN.replace(b"2 2 1", b"3 2 1"), "expected 9 numbers"),
    "fewer rows declared": (PLAIN.replace(b"2 2 1", b"1 2 1"), "expected 3 numbers"),
    "nan": (b"1 2 1\n1 nan\n3\n", "line 2, row 1, number 2: expected a finite number, found 'nan'"),
    "inf": (b"1 2 1\n1 2\n-inf\n", "line 3, row 1, number 3: expected a finite number"),
    "infinity": (b"1 2 1\n1 2\ninfinity\n", "expected a finite number"),
    "NAN(1)": (b"1 2 1\n1 NAN(1)\n3\n", "expected a number, found 'NAN\\(1\\)'"),
    "overflow": (b"1 2 1\n1 1e400\n3\n", "expected a finite number, found '1e400'"),
    "1_000": (b"1 2 1\n1 1_000\n3\n", "expected a number, found '1_000'"),
    "quoted": (b'1 2 1\n1 "2"\n3\n', "row 1, number 2: expected a number"),
    "fortran 1d0": (b"1 2 1\n1 1d0\n3\n", "expected a number, found '1d0'"),
    "1e": (b"1 2 1\n1e 2\n3\n", "expected a number, found '1e'"),
    "1.2.3 glued": (b"1 2 1\n1.2.3 3\n", "expected a number, found '1.2.3'"),
    "glued sign 1-2": (b"1 2 1\n1-2 3\n", "expected a number, found '1-2'"),
    "--1": (b"1 2 1\n--1 2\n3\n", "expected a number, found '--1'"),
    "NUL byte": (b"1 2 1\n1 2\n\x003\n", "line 3, row 1, number 3: expected a number"),
    "empty": (b"", "line 1, number of rows: expected a whole number of 0 or more|found nothing"),
    "word": (b"hello\n", "number of rows: .* found 'hello'"),
    "no digits": (b"1 2 1\n0x 2\n3\n", "expected a finite number"),
    "mixed decimal marks": (b"1 2 1\n1,5 2.5\n3\n", "with the decimal comma of the numbers before"),
}


@pytest.mark.parametrize("name", READ)
def test_read(name):
    content, x, y = READ[name]
    found = parse_data(content)
    np.testing.assert_array_equal(found[0], x)
    np.testing.assert_array_equal(found[1], y)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    content, message = REFUSED[name]
    with pytest.raises(FileFormatError, match=message):
        parse_data(content)


# What FANN writes, and what it writes wrongly and is written so that it comes back.
NUMBERS = {
    0.0: "0",
    1.0: "1",
    -3.0: "-3",
    2147.0: "2147",
    5000.0: "5000.000000",
    0.25: "0.250000",
    0.1: "0.100000",
    0.9999997: "0.9999997",
    0.0000004: "4e-07",
    1 / 3: "0.3333333333333333",
    1e300: f"{1e300:.6f}",
    2147483648.0: "2147483648.000000",
    -2147483648.0: "-2147483648.000000",
}


@pytest.mark.parametrize("value", NUMBERS)
def test_numbers_are_fanns_text_or_exact(value):
    text = format_number(value)
    assert float(text) == value
    assert text == NUMBERS[value]


def test_minus_zero_keeps_its_sign():
    assert format_number(-0.0) == "-0.0"


def test_everything_comes_back(tmp_path):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(40, 3)), rng.integers(-9000, 9000, (40, 3)) / 8])
    y = 10.0 ** rng.integers(-300, 300, (80, 2))
    read = read_data(write_data(tmp_path / "some.data", x, y))
    np.testing.assert_array_equal(read[0], x)
    np.testing.assert_array_equal(read[1], y)


@pytest.mark.parametrize("name", ["diabetes.train", "mushroom.test", "robot.test"])
def test_fanns_own_data_are_written_back_as_they_are(name):
    path = shared_file(f"fann/{name}")
    assert format_data(*read_data(path)).encode() == path.read_bytes()


def test_what_cannot_be_written():
    with pytest.raises(DataError, match="same number of rows"):
        format_data([[1.0]], [[1.0], [2.0]])
    with pytest.raises(DataError, match="NaN and infinity"):
        format_data([[np.nan]], [[1.0]])
