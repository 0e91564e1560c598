"""``diagnose``: findings for a model file, its data read as ``evaluate`` reads them."""

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def model(command, flowers):
    assert command("train", "flowers.csv", "--target", "kind", "--json").code == 0
    return "flowers.safetensors"


def test_a_healthy_model(command, model, folder):
    before = (folder / model).read_bytes()
    done = command("diagnose", model, "flowers.csv")
    assert done.code == 0
    assert "checks made" in done.out and "problem" not in done.out
    assert (folder / model).read_bytes() == before


def test_as_json_for_the_rows_of_the_training(command, model):
    told = command("diagnose", model, "flowers.csv", "--json").json
    assert told["rows"] == 120 and told["worst"] in (None, "note")
    assert "overfitting" in told["checked"]
    assert told["model"] == model


def test_a_problem_has_an_exit_code_of_its_own(command):
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "sigmoid")], seed=0)
    net.compile("adam", "binary_crossentropy")
    net.save("line.safetensors")
    done = command("diagnose", "line.safetensors", "xor")
    assert done.code == 3
    assert "problem: A hidden layer is needed" in done.out
    assert command("diagnose", "line.safetensors", "xor", "--json").json["worst"] == "problem"


def test_quantities_and_names_of_columns(command, folder):
    rng = np.random.default_rng(0)
    lines = ["size,colour,price"]
    lines += [f"{a:.3f},7,{50 + 3 * a:.3f}" for a in rng.normal(size=60)]
    (folder / "houses.csv").write_text("\n".join(lines))
    assert command("train", "houses.csv", "--json").code == 0
    told = command("diagnose", "houses.safetensors", "houses.csv", "--batch-size", "full").out
    assert "1 (colour)" in told


def test_what_cannot_be_used_is_one_error(command, model, folder):
    (folder / "few.csv").write_text("petal width,kind\n1,setosa\n")
    for arguments in (["nothing.safetensors", "iris"], [model, "few.csv"], [model, "digits"],
                      [model, "flowers.csv", "--batch-size", "some"]):  # fmt: skip
        done = command("diagnose", *arguments)
        assert done.code == 1
        assert done.error


@pytest.mark.filterwarnings("ignore:r2 is NaN")  # of the one test row of five
@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("rows", [5, 60])
def test_the_unit_of_the_target_is_no_fault_of_its_weights(command, folder, unit, rows):
    rng = np.random.default_rng(0)
    lines = ["size,age,price"]
    lines += [
        f"{a:.3f},{b:.3f},{unit * (50 + 9 * a - b):.6g}" for a, b in rng.normal(size=(rows, 2))
    ]
    (folder / "houses.csv").write_text("\n".join(lines))
    assert command("train", "houses.csv", "--json").code == 0
    told = command("diagnose", "houses.safetensors", "houses.csv", "--json").json
    names = [found["check"] for found in told["findings"]]
    assert "sample_weights" not in names
    assert rows > 5 or "overfitting" in told["skipped"]
