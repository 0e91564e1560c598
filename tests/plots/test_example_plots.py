"""The pictures of the examples: drawn where they are asked to, readable without colour."""

import sys

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import glassnet as gn
from glassnet import plots

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def right_half(points):
    return (points[:, 0] > 0.5).astype(int)


ON_AXES = {
    "runs": lambda ax: plots.runs({"a": [3.0, 2.0], "b": [2.0, 1.0]}, ax=ax),
    "time_bars": lambda ax: plots.time_bars([("a", 1e-5, 2e-5)], ax=ax),
    "weight_bars": lambda ax: plots.weight_bars([1.0, -2.0], ["a", "b"], ax=ax),
    "neuron_regions": lambda ax: plots.neuron_regions([7.0, 3.0], -5.0, ax=ax),
    "descent_path": lambda ax: plots.descent_path(np.square, [2.0, 1.0], ax=ax),
    "descent_map": lambda ax: plots.descent_map(np.sum, [[1.0, 1.0], [0.5, 0.2]], ax=ax),
    "value_grid": lambda ax: plots.value_grid([[0.0, 1.0]], ["r"], ["a", "b"], ax=ax),
}
FIGURES = {
    "sigmoid_graphs": (lambda: plots.sigmoid_graphs(), 3),
    "descent": (
        lambda: plots.descent(np.square, [2.0, 1.0, 0.5], np.sum, [[1.0, 1.0], [0.5, 0.2]]),
        3,
    ),
    "boundary_panels": (
        lambda: plots.boundary_panels(
            [("x", lambda p: (p[:, 0] > 0.5).astype(int), X, [0, 0, 1, 1])] * 2
        ),
        2,
    ),
    "image_grid": (lambda: plots.image_grid([np.eye(3)] * 7, list("abcdefg"), columns=4), 7),
    "digit_and_costs": (lambda: plots.digit_and_costs(np.eye(8), "1", [2.0, 1.0]), 2),
}


@pytest.mark.parametrize("name", ON_AXES)
def test_it_draws_into_the_axes_given_and_returns_them(name):
    ax = Figure().subplots()
    assert ON_AXES[name](ax) is ax
    assert ax.has_data()
    fresh = ON_AXES[name](None)
    assert isinstance(fresh, Axes)
    assert fresh.figure is not ax.figure


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_several_panels(name, tmp_path):
    make, count = FIGURES[name]
    figure = make()
    assert isinstance(figure, Figure)
    assert len(figure.axes) == count
    figure.savefig(tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").stat().st_size > 1_000


def test_curves_differ_without_their_colours():
    lines = plots.runs({str(k): [3.0, 2.0, k] for k in range(1, 8)}).lines
    looks = {(str(line._unscaled_dash_pattern), line.get_marker()) for line in lines}
    assert len({line.get_color() for line in lines}) == 7
    assert len(looks) == 7


def test_negative_weights_are_hatched():
    bars = plots.weight_bars([2.0, -1.0], ["up", "down"]).patches
    assert {bar.get_width() > 0: bool(bar.get_hatch()) for bar in bars} == {
        True: False,
        False: True,
    }


def test_grey_values_of_pictures(tmp_path):
    from matplotlib.image import imsave

    colours = np.zeros((2, 2, 4))
    colours[0, 0] = [1, 1, 1, 1]  # white
    colours[0, 1] = [0, 0, 0, 0]  # transparent: white too
    colours[1, 0] = [1, 0, 0, 1]  # red
    colours[1, 1] = [0, 0, 0, 1]  # black
    imsave(tmp_path / "four.png", colours)
    grey = plots.read_grey(tmp_path / "four.png")
    assert np.allclose(grey, [[1.0, 1.0], [0.299, 0.0]], atol=1e-6)
    (tmp_path / "no.png").write_text("this is no picture")
    with pytest.raises(gn.errors.DataError, match="cannot be read as a picture"):
        plots.read_grey(tmp_path / "no.png")


def test_the_state_of_pyplot_is_left_alone():
    pyplot = sys.modules.get("matplotlib.pyplot")
    before = pyplot.get_fignums() if pyplot else []
    plots.sigmoid_graphs()
    plots.runs({"a": [1.0]})
    assert (pyplot.get_fignums() if pyplot else []) == before
    assert pyplot or "matplotlib.pyplot" not in sys.modules
