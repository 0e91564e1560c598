"""FANN network files: read in every layout, written as FANN 2.2.0 writes them, errors that help.

Longer than other files: reader and writer are held against the same files.
"""

import re

import numpy as np
import pytest

from glassnet.errors import FileFormatError
from glassnet.formats.fann import format_fixed, format_net, parse_net, read_net, write_net
from tests.formats.fann.xor import XOR, xor_net
from tests.shared_data import shared_file

LAYOUTS = {
    "and_fann2.net": [2, 4, 1],
    "cascade_xor.net": [2, 1, 1],
    "deep_4_6_5_3.net": [4, 6, 5, 3],
    "scaled_2_3_1.net": [2, 3, 1],
    "shortcut_3_4_3_2.net": [3, 4, 3, 2],
    "sparse_0.4_6_5_3.net": [6, 5, 3],
    "xor_1.1.net": [2, 3, 1],
    "xor_2.0.net": [2, 3, 1],
    "xor_decimal_comma.net": [2, 3, 1],
    "xor_double_2.1.net": [2, 3, 1],
    "xor_fix_2.0.net": [2, 3, 1],
    "xor_float_2.1.net": [2, 3, 1],
    "xor_layout_fann_2.1.0.net": [2, 3, 1],
    "xor_layout_git_2026_adam.net": [2, 3, 1],
}
OTHER_LAYOUT = re.compile("1.1.net|_2.0|comma|2.1.0|2026")


def same(first, second):
    assert first.layer_sizes == second.layer_sizes
    for name, value in first.parameters.items():
        # Six decimals are all the file keeps of a C float.
        assert value == pytest.approx(second.parameters[name], abs=1e-6), name
    for name in ("num_inputs", "activation", "steepness", "sources", "weights"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_file_of_fann(name):
    path = shared_file(f"fann/samples/{name}")
    net = read_net(path)
    assert net.layers == LAYOUTS[name]
    text = format_net(net).encode()
    assert (text == path.read_bytes()) == (OTHER_LAYOUT.search(name) is None)
    same(parse_net(text), net)


@pytest.mark.parametrize(
    "name", ["xor_2.0.net", "xor_layout_fann_2.1.0.net", "xor_layout_git_2026_adam.net",
             "xor_decimal_comma.net"],
)  # fmt: skip
def test_every_layout_holds_the_same_network(name):
    net = read_net(shared_file(f"fann/samples/{name}"))
    same(net, read_net(shared_file("fann/samples/xor_float_2.1.net")))


def test_the_old_layout_holds_the_same_weights():
    net = read_net(shared_file("fann/samples/xor_1.1.net"))
    new = read_net(shared_file("fann/samples/xor_float_2.1.net"))
    np.testing.assert_array_equal(net.weights, new.weights)
    np.testing.assert_array_equal(net.activation[3:], new.activation[3:])


def test_unknown_fields_are_kept():
    net = read_net(shared_file("fann/samples/xor_layout_git_2026_adam.net"))
    assert net.extra["adam_beta1"] == "0.900000"


def test_the_fixed_point_file_is_fanns():
    text, point = format_fixed(read_net(shared_file("fann/samples/xor_float_2.1.net")))
    assert point == 13
    assert text.encode() == shared_file("fann/samples/xor_fix_2.0.net").read_bytes()


def test_a_written_file_reads_back(tmp_path):
    net = xor_net()
    path = write_net(net, tmp_path / "xor.net")
    assert path.read_text(encoding="ascii") == XOR
    same(read_net(path), net)


def edit(old, new, count=1):
    def change(text):
        assert old in text
        return text.replace(old, new, count)

    return change


def swap(text):
    return text.replace(
        "learning_rate=0.700000\nconnection_rate=1.000000\n",
        "connection_rate=1.000000\nlearning_rate=0.700000\n",
    )


def on_line(start, change):
    """Change the line that begins so."""

    def changed(text):
        lines = text.split("\n")
        number = next(n for n, line in enumerate(lines) if line.startswith(start))
        lines[number] = change(lines[number])
        return "\n".join(lines)

    return changed


def drop(*names):
    def change(text):
        lines = text.split("\n")
        return "\n".join(line for line in lines if line.split("=")[0] not in names)

    return change


def decimal_comma(text):
    return re.sub(r"(\d)\.(\d)", r"\1,\2", text).replace("FLO_2,1", "FLO_2.1")


RATE = "learning_rate=0.700000"
SAME = [
    ("as saved", lambda text: text),
    ("no newline at end", lambda text: text.rstrip("\n")),
    ("no trailing spaces on list lines", lambda text: text.replace(" \n", "\n")),
    (
        "trailing spaces on every line but the first",
        lambda text: text.replace("\n", "  \n").replace("2.1  \n", "2.1\n"),
    ),
    ("blank lines between fields", lambda text: text.replace("\nl", "\n\nl")),
    ("blank line right after the version", edit("2.1\n", "2.1\n\n")),
    ("leading space before num_layers", edit("num_layers", " num_layers")),
    ("leading space before learning_rate", edit("learning_rate", " learning_rate")),
    ("tab before learning_rate", edit("learning_rate", "\tlearning_rate")),
    ("space before =", edit("learning_rate=", "learning_rate =")),
    ("space after =", edit("learning_rate=", "learning_rate= ")),
    ("newline after =", edit("learning_rate=", "learning_rate=\n")),
    ("two fields on one line (space between)", edit("0.700000\n", "0.700000 ")),
    ("two fields with nothing between", edit("0.700000\n", "0.700000")),
    ("CRLF everywhere", lambda text: text.replace("\n", "\r\n")),
    (
        "CRLF except the version line",
        lambda text: text.replace("\n", "\r\n").replace("\r\n", "\n", 1),
    ),
    ("CR only", lambda text: text.replace("\n", "\r")),
    ("UTF-8 BOM", lambda text: "\xef\xbb\xbf" + text),
    ("space after version", edit("2.1\n", "2.1 \n")),
    ("comment line", edit("learning_rate", "# made by hand = me\nlearning_rate")),
    ("field order swapped (rate/momentum)", swap),
    ("unknown extra field", edit("learning_rate", "colour=7\nlearning_rate")),
    ("case changed", edit("learning_rate", "Learning_Rate")),
    (
        "no cascade_min_* (FANN 2.1.0 file)",
        drop("cascade_min_out_epochs", "cascade_min_cand_epochs"),
    ),
    ("no scale_included line, header 2.1", drop("scale_included")),
    (
        "header FANN_FLO_2.0, no scale_included",
        lambda text: drop("scale_included")(text).replace("2.1", "2.0", 1),
    ),
    ("header FANN_FLO_2.0, with scale_included", edit("FLO_2.1", "FLO_2.0")),
    ("header FANN_FLO_2.2", edit("FLO_2.1", "FLO_2.2")),
    ("scale_included=2", edit("scale_included=0", "scale_included=2")),
    ("learning_rate=0x1.6666660000000p-1", edit(RATE, "learning_rate=0x1.6666660p-1")),
    ("num_layers=+3", edit("num_layers=3", "num_layers=+3")),
    ("num_layers=03", edit("num_layers=3", "num_layers=03")),
    ("connection_rate=0.5 (full net)", edit("connection_rate=1.0", "connection_rate=0.5")),
    ("neurons: newline between tuples", edit(") (", ")\n(", 8)),
    ("neurons: nothing between tuples", lambda text: text.replace(") (", ")(")),
    ("neurons: no spaces inside", lambda text: text.replace(", ", ",")),
    ("neurons: space after (", edit("=(", "=( ")),
    ("neurons: space before ,", edit("(0,", "(0 ,")),
    ("neurons: space before )", edit("00) ", "00 ) ")),
    (
        "neurons label without inner spaces",
        edit(
            "(num_inputs, activation_function, activation_steepness)",
            "(num_inputs,activation_function,activation_steepness)",
        ),
    ),
    ("connections label other text", edit("(connected_to_neuron, weight)", "(from, w)")),
    (
        "connections label without blanks",
        edit(
            "connections (connected_to_neuron, weight)", "connections(connected_to_neuron,weight)"
        ),
    ),
    ("garbage after the end", lambda text: text + "garbage\n"),
    (
        "connected_to_neuron all 0",
        lambda text: (
            text[: text.index("connections (")]
            + re.sub(r"\((\d+), ", "(0, ", text[text.index("connections (") :])
        ),
    ),
    ("decimal comma", decimal_comma),
]

# What the error says: the line, the field, what was expected and what stands there.
WRONG = [
    ("header FANN_FIX_2.1", edit("FLO", "FIX"), "decimal_point: expected a line decimal_point="),
    ("header FANN_FLO_3.0", edit("2.1", "3.0"), "line 1, version: expected a version from 1.1"),
    (
        "scale_included=1 without block",
        edit("scale_included=0", "scale_included=1"),
        "scale_mean_in: expected a line",
    ),
    (
        "learning_rate=0.7abc",
        edit(RATE, "learning_rate=0.7abc"),
        "line 3, learning_rate: expected a number, found '0.7abc'",
    ),
    (
        "learning_rate=,5",
        edit("connection_rate=1.000000", "connection_rate=,5"),
        "line 4, connection_rate: expected a number with the decimal point",
    ),
    (
        "learning_rate=nan",
        edit(RATE, "learning_rate=nan"),
        "line 3, learning_rate: expected a finite number, found 'nan'",
    ),
    (
        "a field twice",
        edit(RATE, f"{RATE}\n{RATE}"),
        "line 4, learning_rate: expected the field once",
    ),
    (
        "num_layers=-1",
        edit("num_layers=3", "num_layers=-1"),
        "line 2, num_layers: expected a whole",
    ),
    ("num_layers=3.0", edit("num_layers=3", "num_layers=3.0"), "num_layers: expected a whole"),
    (
        "num_layers=1",
        edit("num_layers=3", "num_layers=1"),
        "num_layers: expected 2 or more, found '1'",
    ),
    (
        "num_layers=2",
        edit("num_layers=3", "num_layers=2"),
        "layer_sizes: expected 2 numbers, found '3",
    ),
    (
        "num_layers=4",
        edit("num_layers=3", "num_layers=4"),
        "layer_sizes: expected 4 numbers, found '3",
    ),
    ("num_layers=1e18", edit("num_layers=3", f"num_layers={10**17}"), "found '3 numbers'"),
    (
        "training_algorithm=9",
        edit("training_algorithm=2", "training_algorithm=9"),
        "training_algorithm: expected a whole number from 0 to 5, found '9'",
    ),
    ("network_type=7", edit("network_type=0", "network_type=7"), "network_type: expected a whole"),
    (
        "network_type=1 on a layered file",
        edit("network_type=0", "network_type=1"),
        "num_inputs of neuron 6: expected 3 to 3 connections, found '0'",
    ),
    ("layer size 0", edit("layer_sizes=3 4", "layer_sizes=3 0"), "layer_sizes: expected 1 or more"),
    (
        "layer size 5 hidden",
        edit("layer_sizes=3 4", "layer_sizes=3 5"),
        "neurons 10 of 10: expected",
    ),
    (
        "layer size 1e9",
        edit("layer_sizes=3 4", "layer_sizes=3 1000000000"),
        "neurons 10 of 1000000005",
    ),
    ("no input", edit("layer_sizes=3 4 2", "layer_sizes=1 4 2"), "layer_sizes: expected an input"),
    ("activation 99", edit("(3, 5,", "(3, 99,"), "activation_function of neuron 3: .* found '99'"),
    ("neurons: ) missing on one", edit("00) (3", "00 (3"), "neurons 3 of 9: expected"),
    (
        "neurons label mistyped",
        edit("neurons (", "neuronz ("),
        "neurons: expected a line neurons=.*'neuronz' meant",
    ),
    (
        "connections truncated (last tuple gone)",
        lambda text: text[: text.rindex("(")] + "\n",
        "connections 13 of 13: expected",
    ),
    (
        "connections: one tuple too many",
        lambda text: text.rstrip() + " (6, 1.0)\n",
        "connections: expected 13 of them, found 'another",
    ),
    (
        "weight nan",
        on_line("connections", lambda line: re.sub(r"-1\.36\S+\)", "nan)", line)),
        "weight of connection 0: expected a finite number, found 'nan'",
    ),
    (
        "weight inf",
        on_line("connections", lambda line: re.sub(r"-1\.36\S+\)", "inf)", line)),
        "weight of connection 0: expected a finite number",
    ),
    (
        "weight 1e400",
        on_line("connections", lambda line: re.sub(r"-1\.36\S+\)", "1e400)", line)),
        "weight of connection 0: expected a finite number",
    ),
    (
        "connected_to_neuron 999999",
        edit("(0, -1.36", "(999999, -1.36"),
        "connected_to_neuron of connection 0: expected a neuron from 0 to 8, found '999999'",
    ),
    (
        "connected_to_neuron 999999, rate .5",
        lambda text: edit("(0, -1.36", "(999999, -1.36")(text).replace("rate=1.0", "rate=0.5"),
        "connected_to_neuron of connection 0",
    ),
    ("num_inputs sums to one more", edit("(4, 5,", "(5, 5,"), "connections 14 of 14: expected"),
    ("num_inputs sums to one less", edit("(4, 5,", "(3, 5,"), "connections: expected 12 of them"),
    (
        "a source twice",
        lambda text: (
            edit("(4, 5,", "(3, 5,")(text)
            .replace(" (6, -2.", " ")
            .replace("(5, 3.", "(4, 3.")
            .replace("16991171240806579590e-01) ", "")
        ),
        "connections of neuron 7: expected each source once, found '4 twice'",
    ),
    (
        "cascade_activation_functions_count=0",
        edit("functions_count=10", "functions_count=0"),
        "_count: expected 1 or more",
    ),
    (
        "cascade function 50",
        edit("=3 5 7", "=50 5 7"),
        "cascade_activation_functions: expected a whole",
    ),
    ("empty file", lambda text: "", "line 1, version: expected FANN_FLO_2.1"),
    ("one byte", lambda text: "F", "version: expected FANN_FLO_2.1 .* found 'F'"),
    ("version only", lambda text: "FANN_FLO_2.1\n", "num_layers: expected num_layers="),
    ("version without newline", lambda text: "FANN_FLO_2.1", "num_layers: expected num_layers="),
    ("cases", lambda text: "cases", "version: expected FANN_FLO_2.1 .* found 'cases'"),
    ("mixed decimal marks", edit("=1.75", "=1,75"), "with the decimal point of the numbers before"),
]


@pytest.mark.parametrize(("name", "change"), SAME, ids=[case[0] for case in SAME])
def test_the_same_network_is_read(name, change):
    net = parse_net(change(XOR).encode("latin-1"))
    expected = xor_net()
    if "rate=0.5" in name:
        expected.parameters["connection_rate"] = 0.5
    same(net, expected)


@pytest.mark.parametrize(("name", "change", "message"), WRONG, ids=[case[0] for case in WRONG])
def test_a_broken_file_says_where(name, change, message):
    with pytest.raises(FileFormatError, match=message):
        parse_net(change(XOR).encode("latin-1"))


@pytest.mark.parametrize("value", ["1e-1", "0x1.999999999999ap-4", "+.1", "0.1"])
def test_numbers_as_c_reads_them(value):
    net = parse_net(XOR.replace(RATE, f"learning_rate={value}").encode())
    assert net.parameters["learning_rate"] == 0.1


@pytest.mark.parametrize("number", [18, 19])
def test_the_activations_of_later_versions(number):
    assert parse_net(XOR.replace("(3, 5,", f"(3, {number},").encode()).activation[3] == number


def test_steepness_0_is_a_number():
    text = XOR.replace("(3, 5, 1.0", "(3, 5, 0.0", 1)
    assert parse_net(text.encode()).steepness[3] == 0


def test_a_full_network_in_another_order_keeps_its_sources():
    text = XOR.replace("(0, -1.36", "(1, -1.36").replace("(1, 1.86", "(0, 1.86")
    assert parse_net(text.encode()).sources[:3].tolist() == [1, 0, 2]


def test_a_sparse_network_whose_rate_was_rounded_to_1_stays_sparse():
    text = XOR.replace("(4, 5,", "(3, 5,").replace("(4, 2.74", "(2.74")
    text = re.sub(r"\(2\.74\S+ ", "", text)
    net = parse_net(text.encode())
    assert net.sources[-3:].tolist() == [3, 5, 6]


@pytest.mark.parametrize("name", ["nothere.net", "."])
def test_no_such_file(tmp_path, name):
    with pytest.raises(FileFormatError, match="cannot read"):
        read_net(tmp_path / name)


OLD = """FANN_FLO_1.1
3 0.700000 1.000000 0 5 5 1.0 1.0
2 2 2
0 0 2 0 2 0
(0 1.5) (1 -2.5) (2 3.5) (3 0.5)
"""
OLD_WRONG = [
    ("3 0.7", "9000000000 0.7", "layer_sizes: expected 9000000000 layer sizes"),
    ("3 0.7", "x 0.7", "line 2, num_layers: expected a whole number"),
    ("2 2 2", "2 900000000 2", "num_connections: expected 900000004 numbers"),
    ("0 5 5", "0 5 77", "activation of the output layer: .* found '77'"),
    ("(1 -2.5)", "(1 -2.5", "connections: expected 4 connections"),
    ("(1 -2.5)", "(7 -2.5)", "connected_to_neuron of connection 1: expected"),
    ("(3 0.5)", "", "connections: expected 4 connections"),
    ("(1 -2.5)", "(1 -2.5 )x", "line 5, connection 2: expected '\\('"),
    ("0 0 2 0 2 0", "0 0 2 0 1 1", "num_inputs of neuron 5: expected 0 to 0"),
    ("2 2 2", "2 2 1", "layer_sizes: expected an input and an output|expected"),
]


def test_the_old_layout():
    net = parse_net(OLD.encode())
    assert net.layers == [1, 1, 1]
    assert net.weights.tolist() == [1.5, -2.5, 3.5, 0.5]
    fixed = OLD.replace("FLO_1.1", "FIX_1.1\n1")
    assert parse_net(fixed.encode()).weights.tolist() == [0.75, -1.25, 1.75, 0.25]


@pytest.mark.parametrize(("old", "new", "message"), OLD_WRONG)
def test_a_broken_old_file_says_where(old, new, message):
    assert old in OLD
    with pytest.raises(FileFormatError, match=message):
        parse_net(OLD.replace(old, new).encode())
