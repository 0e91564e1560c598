"""What must never happen, whatever is asked for: lost data, silent nonsense, a traceback."""

import os
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.cli.scores import scores_text

GOOD = "a,b,kind\n" + "".join(f"{i},{i % 7},{'no' if i % 2 else 'yes'}\n" for i in range(40))


@pytest.fixture
def data(folder):
    """A table, a link to it, and a second name of it."""
    path = folder / "t.csv"
    path.write_text(GOOD)
    (folder / "link.csv").symlink_to(path)
    os.link(path, folder / "twin.csv")
    (folder / "sub").mkdir()
    return path


@pytest.fixture
def model(command, data):
    done = command("train", "t.csv", "--epochs", 2, "--report", "r.html", "-o", "m.safetensors")
    assert done.code == 0
    return data.with_name("m.safetensors")


NAMES = ["t.csv", "link.csv", "twin.csv", "sub/../t.csv", "./t.csv"]


@pytest.mark.parametrize("option", ["--output", "--report"])
@pytest.mark.parametrize("name", NAMES)
def test_training_never_writes_over_its_data(command, data, option, name):
    for source in ("t.csv", "link.csv"):
        done = command("train", source, "--epochs", 1, option, name)
        assert (done.code, done.error) == (
            1, f"{str(os.path.normpath(name) if name[0] == '.' else name)!r} holds the data; "
            "choose another file to write",
        )  # fmt: skip
    assert data.read_text() == GOOD


def test_the_tilde_is_a_name_of_the_home_folder(command, data, monkeypatch):
    monkeypatch.setenv("HOME", str(data.parent))
    assert command("train", "~/t.csv", "-o", "t.csv").error.startswith("'t.csv' holds the data")


def test_model_and_report_are_two_files_by_any_name(command, data):
    done = command("train", "t.csv", "-o", "m", "--report", "sub/../m")
    assert done.error == "--output 'm' and --report 'sub/../m' must be two files"


@pytest.mark.parametrize("name", NAMES)
def test_predictions_never_go_over_the_data(command, data, model, name):
    done = command("predict", "m.safetensors", "t.csv", "-o", name)
    assert done.code == 1 and done.error.endswith("holds the data; choose another file to write")
    assert data.read_text() == GOOD


def test_predictions_never_go_over_the_model(command, model):
    before = model.read_bytes()
    done = command("predict", "m.safetensors", "t.csv", "-o", "sub/../m.safetensors")
    assert done.error == "'sub/../m.safetensors' holds the model; choose another file to write"
    assert model.read_bytes() == before


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_prediction_that_is_no_number_is_an_error(command, folder):
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)])
    net.set_weights([[[100.0], [1.0]], [0.0]])
    net.save("m.safetensors")
    (folder / "far.csv").write_text("a,b\n1,2\n3e38,-3e38\n")
    done = command("predict", "m.safetensors", "far.csv", "-o", "p.csv")
    assert (done.code, done.out) == (1, "")
    assert "the network gives no finite number for row 2: its values are far outside" in done.err
    assert not (folder / "p.csv").exists()


@pytest.mark.parametrize("power", [37, -40])
def test_a_target_whose_errors_cannot_be_squared(command, folder, power):
    rows = "\n".join(f"{i},{(-1) ** i * i}.5e{power}" for i in range(30))
    (folder / "far.csv").write_text(f"a,price\n{rows}\n")
    done = command("train", "far.csv", "--epochs", 1)
    assert done.code == 1
    assert "the target 'price' reaches from" in done.error
    assert "Multiply or divide the column by a power of ten" in done.error
    assert [path.name for path in folder.iterdir()] == ["far.csv"]


LAYERS = ["²", "9" * 30 + " relu, 2 softmax", "9" * 5000 + " relu, 2 softmax"]


@pytest.mark.parametrize("layers", LAYERS)
def test_units_are_plain_numbers(command, data, layers):
    done = command("train", "t.csv", "--layers", layers)
    assert done.code == 1 and "is not understood; write units and activation" in done.error


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--test-size", "inf", "the part to hold out is inf; use a fraction between 0 and 1"),
        ("--batch-size", "9" * 5000, "must be a whole number of at least 1"),
        ("--layers", "100000000000000 relu, 2 softmax", "more numbers than memory holds"),
    ],
)
def test_huge_numbers_are_refused(command, data, option, value, message):
    done = command("train", "t.csv", option, value)
    assert done.code == 1 and message in done.error


@pytest.mark.parametrize("text", ["n" * 300 + ".csv", "n" * 300, "~nobody-of-this-name/t.csv"])
def test_impossible_names_are_no_files(command, folder, text):
    done = command("train", text)
    assert done.code == 1 and done.error.startswith(("there is no", "there is no built-in"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_not_waited_for(command, folder):
    os.mkfifo("pipe.csv")
    for what in (["train"], ["show"], ["evaluate", "m.safetensors"]):
        assert command(*what, "pipe.csv").code in (1, 2)


NUMBERS = {
    "tiny": [f"{(-1) ** i * 1e-44},{i % 2}" for i in range(30)],
    "close together": [f"{1e9 + i},{i % 2}" for i in range(30)],
}


@pytest.mark.usefixtures("charts")
@pytest.mark.parametrize("rows", NUMBERS.values(), ids=NUMBERS)
def test_odd_numbers_come_into_the_report(command, folder, rows):
    (folder / "odd.csv").write_text("a,b\n" + "\n".join(rows) + "\n")
    done = command("train", "odd.csv", "--epochs", 2, "--seed", 1)
    assert done.code == 0 and "Traceback" not in done.err
    assert (folder / "odd-report.html").exists()


def test_a_score_that_is_not_finite_is_shown(command, folder, model):
    assert scores_text({"r2": None, "loss": float("nan")}) == "R² not finite, loss not finite"
    net = gn.load(model)
    net.info["test"]["loss"] = None  # as JSON has to write it
    net.save(model)
    assert "loss not finite" in command("show", "m.safetensors").out


DAMAGES = {
    "class_names": [1, 2],
    "feature_names": "ab",
    "test": {"accuracy": "high"},
    "run": "yesterday",
    "data": [],
    "task": "guessing",
}


@pytest.mark.parametrize("note", DAMAGES)
@pytest.mark.parametrize("what", ["show", "evaluate", "predict"])
def test_damaged_notes_of_a_model(command, model, what, note):
    net = gn.load(model)
    net.info[note] = DAMAGES[note]
    net.save(model)
    done = command(what, "m.safetensors", *([] if what == "show" else ["t.csv"]))
    assert done.code == 1 and f"is damaged: its note {note!r} is " in done.error


def test_too_few_class_names(command, model):
    net = gn.load(model)
    net.info["class_names"] = ["no"]
    net.save(model)
    done = command("predict", "m.safetensors", "t.csv")
    assert done.code == 1 and "the model names 1 classes, but has 2 outputs" in done.error


COMMAND = [sys.executable, "-c", "from glassnet.cli import main; main()"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output(model):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "show", str(model)], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="closes the output in a shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams(model, closed):
    line = " ".join([sys.executable, "-c", f"'{COMMAND[2]}'", "show", str(model), closed])
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr


def test_an_archive_that_claims_more_than_memory_holds(command, folder):
    np.savez("t.npz", x=np.ones((40, 2)), y=np.arange(40) % 2)
    content = (folder / "t.npz").read_bytes()
    claim = content.replace(b"(40, 2), }" + 11 * b" ", b"(9999999999999, 2), }")
    assert len(claim) == len(content) and claim != content
    (folder / "t.npz").write_bytes(claim)
    done = command("train", "t.npz")
    assert done.code == 1 and "t.npz" in done.error
