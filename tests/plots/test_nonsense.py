"""Nonsense given to a picture is refused in the library's own words, before anything is drawn."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import glassnet as gn
from glassnet import plots
from glassnet.errors import GlassnetError

X, Y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), [0, 1, 1, 0]
NET = gn.Sequential([gn.Input((2,)), gn.layers.Dense(3, "tanh"), gn.layers.Dense(1, "sigmoid")])
NET.compile(gn.optimizers.SGD(0.1), "mean_squared_error")
KEPT = gn.callbacks.Snapshots(X, np.array(Y)[:, None])
NET.fit(X, np.array(Y)[:, None], epochs=2, verbose=0, callbacks=[KEPT])


def right_half(points):
    return (points[:, 0] > 0.5).astype(int)


def walk_of_weights(name="W1", place=(0, 0), **settings):
    weights = settings.pop("weights", [(name, place)])
    return plots.loss_landscape(NET, X, np.array(Y)[:, None], weights, **{"steps": 3, **settings})


PICTURES = {
    "activation": (plots.activation, {"function": "tanh", "low": -6.0, "high": 6.0}),
    "boundary": (plots.boundary, {"predict": NET, "x": X, "y": Y, "class_names": None}),
    "boundary_panels": (plots.boundary_panels, {"classifiers": [("a", right_half, X, Y)]}),
    "one classifier": (
        lambda title, labels_of, x, y: plots.boundary_panels([(title, labels_of, x, y)]),
        {"title": "a", "labels_of": right_half, "x": X, "y": Y},
    ),
    "back_query": (
        plots.back_query,
        {"net": NET, "classes": [0], "shape": (1, 2), "columns": 2},
    ),
    "confusion": (plots.confusion, {"matrix": [[1, 2], [3, 4]], "class_names": None}),
    "curves": (
        plots.curves,
        {
            "history": {"loss": [1.0, 0.5]},
            "name": "loss",
            "best_epoch": None,
            "labels": ("a", "b", "c"),
            "first_epoch": 1,
            "logarithmic": None,
        },
    ),
    "one curve": (lambda values: plots.curves({"loss": values}), {"values": [1.0, 0.5]}),
    "descent": (
        plots.descent,
        {
            "line": np.square,
            "line_path": [2.0, 1.0, 0.5],
            "plane": np.sum,
            "plane_path": [[1.0, 1.0], [0.5, 0.2]],
        },
    ),
    "descent_map": (
        plots.descent_map,
        {"function": np.sum, "path": [[1.0, 1.0], [0.5, 0.2]], "title": ""},
    ),
    "descent_path": (
        plots.descent_path,
        {"function": np.square, "path": [2.0, 1.0], "title": ""},
    ),
    "digit_and_costs": (
        plots.digit_and_costs,
        {"image": np.eye(3), "title": "t", "costs": [2.0, 1.0]},
    ),
    "histograms": (plots.histograms, {"snapshots": KEPT, "kind": "weights", "names": ["W1"]}),
    "image_grid": (
        plots.image_grid,
        {"images": [np.eye(3)] * 2, "titles": ("a", "b"), "columns": 2},
    ),
    "learning_curves": (
        plots.learning_curves,
        {"history": {"loss": [1.0, 0.5]}, "name": "loss", "logarithmic": None},
    ),
    "loss_landscape": (walk_of_weights, {"weights": [("W1", (0, 0))], "span": 1.0, "steps": 3}),
    "one weight": (walk_of_weights, {"name": "W1", "place": (0, 0)}),
    "network": (plots.network, {"net": NET, "x": X[:1], "most": 3}),
    "neuron_maps": (plots.neuron_maps, {"net": NET, "x": X, "y": Y, "most": 1}),
    "neuron_regions": (
        plots.neuron_regions,
        {"weights": [7.0, 3.0], "offset": -5.0, "names": ("a", "b")},
    ),
    "panels": (plots.panels, {"columns": 2, "rows": 1, "size": (4.0, 3.0)}),
    "prediction_paths": (
        plots.prediction_paths,
        {"snapshots": KEPT, "y": Y, "output": 0, "most": 3},
    ),
    "predicted_against_true": (
        plots.predicted_against_true,
        {"true": [1.0, 2.0], "predicted": [1.0, 2.0], "label": "equal"},
    ),
    "runs": (
        plots.runs,
        {"series": {"a": [3.0, 2.0]}, "x": None, "xlabel": "", "legend": "", "logarithmic": True},
    ),
    "one run": (lambda values: plots.runs({"a": values}), {"values": [3.0, 2.0]}),
    "sigmoid_graphs": (
        plots.sigmoid_graphs,
        {"weights": [0.5, 1.0], "biases": [1.0], "weight": 5.0},
    ),
    "time_bars": (plots.time_bars, {"times": [("a", 1e-5, 2e-5)]}),
    "one time": (
        lambda name, loops, matrices: plots.time_bars([(name, loops, matrices)]),
        {"name": "a", "loops": 1e-5, "matrices": 2e-5},
    ),
    "value_grid": (
        plots.value_grid,
        {"values": [[0.0, 1.0]], "rows": ["r"], "columns": ["a", "b"]},
    ),
    "weight_bars": (
        plots.weight_bars,
        {"weights": [1.0, 2.0], "names": ["a", "b"], "count": 2},
    ),
    "weight_images": (
        plots.weight_images,
        {"net": NET, "shape": (1, 2), "layer": 0, "most": 2, "columns": 2},
    ),
}
ARGUMENTS = [(name, argument) for name, (_, given) in PICTURES.items() for argument in given]
# Whatever an argument is for, it is never one of these ...
NEVER = {
    "an object": object(),
    "a dict": {"a": None},
    "a set": {1, 2},
    "three axes": np.zeros((2, 2, 2, 1)),
    "complex": np.array([1j, 2]),
    "ragged": [[1, 2], [3]],
    "Nones": [None, None, (None,)],
    "objects": [object()],
    "a class": int,
}
# ... and some of these it may be.
PERHAPS = {
    "None": None,
    "text": "abc",
    "no text": "",
    "bytes": b"ab",
    "zero": 0,
    "negative": -3,
    "fraction": 2.5,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "huge": 10**12,
    "True": True,
    "empty": [],
    "empty array": np.zeros((0, 2)),
    "NaN inside": np.array([np.nan, 1.0]),
    "enormous": np.array([1e308, -1e308]),
    "texts": ["a", "b"],
    "four numbers": (1, 2, 3, 4),
    "a generator": iter([1.0, 2.0]),
    "says None": lambda *given: None,
    "says text": lambda *given: "x",
    "divides by 0": lambda *given: 1 / 0,
}


def test_every_picture_is_tried():
    assert set(plots.__all__) - set(PICTURES) == {"read_grey"}  # which draws nothing


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_nonsense_is_refused_in_words(name, argument):
    draw, given = PICTURES[name]
    for said, nonsense in NEVER.items():
        if said in ("a dict", "three axes") and argument in ("history", "series"):
            continue  # a history is a dict; what it holds is tried by itself
        with pytest.raises(GlassnetError) as caught:
            draw(**{**given, argument: nonsense})
        assert len(str(caught.value)) > 25, said


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_what_is_not_refused_is_drawn(name, argument):
    draw, given = PICTURES[name]
    for nonsense in PERHAPS.values():
        try:
            drawn = draw(**{**given, argument: nonsense})
        except GlassnetError:
            continue
        drawn = drawn[0] if isinstance(drawn, tuple) else drawn
        figure = drawn if isinstance(drawn, Figure) else drawn.figure
        figure.canvas.draw()


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (lambda: plots.descent(np.square, [2.0], np.sum, [[1.0, 1.0]]), "a walk of at least two"),
        (lambda: plots.descent_path("x**2", [1.0]), r"must be a function, such as lambda"),
        (lambda: plots.descent_path(lambda x: x[:3], [1.0, 2.0]), r"shape \(3,\) for 400 points"),
        (lambda: plots.descent_map(np.square, [[1.0, 1.0]]), r"shape \(2,\) for the two numbers"),
        (lambda: plots.descent_map(np.sum, [1.0, 2.0]), r"\(steps \+ 1, 2\) was expected"),
        (lambda: plots.neuron_regions([1.0], 0.0), "must be two numbers, one an input"),
        (lambda: plots.neuron_regions([1.0, 2.0], 0.0, "x1"), "list of 2 names, one for each"),
        (lambda: plots.time_bars([("a", 0.0, 1.0)]), "greater than 0"),
        (lambda: plots.time_bars([]), "at least one"),
        (lambda: plots.panels(0), "columns=0 must be a whole number of at least 1"),
        (lambda: plots.panels(1000, 2), "too many panels; 1,000 are the most"),
        (lambda: plots.panels(1, size=(0, 3)), "more than 0 and at most 100 inches"),
        (lambda: plots.image_grid([np.ones(3)]), r"images\[0\] has shape \(3,\); 2 axes"),
        (lambda: plots.image_grid([np.eye(2)], ["a", "b"]), "are 2 for 1 images"),
        (lambda: plots.predicted_against_true([1.0], [1.0, 2.0]), "one of each a sample"),
        (lambda: plots.predicted_against_true([np.nan], [1.0]), r"true\[0\] is nan"),
        (lambda: plots.boundary_panels([("a", right_half, X)]), "must be four: "),
        (lambda: plots.boundary_panels([("a", None, X, Y)]), "such as net.predict_labels"),
        (lambda: plots.boundary_panels([("a", lambda p: [1], X, Y)]), "one class number a sample"),
        (lambda: plots.boundary_panels([("a", lambda p: p, X, Y)]), "whole numbers"),
        (lambda: walk_of_weights(weights="W1"), "list of names and places"),
        (lambda: walk_of_weights(place=(0.5, 0)), "must be whole numbers, such as"),
        (lambda: plots.runs({"a": [0.0, -1.0]}), "give logarithmic=False"),
        (lambda: plots.curves({"loss": [1.0]}, best_epoch=4), "none of the epochs 1 to 1"),
        (lambda: plots.boundary(None, np.eye(2), [0, 1]), r"boundary\(None\): give a model"),
        (lambda: plots.boundary(lambda x: x, [["a", "b"]], [0]), "x.* is the text 'a'"),
        (lambda: plots.boundary(lambda x: x, np.full((2, 2), np.inf), [0, 1]), "not finite"),
        (lambda: plots.boundary(lambda x: x, np.eye(2), ["a", "b"]), "y.* is the text 'a'"),
        (lambda: plots.boundary(lambda x: x, np.eye(2), [0, None]), "y.* is missing"),
        (lambda: plots.confusion([0, 1, 1]), "square matrix of counts"),
        (lambda: plots.confusion(np.ones((2, 3))), "square matrix of counts"),
        (lambda: plots.confusion([[1, -1], [0, 1]]), "negative numbers"),
        (lambda: plots.confusion(None), "matrix is missing"),
        (lambda: plots.confusion(np.eye(2), ["a"]), "must be 2 names, one for each class"),
        (lambda: plots.curves(3.0), r"curves\(3.0\): give what fit returns"),
        (lambda: plots.runs([1.0, 2.0]), "give a dict"),
        (lambda: plots.weight_bars([1.0, 2.0], ["a"]), "must be 2 names, one for each weight"),
        (lambda: plots.weight_bars(["a"], ["a"]), "weights.* is the text 'a'"),
        (lambda: plots.value_grid([1.0], ["a"], ["b"]), "values has shape"),
        (lambda: plots.value_grid([[1.0]], ["a", "c"], ["b"]), "names for 2 rows and 1 columns"),
    ],
)
def test_what_came_and_what_was_expected_is_said(draw, says):
    with pytest.raises(GlassnetError, match=says):
        draw()


def test_flat_functions_and_single_points_are_drawn():
    assert plots.descent_map(lambda x: 1.0, [[0.0, 0.0]]).has_data()
    assert plots.descent_path(np.square, [1.0]).has_data()
    assert plots.neuron_regions([0.0, 0.0], 1.0).has_data()


def test_a_classifier_may_know_more_classes_than_its_samples_show():
    figure = plots.boundary_panels([("a", lambda p: np.rint(p[:, 0] + 1), X, Y)])
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == list("012")
