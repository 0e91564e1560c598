"""The parts of the page, and that it needs nothing but itself."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.report import report_html, write_report

RUNS = ["iris_run", "digits_run", "diabetes_run", "xor_run"]


@pytest.fixture(params=RUNS)
def any_run(request):
    return request.getfixturevalue(request.param)


def test_the_page_needs_nothing_but_itself(any_run, page_of, text_of):
    text = text_of(any_run)
    assert "http" not in text
    page = page_of(any_run)
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert "<script" not in text
    assert len(text) < 1_000_000


def test_the_page_is_sound(any_run, page_of, text_of):
    page = page_of(any_run)
    assert len(page.identifiers) == len(set(page.identifiers))
    wanted = {link[1:] for link in page.links if link.startswith("#")}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", text_of(any_run)))
    assert wanted <= set(page.identifiers)
    assert all(label for label in page.labels), "a picture without a text for those who do not see"
    assert text_of(any_run).startswith('<!DOCTYPE html>\n<html lang="en">')


def test_the_parts_are_there_in_order(any_run, page_of):
    headings = page_of(any_run).headings
    assert headings[0] == any_run.data.name
    mistakes = "Worst mistakes" if any_run.is_classification else "Largest errors"
    parts = ["Training", "Test", mistakes, "Data", "Network", "How to use it"]
    assert [one for one in headings if one in parts] == parts


def test_names_are_text_and_never_html(iris_run, page_of, text_of):
    text = text_of(iris_run)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    page = page_of(iris_run)
    for name in iris_run.data.class_names:
        assert name in page.text


def test_pictures_are_drawn_where_the_data_are_pictures(digits_run, page_of):
    page = page_of(digits_run)
    wrong = int((digits_run.predicted != digits_run.test[1]).sum())
    assert wrong > 5
    shown = [image["alt"] for image in page.images if image["alt"]]
    assert len(shown) == min(wrong, 24)
    assert all(re.fullmatch(r"a \d taken for a \d", text) for text in shown)
    assert f"{wrong} test rows were taken for another class" in page.text
    assert len(page.images) == len(shown) + 60  # six examples of each class
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.images)


def test_mistakes_in_tables_show_the_values_of_the_row(iris_run, page_of):
    page = page_of(iris_run)
    table = next(table for table in page.tables if table[0][0] == "row")
    assert table[0] == ["row", "true", "predicted", "sure", *iris_run.data.feature_names]
    for row in table[1:]:
        place = int(row[0])  # in the whole data, from 0, as `glassnet explain --row` counts
        said = iris_run.model.predict(iris_run.data.x[place : place + 1]).argmax()
        assert row[1] == iris_run.data.class_names[iris_run.data.y[place]]
        assert row[2] == iris_run.data.class_names[said]
        assert [float(cell) for cell in row[4:]] == pytest.approx(
            iris_run.data.x[place].tolist(), rel=1e-3
        )


def test_the_largest_errors_come_first(diabetes_run, page_of):
    page = page_of(diabetes_run)
    table = next(table for table in page.tables if table[0][0] == "row")
    errors = [abs(float(row[3].replace("−", "-"))) for row in table[1:]]
    assert len(errors) == 10
    assert errors == sorted(errors, reverse=True)
    assert "Predicted against true numbers of the test rows" in page.labels


def test_the_layers_are_told(iris_run, page_of):
    page = page_of(iris_run)
    table = next(table for table in page.tables if table[0][0] == "Layer")
    assert [row[0] for row in table[1:]] == ["input", "Normalization", "Dense", "Dropout", "Dense"]
    assert table[3] == ["Dense", "8 units, relu", "(n, 8)", "40"]
    assert table[4][1] == "leaves out 10 % at random while training"
    assert "sparse categorical crossentropy" in page.text
    assert "Adam with learning rate 0.01" in page.text


def test_the_data_card_counts(iris_run, page_of):
    page = page_of(iris_run)
    assert "150: 96 to train, 24 to validate, 30 to test" in page.text
    classes = next(table for table in page.tables if table[0][:2] == ["Class", "Rows"])
    assert [row[1] for row in classes[1:]] == ["50", "50", "50"]
    features = next(table for table in page.tables if table[0][0] == "Feature")
    assert features[1][:4] == ["sepal length (cm)", "4.3", "5.843", "7.9"]


def test_two_features_are_drawn_as_a_plane(xor_run, page_of):
    page = page_of(xor_run)
    assert "Regions of the classes" in page.labels
    assert "There are none. These are the right answers it was least sure of:" in page.text
    assert "4: the whole table, to train and to test" in page.text


def test_a_run_without_a_finished_epoch_is_reported(iris_run, read, changed):
    run = changed(iris_run, {"loss": []}, "interrupted", best_epoch=1)
    assert "Not a single epoch was finished." in read(run).text


def test_many_classes_and_features_stay_readable(read, small):
    draw = np.random.default_rng(0)
    data = gn.datasets.Dataset(
        draw.normal(size=(800, 60)).astype(np.float32),
        np.arange(800) % 70,
        class_names=tuple(f"class {n}" for n in range(70)),
        name="wide",
    )
    layers = [gn.layers.Dense(70, "softmax")]
    page = read(small(data, layers, "sparse_categorical_crossentropy", epochs=1))
    assert "and 40 more classes" in page.text
    assert "and 20 more features" in page.text
    assert "Confusion matrix of the test rows" not in page.labels


def test_the_file_is_written_whole(iris_run, tmp_path):
    path = write_report(tmp_path / "r.html", iris_run)
    assert path.read_text() == report_html(iris_run)
    assert [one.name for one in tmp_path.iterdir()] == ["r.html"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "names", [("$a_{", "b$", "_c"), ("雪", "月", "🌷"), ("a" * 60, "b\tc", "")]
)
def test_names_of_any_kind_are_drawn(iris_run, read, changed, names):
    data = iris_run.data.replace(class_names=names)
    page = read(changed(iris_run, data=data))
    for name in names:
        assert name in page.text
    assert "Confusion matrix of the test rows" in page.labels


@pytest.mark.filterwarnings("error")
def test_names_of_any_kind_are_drawn_in_a_plane(xor_run, read, changed):
    data = xor_run.data.replace(class_names=("_no", "$y_{es"), feature_names=("$a_{", "雪"))
    page = read(changed(xor_run, data=data))
    for name in ("_no", "$y_{es", "$a_{", "雪"):
        assert name in page.text
