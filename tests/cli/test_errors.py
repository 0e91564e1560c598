"""Bad input: one clear message, the right exit code, and nothing left behind."""

import errno
import pathlib

import numpy as np
import pytest

import glassnet as gn
from glassnet.cli import main
from glassnet.formats import files


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def table(folder, text, name="t.csv"):
    (folder / name).write_text(text)
    return name


GOOD = "a,b,kind\n" + "\n".join(f"{i},{i % 7},{'no' if i % 2 else 'yes'}" for i in range(40))

TRAINING = [
    (["digit"], "there is no built-in data set and no file 'digit'; did you mean 'digits'?"),
    (["flowers.csv"], "there is no file flowers.csv"),
    (["away/flowers.csv"], "there is no file away/flowers.csv: the folder away does not exist"),
    (["iris", "--target", "petal"],
     "iris is a built-in set and its target is 'species'; leave --target out"),
    (["t.csv", "--target", "kinds"], "t.csv has no column 'kinds'; did you mean 'kind'?"),
    (["t.csv", "--target", "9"], "t.csv has no column 9: its 3 columns count from 0 to 2, or from "
     "-1 backwards"),
    (["iris", "--layers", "many"], "--layers: 'many' is not understood; write units and "
     "activation, parted by commas, for example '64 relu, dropout 0.2, 10 softmax'"),
    (["iris", "--layers", "8 rellu, 3 softmax"],
     "unknown activation 'rellu'; did you mean 'relu'?"),
    (["iris", "--layers", "0 relu, 3 softmax"],
     "Dense(units=0): units must be a positive whole number"),
    (["iris", "--layers", "8 relu, dropout much, 3 softmax"], "--layers: 'dropout much' needs the "
     "fraction to leave out, for example 'dropout 0.2'"),
    (["iris", "--layers", "8 relu"],
     "--layers ends with '8 relu', but iris has 3 classes; end with '3 softmax'"),
    (["xor", "--layers", "8 relu"], "--layers ends with '8 relu', but xor has 2 classes; end with "
     "'2 softmax' or '1 sigmoid'"),
    (["diabetes", "--layers", "8 relu, 2"],
     "--layers ends with '2', but diabetes asks for a single number; end with '1'"),
    (["iris", "--optimizer", "adm"], "unknown optimizer 'adm'; did you mean 'adam'?"),
    (["iris", "--learning-rate", "-1"],
     "learning_rate=-1.0 must be a finite number, 0 or greater"),
    (["iris", "--batch-size", "0"], "batch_size=0 must be a whole number of at least 1, or 'full' "
     "for all samples at once"),
    (["iris", "--batch-size", "big"], "batch_size='big' must be a whole number of at least 1, or "
     "'full' for all samples at once"),
    (["iris", "--test-size", "0"],
     "--test-size 0 must be greater than 0: a fraction of the rows, or a count"),
    (["iris", "--test-size", "1.5"], "the part to hold out is 1.5; use a fraction between 0 and 1, "
     "or a count from 1 to 149"),
    (["iris", "-o", "away/m.safetensors"], "cannot write 'away/m.safetensors': the folder 'away' "
     "does not exist; create it or choose another"),
    (["iris", "-o", "."], "cannot write '.': it is a folder; give the name of a file"),
    (["iris", "-o", "t.csv/m.safetensors"], "cannot write 't.csv/m.safetensors': 't.csv' is a "
     "file, not a folder; choose another place"),
    (["iris", "--report", "away/r.html"], "cannot write 'away/r.html': the folder 'away' does not "
     "exist; create it or choose another"),
    (["iris", "-o", "m.keras"], "'m.keras' ends as a file of Keras, but a model is written as "
     ".safetensors; call it 'm.safetensors'. Other formats: a program by "
     'net.save_source("net.py"), a file for FANN by `glassnet export net.safetensors --to fann`'),
    (["iris", "-o", "m", "--report", "m"], "--output 'm' and --report 'm' must be two files"),
    (["t.csv", "-o", "t.csv"], "'t.csv' holds the data; choose another file to write"),
    (["iris", "--resume", "none.safetensors"], "there is no file 'none.safetensors'"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), TRAINING)
def test_training_is_refused_with_a_reason(command, folder, arguments, message):
    table(folder, GOOD)
    done = command("train", *arguments)
    assert (done.code, done.out) == (1, "")
    assert done.error == message
    assert left(folder) == ["t.csv"]


TABLES = [
    ("", "t.csv is empty; a table with at least two rows is needed"),
    ("a,b,kind\n", "t.csv has a header line and no rows below it"),
    ("a,kind\n1,x\ntwo,y\n3,x\n4,y\n", "t.csv: column 'a', row 2 (line 3) holds the text 'two' "
     "where a number is needed (1 in all). Remove the column, turn it into numbers, or name it as "
     "the target if it is what is to be predicted"),
    ("a,kind\n1,x\n2,x\n3,x\n", "t.csv: the target 'kind' is x in all 3 rows: there is nothing to "
     "learn from a single class. Is it the right column?"),
    ("a,b,kind\n1,2,x\n1,2\n", "t.csv: line 3 has 2 cells, the first line has 3, separated by "
     "commas. Every row needs the same number; text that holds a separator must stand in quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), TABLES)
def test_a_bad_table_is_refused_with_its_place(command, folder, text, message):
    done = command("train", table(folder, text))
    assert (done.code, done.error) == (1, message)
    assert left(folder) == ["t.csv"]


def test_numbers_that_are_none_are_refused(command, folder):
    np.savez(folder / "n.npz", x=np.full((30, 2), np.nan), y=np.arange(30) % 2)
    done = command("train", "n.npz")
    assert done.code == 1
    assert done.error.startswith(
        "x holds 60 values that are not finite: the first, x[0, 0], is nan"
    )


@pytest.mark.parametrize("arguments", [["train"], ["train", "iris", "--epochs", "0"], ["trian"]])
def test_wrong_usage_ends_with_2(command, folder, arguments):
    done = command(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Usage: glassnet" in done.err
    assert left(folder) == []


def test_a_diverged_run_leaves_the_older_model_alone(command, folder):
    assert command("train", "iris", "--json").code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = command(
        "train", "iris", "--optimizer", "sgd", "--learning-rate", "1e30",
        "--layers", "8 relu, 8 relu, 3 softmax",
    )  # fmt: skip
    assert done.code == 1
    message = done.err[done.err.index("error: ") :]
    assert "the first value that went bad is" in message
    assert "Likely cause:" in message
    assert "learning rate" in message
    assert message.endswith("No model and no report were written\n")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.fixture
def full_disk(monkeypatch):
    """A disk on which files can be made, but have room for ``room[0]`` bytes only."""
    room = [0]
    plain = pathlib.Path.open

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *rest):
            self.file.close()

        def write(self, content):
            if len(content) > room[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(content)

    def opened(path, mode="r", *rest, **more):
        file = plain(path, mode, *rest, **more)
        return Full(file) if "x" in mode else file

    monkeypatch.setattr(pathlib.Path, "open", opened)
    return room


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_noticed_before_training(command, folder):
    done = command("train", "iris")
    assert done.code == 1
    assert done.error == (
        "cannot write 'iris.safetensors': the disk is full; free some space or choose a file on "
        "another disk"
    )
    assert left(folder) == []


def test_a_disk_that_fills_up_while_training_leaves_nothing_half_written(
    command, folder, monkeypatch
):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    done = command("train", "and", "--json")
    assert done.code == 1
    assert done.out == ""
    assert "the disk is full" in done.err
    assert left(folder) == []


def test_a_report_that_cannot_be_written_is_an_error(command, folder):
    if not pathlib.Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = command("train", "and", "--report", "/dev/full")
    assert done.code == 1
    assert "error: cannot write '/dev/full': the disk is full" in done.err


def test_an_unexpected_exception_keeps_its_traceback(folder, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("glassnet.cli.run.load_data", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        main(["train", "iris"])


# Models ---------------------------------------------------------------------------------


@pytest.fixture
def model(command, folder):
    table(folder, GOOD)
    assert command("train", "t.csv", "--epochs", "5", "--json").code == 0
    return "t.safetensors"


@pytest.mark.parametrize("what", ["evaluate", "predict"])
def test_a_missing_column_is_named(command, model, folder, what):
    table(folder, "aa,b,kind\n1,2,yes\n3,4,no\n", "new.csv")
    done = command(what, model, "new.csv")
    assert done.code == 1
    assert done.error.startswith("new.csv has no column 'a', which the network needs")


def test_a_missing_target_is_named(command, model, folder):
    table(folder, "a,b,kinds\n1,2,yes\n3,4,no\n", "new.csv")
    done = command("evaluate", model, "new.csv")
    assert (done.code, done.error) == (1, "new.csv has no column 'kind'; did you mean 'kinds'?")
    assert command("evaluate", model, "new.csv", "--target", "kinds").code == 0


def test_a_class_the_network_does_not_know_is_named(command, model, folder):
    table(folder, "a,b,kind\n1,2,yes\n3,4,maybe\n", "new.csv")
    done = command("evaluate", model, "new.csv")
    assert done.code == 1
    assert "the class 'maybe', which is not one of the 2 known classes" in done.error


def test_other_data_have_other_features(command, model):
    done = command("predict", model, "iris")
    assert (done.code, done.error) == (
        1,
        "the samples have 4 features, but the network was trained with 2",
    )


@pytest.mark.parametrize("what", [["show"], ["evaluate", "t.csv"], ["predict", "t.csv"]])
@pytest.mark.parametrize("damage", ["missing", "cut", "foreign", "text"])
def test_a_damaged_model_is_refused(command, model, folder, what, damage):
    path = folder / model
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "foreign":
        from safetensors.numpy import save_file

        save_file({"w": np.ones(3)}, path)
    else:
        path.write_text("hello")
    done = command(what[0], model, *what[1:])
    assert done.code == 1
    assert "t.safetensors" in done.error


def test_a_model_is_no_checkpoint(command, model):
    done = command("train", "t.csv", "--resume", model)
    assert (done.code, done.error) == (
        1,
        "'t.safetensors' is no checkpoint of an interrupted `glassnet train`; those are named like "
        "digits.checkpoint.safetensors and are removed when the training has ended",
    )


def test_predictions_that_cannot_be_written(command, model):
    done = command("predict", model, "t.csv", "-o", "away/answers.csv")
    assert done.code == 1
    assert "the folder 'away' does not exist" in done.error


def test_a_network_with_two_inputs_is_for_python(command, folder):
    a, b = gn.Input((2,)), gn.Input((2,))
    gn.Model([a, b], gn.layers.Add()([a, b]), seed=0).save("two.safetensors")
    done = command("predict", "two.safetensors", "iris")
    assert "holds a network with several inputs or outputs; use it from Python" in done.error
