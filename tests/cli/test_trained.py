"""``evaluate``, ``predict`` and ``show``: what a model file is good for."""

import csv
import io

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture
def model(command, flowers):
    assert command("train", "flowers.csv", "--target", "kind", "--json").code == 0
    return "flowers.safetensors"


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_rows_held_out_count_where_the_model_knows_the_data(command, model):
    done = command("evaluate", model, "flowers.csv", "--json")
    assert done.json["rows"] == 30
    assert done.json["test"] == pytest.approx(gn.load(model).info["test"], rel=1e-5)
    everything = command("evaluate", model, "flowers.csv", "--json", "--all")
    assert everything.json["rows"] == 150
    said = command("evaluate", model, "flowers.csv").out
    assert "the 30 of its 150 rows that were held out in training" in said


def test_columns_are_found_by_name_in_any_order(command, model, folder, flowers):
    header, *lines = [line.split(",") for line in flowers.read_text().splitlines()]
    order = [4, 2, 0, 3, 1]
    shuffled = [",".join(line[place] for place in order) for line in (header, *lines)]
    extra = [f"{line},{'note' if place == 0 else 'x'}" for place, line in enumerate(shuffled)]
    (folder / "new.csv").write_text("\n".join(extra))
    straight = command("evaluate", model, "flowers.csv", "--all", "--json").json["test"]
    assert command("evaluate", model, "new.csv", "--all", "--json").json["test"] == straight


def test_predictions_have_names_and_probabilities(command, model):
    done = command("predict", model, "flowers.csv")
    rows = rows_of(done.out)
    assert len(rows) == 150
    assert list(rows[0]) == [
        "prediction",
        "p(<b>versi & color</b>)",
        "p(setosa)",
        "p(virginica)",
    ]
    assert rows[0]["prediction"] == "setosa"
    for row in rows:
        values = [float(row[key]) for key in list(row)[1:]]
        assert sum(values) == pytest.approx(1, abs=1e-4)
        assert f"p({row['prediction']})" == list(row)[1 + int(np.argmax(values))]


def test_predictions_go_to_a_file(command, model, folder):
    done = command("predict", model, "flowers.csv", "-o", "answers.csv")
    assert (done.code, done.out, done.err) == (0, "", "150 predictions written to answers.csv\n")
    assert len(rows_of((folder / "answers.csv").read_text())) == 150


def test_samples_without_a_target_are_enough(command, model, folder):
    (folder / "new.csv").write_text(
        "petal width,petal length,sepal width,sepal length\n0.2,1.4,3.5,5.1\n"
    )
    assert rows_of(command("predict", model, "new.csv").out)[0]["prediction"] == "setosa"


def test_quantities_are_predicted_as_numbers(command):
    command("train", "diabetes", "--json")
    rows = rows_of(command("predict", "diabetes.safetensors", "diabetes").out)
    assert len(rows) == 442
    assert list(rows[0]) == ["prediction"]
    assert 20 < float(rows[0]["prediction"]) < 400


def test_one_sigmoid_unit_gives_two_probabilities(command):
    command("train", "and", "--layers", "1 sigmoid", "--json")
    rows = rows_of(command("predict", "and.safetensors", "and").out)
    assert [row["prediction"] for row in rows] == ["0", "0", "0", "1"]
    assert all(float(row["p(0)"]) + float(row["p(1)"]) == pytest.approx(1) for row in rows)


def test_a_model_made_in_python_is_taken_by_position(command, folder):
    x, y = gn.datasets.load("iris")[0]
    net = gn.Sequential([gn.layers.Dense(8, "tanh"), gn.layers.Dense(3)], seed=0)
    net.compile("adam", gn.losses.SparseCategoricalCrossentropy(from_logits=True))
    net.fit(x, y, epochs=2, verbose=0)
    net.save("own.safetensors")
    np.savetxt(folder / "new.csv", x[:5], delimiter=",")
    rows = rows_of(command("predict", "own.safetensors", "new.csv").out)
    assert len(rows) == 5
    assert sum(float(rows[0][f"p({name})"]) for name in "012") == pytest.approx(1, abs=1e-4)
    assert command("evaluate", "own.safetensors", "iris", "--json").json["rows"] == 150
    assert "Dense" in command("show", "own.safetensors").out


def test_show_says_what_the_model_is(command, model):
    out = command("show", model).out
    for text in (
        "normalization_1 (Normalization)",
        "523 parameters, 515 of them trained",
        "flowers.csv, 150 rows",
        "sepal length, sepal width, petal length, petal width",
        "64 relu, dropout 0.2, 3 softmax",
        "of 30 right)",
    ):
        assert text in out


@pytest.mark.parametrize("note", ["data", "run", "test", "task", "class_names", "feature_names"])
def test_a_note_of_none_is_no_note(command, model, note):
    net = gn.load(model)
    net.info[note] = None
    net.save(model)
    assert command("show", model).code == 0
    done = command("evaluate", model, "flowers.csv", "--target", "kind")
    assert done.code == 0 or done.err.startswith("Error: ")


def test_show_draws_the_network(command, model, folder):
    done = command("show", model, "--svg", "net.svg")
    assert done.code == 0
    picture = (folder / "net.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg") and "petal width" in picture and "virginica" in picture
    assert "<b>versi" not in picture  # names are escaped
    assert "net.svg" in done.out
    assert "nowhere" in command("show", model, "--svg", "nowhere/net.svg").error
    assert "holds the model" in command("show", model, "--svg", model).error
    assert command("show", model).code == 0


def test_the_index_of_a_shuffled_frame_is_left_out_and_that_is_said(command, folder):
    rng = np.random.default_rng(3)
    order = rng.permutation(60)
    x = rng.normal(size=(60, 2))
    rows = [f"{n},{a!r},{b!r},{'hen' if n < 30 else 'dog'}"
            for n, (a, b) in zip(order.tolist(), x[order].tolist(), strict=True)]  # fmt: skip
    for name in ("", "Unnamed: 0"):
        (folder / "rows.csv").write_text("\n".join([f"{name},a,b,kind", *rows]))
        told = command("train", "rows.csv", "--epochs", "3", "--layers", "2 softmax")
        words = " ".join(told.out.split())
        assert "numbers the rows: left out" in words and "2 features" in words
        assert "numbers the rows: left out" in (folder / "rows-report.html").read_text()
        net = gn.load("rows.safetensors")
        assert net.info["feature_names"] == ["a", "b"]
        found = command("predict", "rows.safetensors", "rows.csv").out
        (folder / "plain.csv").write_text(
            "\n".join(["b,a", *(f"{b!r},{a!r}" for a, b in x[order].tolist())])
        )
        assert command("predict", "rows.safetensors", "plain.csv").out == found
        import polars as pl

        frame = pl.read_csv(folder / "plain.csv")
        labels = [line.split(",")[0] for line in found.splitlines()[1:]]
        assert net.predict_labels(frame).tolist() == labels
