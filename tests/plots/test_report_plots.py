"""What is on the axes of the report's pictures."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from glassnet import plots
from glassnet.errors import ArgumentError, ShapeError


@pytest.fixture
def ax():
    return Figure().subplots()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_both_curves_and_the_kept_epoch_are_drawn(ax):
    history = {"loss": [1.0, 0.5, 0.4], "val_loss": [1.2, 0.6, 0.7], "accuracy": [0.1, 0.2, 0.3]}
    assert plots.curves(history, best_epoch=2, ax=ax) is ax
    lines = {line.get_label(): line for line in ax.lines}
    assert lines["training"].get_ydata().tolist() == history["loss"]
    assert lines["validation"].get_ydata().tolist() == history["val_loss"]
    assert lines["training"].get_xdata().tolist() == [1, 2, 3]
    mark = lines["kept: epoch 2"]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (2, 0.6)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")
    assert lines["training"].get_linestyle() != lines["validation"].get_linestyle()


def test_a_wide_range_is_logarithmic_and_a_narrow_one_is_not():
    assert plots.curves({"loss": [1.0, 0.01]}).get_yscale() == "log"
    assert plots.curves({"loss": [1.0, 0.5]}).get_yscale() == "linear"
    assert plots.curves({"accuracy": [0.0, 1.0]}, "accuracy").get_yscale() == "linear"


def test_one_epoch_is_a_point_that_can_be_seen():
    ax = plots.curves({"loss": [1.0]})
    assert ax.lines[0].get_marker() == "o"


def test_an_unknown_curve_is_an_error():
    with pytest.raises(ArgumentError, match="no 'acuracy'; did you mean 'accuracy'"):
        plots.curves({"accuracy": [1.0]}, "acuracy")


def test_the_confusion_matrix_holds_every_count(ax):
    matrix = np.array([[5, 1, 0], [0, 7, 0], [2, 0, 9]])
    assert plots.confusion(matrix, ["a", "b", "c"], ax=ax) is ax
    assert texts(ax) == ["5", "1", "·", "·", "7", "·", "2", "·", "9"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")
    assert len(ax.patches) == 5  # zeros stay empty
    right = [patch for patch in ax.patches if patch.get_facecolor()[2] > 0.5]
    assert len(right) == 3


def test_many_classes_have_no_numbers(ax):
    plots.confusion(np.eye(40, dtype=int), ax=ax)
    assert texts(ax) == []
    assert len(ax.get_xticks()) == 20


def test_every_sample_is_a_point(ax):
    true, predicted = np.array([1.0, 2.0, 4.0]), np.array([[1.5], [2.0], [3.0]])
    assert plots.predicted_against_true(true, predicted, ax=ax) is ax
    assert ax.collections[0].get_offsets().tolist() == [[1, 1.5], [2, 2], [4, 3]]
    assert ax.lines[0].get_xdata() == pytest.approx([1.0, 4.0])
    with pytest.raises(ShapeError, match="3 true but 2 predicted"):
        plots.predicted_against_true(true, predicted[:2])


def test_very_many_samples_are_thinned(ax):
    values = np.linspace(0, 1, 50_001)
    plots.predicted_against_true(values, values, ax=ax)
    assert len(ax.collections[0].get_offsets()) <= 2000


def test_regions_and_samples_of_every_class_are_drawn(ax):
    x = np.array([[0.0, 0.0], [1.0, 1.0], [0.2, 0.1]])

    def predict(points):
        p = 1 / (1 + np.exp(-20 * (points.sum(axis=1) - 1)))
        return np.stack([1 - p, p], axis=1)

    assert plots.boundary(predict, x, np.array([0, 1, 0]), class_names=["no", "yes"], ax=ax) is ax
    drawn = {line.get_label(): len(line.get_xdata()) for line in ax.lines}
    assert drawn == {"no": 2, "yes": 1}
    assert len({line.get_marker() for line in ax.lines}) == 2
    assert len(ax.collections) > 2
    with pytest.raises(ShapeError, match="two features"):
        plots.boundary(predict, np.zeros((3, 3)), np.zeros(3, int))


def test_no_picture_is_kept_by_pyplot():
    import sys

    plots.curves({"loss": [1.0, 0.5]})
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []
