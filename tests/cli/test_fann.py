"""The command with FANN's files."""

import pytest

XOR = "4 2 1\n-1 -1\n-1\n-1 1\n1\n1 -1\n1\n1 1\n-1\n"


@pytest.fixture
def data(folder):
    (folder / "xor.data").write_text(XOR, encoding="ascii")
    return "xor.data"


def test_from_training_data_to_a_network_file_and_back(command, data, folder):
    told = command("train", data, "--seed", 1)
    assert told.code == 0, told.err
    assert "FANN training file of 2 inputs and 1 output\n" in told.out
    done = command("export", "xor.safetensors", "--to", "fann", "--output", "xor.net")
    assert done.code == 0, done.err
    assert (folder / "xor.net").read_text(encoding="ascii").startswith("FANN_FLO_2.1\n")
    shown = command("show", "xor.net")
    assert "dense_1" in shown.out
    predicted = command("predict", "xor.net", data).out.split()
    assert [round(float(word)) for word in predicted[1:]] == [-1, 1, 1, -1]
    assert "R²" in command("evaluate", "xor.net", data).out


def test_a_broken_file_is_told_of(command, folder):
    (folder / "bad.data").write_text("2 2 1\n1 2\n3\n4 x\n6\n", encoding="ascii")
    assert (
        "line 4, row 2, number 2: expected a number, found 'x'"
        in command("train", "bad.data").error
    )
    (folder / "bad.net").write_text("FANN_FLO_2.1\nnum_layers=x\n", encoding="ascii")
    assert "line 2, num_layers: expected" in command("show", "bad.net").error


def test_unknown_format(command, data):
    command("train", data, "--seed", 1)
    assert "did you mean 'fann'?" in command("export", "xor.safetensors", "--to", "fan_").error
