"""``glassnet train`` from beginning to end."""

import numpy as np
import pytest

import glassnet as gn


def left(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("charts")
def test_digits_are_learned_and_nothing_but_model_and_report_stays(command, folder):
    done = command("train", "digits")
    assert done.code == 0
    assert left(folder) == ["digits-report.html", "digits.safetensors"]
    x, y = gn.datasets.load("digits")[1]
    net = gn.load("digits.safetensors")
    accuracy = np.mean(net.predict_labels(x) == y.astype(str))
    assert accuracy >= 0.97
    right = round(accuracy * len(y))
    assert f"accuracy {100 * accuracy:.1f} % ({right} of 359 right)" in done.out
    assert "epoch" in done.err  # the progress
    labels = [line[:10].strip() for line in done.out.splitlines() if line[:1] != " "]
    assert labels == ["data", "network", "training", "test", "verdict", "files"]


def test_json_is_one_object_and_nothing_else(command):
    done = command("train", "iris", "--json", "--seed", 3)
    assert done.code == 0
    assert set(done.json) == {"test", "epochs", "seconds", "model", "report", "seed"}
    assert done.json["seed"] == 3
    assert done.json["model"] == "iris.safetensors"
    assert done.json["report"] == "iris-report.html"
    assert 0.8 <= done.json["test"]["accuracy"] <= 1
    assert done.out.count("\n") == 1
    assert done.json["epochs"] >= 30
    assert done.json["seconds"] > 0


def test_the_same_seed_gives_the_same_file(command, folder):
    for name in ("a", "b"):
        assert command("train", "iris", "-o", f"{name}.safetensors").code == 0
    one, other = (gn.load(f"{name}.safetensors").get_weights() for name in "ab")
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.usefixtures("charts")
def test_the_pictures_of_a_training_are_in_its_report(command, folder):
    """Two inputs and two classes: curves, confusion matrix and regions."""
    assert command("train", "xor", "--epochs", 5).code == 0
    page = (folder / "xor-report.html").read_text(encoding="utf-8")
    for title in ("Confusion matrix of the test rows", "Regions of the classes"):
        assert f"<title>{title}</title>" in page
    assert "loss over the epochs</title>" in page.lower()


@pytest.mark.parametrize("name", ["xor", "and", "or", "nand"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_logic_table_is_learned_wholly(command, name, seed):
    done = command("train", name, "--seed", seed, "--json")
    assert done.json["test"]["accuracy"] == 1.0


@pytest.mark.usefixtures("charts")
def test_a_quantity_is_predicted_in_its_own_units(command):
    done = command("train", "diabetes", "--json")
    assert set(done.json["test"]) == {"r2", "mean_absolute_error", "mean_squared_error"}
    assert done.json["test"]["r2"] > 0.35
    predicted = gn.load("diabetes.safetensors").predict(gn.datasets.info("diabetes").x)
    assert 100 < predicted.mean() < 200


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_large_targets_do_not_harm_plain_gradient_descent(command, folder, offset):
    x = np.linspace(-1, 1, 200)
    rows = "\n".join(f"{a},{1e4 * a + offset}" for a in x)
    (folder / "line.csv").write_text("a,price\n" + rows)
    done = command("train", "line.csv", "--optimizer", "sgd", "--layers", "8 tanh, 1", "--json")
    assert done.json["test"]["r2"] > 0.95


def test_layers_optimizer_and_the_rest_are_as_asked_for(command):
    done = command(
        "train", "breast_cancer", "--layers", "8  tanh,1 sigmoid", "--optimizer", "sgd",
        "--learning-rate", 0.1, "--batch-size", "full", "--epochs", 20, "--test-size", 100,
    )  # fmt: skip
    assert done.code == 0
    assert "30 inputs, 8 tanh, 1 sigmoid: 317 parameters; SGD with learning rate 0.1" in done.out
    assert "batches of all" in done.out.replace("\n         ", "")
    assert "100 to test" in done.out
    net = gn.load("breast_cancer.safetensors")
    assert type(net.optimizer).__name__ == "SGD"
    assert net.info["class_names"] == ["malignant", "benign"]


def test_a_line_search_trains_without_dropout(command):
    done = command("train", "wine", "--optimizer", "lbfgs", "--json")
    assert done.json["test"]["accuracy"] > 0.9
    assert "dropout" not in gn.load("wine.safetensors").info["layers"]


def test_pictures_in_an_npz_file(command, folder):
    data = gn.datasets.info("digits")
    x = (data.x.reshape(-1, 8, 8) * 15).astype(np.uint8)
    np.savez(folder / "numbers.npz", x=x[:600], y=data.y[:600])
    done = command("train", "numbers.npz", "--epochs", 30, "--json")
    assert done.json["test"]["accuracy"] > 0.85
    assert "data:image/png" in (folder / "numbers-report.html").read_text()


def test_files_go_where_they_are_wanted(command, folder):
    (folder / "models").mkdir()
    done = command("train", "and", "--output", "models/m.safetensors")
    assert done.code == 0
    assert left(folder / "models") == ["m-report.html", "m.safetensors"]
    done = command("train", "and", "-o", "x.bin", "--report", "y.html", "--json")
    assert done.json["model"] == "x.bin"
    assert left(folder) == ["models", "x.bin", "y.html"]


def test_a_position_is_as_good_as_the_name_of_a_column(command, folder):
    rows = "\n".join(f"{i % 2},{i / 7:.3f},{(i * 31) % 11}" for i in range(60))
    (folder / "t.csv").write_text("kind,a,b\n" + rows)
    assert command("train", "t.csv", "--target", 0, "--json").code == 0
    assert gn.load("t.safetensors").info["target_name"] == "kind"


def test_a_number_may_be_the_name_of_a_column(command, folder):
    rows = "\n".join(f"{i / 7:.3f},{(i * 31) % 11},{'no' if i % 2 else 'yes'}" for i in range(60))
    (folder / "t.csv").write_text("1,2000,7\n" + rows)
    assert command("train", "t.csv", "--target", "7", "--header", "--json").code == 2
    done = command("train", "t.csv", "--target", "-1", "--json")
    assert done.code == 0
