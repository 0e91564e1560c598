"""Pictures as a designer sees them: what is measured, one scale, smooth edges, large type."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet import plots

Dense = gn.layers.Dense


# Curves --------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [plots.curves, plots.learning_curves])
@pytest.mark.parametrize("name", ["loss", "accuracy", "my_number"])
def test_a_single_curve_is_a_plain_line(draw, name):
    ax = draw({name: np.linspace(1.0, 0.1, 30).tolist()}, name)
    curve = ax.lines[0]
    assert curve.get_linestyle() == "-" and curve.get_color() == plots.style.BLUE
    told = [text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else []
    assert not {"training", "validation"} & set(told)
    if draw is plots.curves:
        assert ax.get_legend() is None


def test_two_curves_are_told_apart():
    ax = plots.curves({"loss": [1.0, 0.5, 0.4], "val_loss": [1.0, 0.6, 0.5]})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert len({line.get_linestyle() for line in ax.lines}) == 2


@pytest.mark.parametrize("count", [1, 2, 6, 8, 9, 60])
def test_few_numbers_are_marked_each(count):
    values = np.linspace(1.0, 0.5, count).tolist()
    line = plots.curves({"loss": values}).lines[0]
    assert (line.get_marker() == "o") is (count <= 8)
    line = plots.runs({"a": values, "b": values}).lines[0]
    if count <= 8:
        assert line.get_markersize() > 6 and line.get_linewidth() < 1
    else:
        assert line.get_markersize() < 5


def test_marks_of_long_curves_stay_apart():
    ax = plots.runs({name: np.linspace(1, 0.5, 400).tolist() for name in "abc"})
    starts = [line.get_markevery() for line in ax.lines]
    assert all(every >= 40 for _, every in starts) and len({start for start, _ in starts}) == 3


# One scale -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watcher():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(60, 4))
    y = (x[:, :1] > 0).astype(float)
    layers = [Dense(8, "sigmoid") for _ in range(5)]
    net = gn.Sequential([*layers, Dense(1, "sigmoid")], seed=0)
    net.compile("sgd", "mse")
    watcher = gn.callbacks.Snapshots(x, y)
    net.fit(x, y, epochs=6, callbacks=[watcher], verbose=0)
    return watcher


def test_gradients_share_a_scale(watcher):
    axes = plots.histograms(watcher, "gradients").axes
    assert len(axes) == 12
    assert len({ax.get_ylim() for ax in axes}) == 1
    low, high = axes[0].get_ylim()
    first, last = (
        max(np.abs(one).max() for one in watcher.of("gradients")[name]) for name in ("W1", "W6")
    )
    assert first < 0.05 * last  # it vanishes ...
    assert high - low > 10 * first  # ... and is flat beside the last
    assert all(re.search(r"nine in ten below \S+", ax.texts[0].get_text()) for ax in axes)


def test_other_kinds_have_their_own_scales(watcher):
    axes = plots.histograms(watcher, "weights").axes
    assert len({ax.get_ylim() for ax in axes}) > 1


# Edges ---------------------------------------------------------------------------------------


def longest_stair(ax):
    """Return the longest level or upright stretch of the line between regions, in pixels."""
    ax.get_figure().canvas.draw()
    longest = 0.0
    for collection in ax.collections:
        if collection.get_facecolor().size:
            continue  # a region
        for path in collection.get_paths():
            points = ax.transData.transform(path.vertices)
            steps = np.abs(np.diff(points, axis=0))
            level = steps.min(axis=1) < 1e-6
            longest = max(longest, float(steps[level].max(initial=0.0)))
    return longest


@pytest.mark.parametrize("steep", [3.0, 1e3, np.inf])
def test_an_edge_has_no_stairs(steep):
    def chance(points):
        lean = points[:, 0] + 0.7 * points[:, 1] - 0.8
        if np.isinf(steep):
            return (lean > 0).astype(float)[:, None]
        return 1 / (1 + np.exp(np.clip(-steep * lean, -500, 500)))[:, None]

    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    ax = plots.boundary(chance, x, [0, 0, 0, 1])
    assert longest_stair(ax) < 2.5
    panels = plots.boundary_panels(
        [("a", lambda p: (chance(p)[:, 0] > 0.5).astype(int), x, [0, 0, 0, 1])] * 3
    )
    assert longest_stair(panels.axes[0]) < 2.5


# Type ------------------------------------------------------------------------------------------

PANELS = {
    "sigmoid_graphs": lambda: plots.sigmoid_graphs(),
    "descent": lambda: plots.descent(
        np.square, [2.0, 1.0, 0.5, 0.2], lambda v: v[0] ** 2 + v[1] ** 2, [[1.0, 1.0], [0.5, 0.2]]
    ),
    "boundary_panels": lambda: plots.boundary_panels(
        [(f"part {n}", lambda p: (p[:, 0] > 0.5).astype(int), np.eye(2), [0, 1]) for n in range(3)]
    ),
    "panels": lambda: plots.panels(5, 2, (3.0, 2.0))[0],
}


@pytest.mark.parametrize("name", PANELS)
def test_type_is_large_beside_the_picture(name):
    figure = PANELS[name]()
    width = figure.get_size_inches()[0]
    figure.canvas.draw()
    for ax in figure.axes:
        for label in (ax.title, ax.xaxis.label, *ax.get_xticklabels()):
            if label.get_text():
                # On a page of 800 pixels: at least 11 of them high.
                assert label.get_fontsize() / 72 / width * 800 >= 11, (label, width)


@pytest.mark.parametrize("name", PANELS)
def test_titles_do_not_run_into_each_other(name):
    figure = PANELS[name]()
    figure.canvas.draw()
    boxes = [ax.title.get_window_extent() for ax in figure.axes if ax.get_title()]
    for one in boxes:
        assert one.x0 >= 0 and one.x1 <= figure.bbox.width
        assert not any(one.overlaps(other) for other in boxes if other is not one)
