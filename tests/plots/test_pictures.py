"""What is on the axes of the pictures that look into a network."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle

import glassnet as gn
from glassnet import plots
from glassnet.errors import ArgumentError, ShapeError, TrainingError
from glassnet.explain.diagram.drawing import Line, Text

Dense = gn.layers.Dense
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture(scope="module")
def xor():
    """A network with the snapshots of its training."""
    net = gn.Sequential([Dense(3, "tanh"), Dense(1, "sigmoid")], seed=1, dtype="float64")
    net.compile(gn.optimizers.SGD(0.5), "mean_squared_error")
    watcher = gn.callbacks.Snapshots(X, Y)
    net.fit(X, Y, epochs=20, batch_size="full", callbacks=[watcher], verbose=0)
    return net, watcher


@pytest.fixture(scope="module")
def digits():
    (x, y), _ = gn.datasets.load("digits")
    x = x / 16 * 0.98 + 0.01
    net = gn.Sequential([Dense(20, "sigmoid"), Dense(10, "sigmoid")], seed=0)
    net.compile(gn.optimizers.Adam(0.01), "half_sum_squared_error")
    watcher = gn.callbacks.Snapshots(x[:30], gn.utils.to_categorical(y[:30], 10))
    net.fit(x, gn.utils.to_categorical(y, 10), epochs=12, callbacks=[watcher], verbose=0)
    return net, watcher, x, y


# Learning curves ---------------------------------------------------------------------------

STORIES = {
    "overfitting: the validation loss rises after epoch 3": {
        "loss": [1.0, 0.5, 0.3, 0.2, 0.1, 0.1], "val_loss": [1.0, 0.6, 0.4, 0.6, 0.8, 0.9],
    },
    "overfitting: the validation accuracy falls after epoch 2": {
        "accuracy": [0.5, 0.8, 0.9, 0.95, 0.97], "val_accuracy": [0.4, 0.8, 0.7, 0.65, 0.6],
    },
    "levelled off: best validation loss 0.4 in epoch 3": {
        "loss": [1.0, 0.5, 0.3, 0.2], "val_loss": [1.0, 0.6, 0.4, 0.41],
    },
    "still getting better: more epochs may help": {"loss": [1.0, 0.8, 0.6, 0.4]},
    "levelled off: best loss 0.1 in epoch 3": {"loss": [1.0, 0.3, 0.1, 0.1, 0.1]},
    "the loss has hardly moved": {"loss": [0.7, 0.699, 0.698]},
    "diverged: the loss is not finite": {"loss": [1.0, 5.0, float("inf")]},
    "too few epochs to say more": {"loss": [1.0, 0.5]},
    "unsteady: the loss was best in epoch 2": {"loss": [1.0, 0.1, 0.9, 0.2, 0.8]},
}  # fmt: skip


@pytest.mark.parametrize("said", STORIES)
def test_the_judgement_fits_the_curve(said):
    history = STORIES[said]
    ax = plots.learning_curves(history, next(iter(history)))
    assert ax.get_title(loc="left").replace("\n", " ") == said


def test_curves_best_epoch_and_scale(ax):
    history = {"loss": [2.0, 0.5, 0.02], "val_loss": [2.1, 0.6, 0.7]}
    assert plots.learning_curves(history, ax=ax) is ax
    lines = {line.get_label(): line for line in ax.lines}
    assert lines["training"].get_ydata().tolist() == history["loss"]
    assert lines["best: epoch 2"].get_xdata().tolist() == [2]
    assert ax.get_yscale() == "log"
    assert plots.learning_curves(history, logarithmic=False).get_yscale() == "linear"
    with pytest.raises(ArgumentError, match="no 'los'; did you mean 'loss'"):
        plots.learning_curves(history, "los")
    with pytest.raises(ArgumentError, match="give what fit returns"):
        plots.learning_curves([1.0, 2.0])
    with pytest.raises(ArgumentError, match="give what fit returns"):
        plots.learning_curves(gn.Sequential([Dense(1)]))
    with pytest.raises(ArgumentError, match="is empty"):
        plots.learning_curves({"loss": []})


def test_a_history_or_a_model_is_taken_and_its_epochs_are_counted(xor):
    net, _ = xor
    again = net.fit(X, Y, epochs=22, initial_epoch=20, batch_size="full", verbose=0)
    for given in (again, net):
        line = plots.learning_curves(given).lines[0]
        assert line.get_xdata().tolist() == [21, 22]
        assert line.get_ydata().tolist() == again.history["loss"]


# Activations -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", gn.activations.names())
def test_every_activation_is_drawn_with_its_derivative(name):
    drawn = plots.activation(name, -3.0, 3.0)
    lines = {line.get_label(): line for line in drawn.lines}
    x, y, slope = (lines["f(x)"].get_xdata(), lines["f(x)"].get_ydata(), lines["f'(x)"].get_ydata())
    found = (y[2:] - y[:-2]) / (x[2:] - x[:-2])
    is_smooth = np.abs(found - slope[1:-1]) < 2e-2  # not so at kinks and steps
    assert is_smooth.mean() > 0.97
    assert drawn.get_title().startswith(gn.activations.name_of(gn.activations.get(name)))
    assert lines["f(x)"].get_linestyle() != lines["f'(x)"].get_linestyle()


def test_activations_with_settings_and_of_several_units(ax):
    assert plots.activation(gn.activations.Steep("tanh", 2.0), ax=ax) is ax
    assert ax.lines[-1].get_ydata().max() == pytest.approx(2.0)
    assert plots.activation("softmax").get_title() == "softmax of (x, 0), first unit"
    with pytest.raises(ArgumentError, match="did you mean 'sigmoid'"):
        plots.activation("sigmiod")
    with pytest.raises(ArgumentError, match="cannot be drawn"):
        plots.activation(gn.activations.PerUnit(["relu", "tanh", "relu"]))
    with pytest.raises(ArgumentError, match="cannot be drawn"):
        plots.activation(np.tanh)
    with pytest.raises(ArgumentError, match="must be smaller"):
        plots.activation("relu", 2.0, 1.0)


# The network -------------------------------------------------------------------------------


def test_the_network_is_the_diagram(xor, ax):
    net, _ = xor
    drawing = net.diagram(X[1]).drawing
    assert plots.network(net, X[1], ax=ax) is ax
    assert texts(ax) == [item.text for item in drawing.items if isinstance(item, Text)]
    groups = [one for one in ax.collections if isinstance(one, LineCollection)]
    lines = [item for item in drawing.items if isinstance(item, Line)]
    assert sum(len(one.get_segments()) for one in groups) == len(lines)
    widths = sorted({round(float(one.get_linewidth()[0]), 9) for one in groups})
    assert len(widths) == len({line.width for line in lines})
    radius = 14.0
    rings = [p for p in ax.get_children() if isinstance(p, Circle) and p.radius == radius]
    assert len({ring.center for ring in rings}) == 2 + 3 + 1
    assert ax.yaxis.get_inverted()
    with pytest.raises(ArgumentError, match="give a model"):
        plots.network([1, 2])
    with pytest.raises(ShapeError, match="take one row"):
        plots.network(net, X)


def test_a_network_that_is_not_built_is_drawn():
    assert "not known" in texts(plots.network(gn.Sequential([Dense(2)])))


# Planes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "y", [np.array([0, 1, 1, 0]), Y, np.eye(2)[[0, 1, 1, 0]], np.array([-1, 1, 1, -1])]
)
def test_a_network_with_one_output_has_two_regions(y):
    def predict(points):
        p = (points.sum(axis=1) > 0.9).astype(float)[:, None]
        return 2 * p - 1 if np.min(y) < 0 else p

    ax = plots.boundary(predict, X, y)
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 2]
    assert len(ax.collections) >= 3
    with pytest.raises(ShapeError, match="x has 4 samples, but y has 3"):
        plots.boundary(predict, X, [0, 1, 0])
    with pytest.raises(ShapeError, match="the class 2, but the network tells 2 apart"):
        plots.boundary(predict, X, [0, 1, 2, 0])


def test_every_hidden_neuron_is_a_map(xor):
    net, _ = xor
    figure = plots.neuron_maps(net, X, Y)
    titles = [one.get_title() for one in figure.axes]
    assert titles == ["the network", "dense_1: 1", "dense_1: 2", "dense_1: 3"]
    W, b = net.get_weights()[:2]
    for unit, one in enumerate(figure.axes[1:]):
        values = one.images[0].get_array()
        left, right, low, high = one.images[0].get_extent()
        expected = np.tanh(np.array([[left, low], [right, high]]) @ W[:, unit] + b[unit])
        assert values[0, 0] == pytest.approx(expected[0], rel=1e-6)
        assert values[-1, -1] == pytest.approx(expected[1], rel=1e-6)
    assert len(plots.neuron_maps(net, X, Y, most=2).axes) == 3
    with pytest.raises(ArgumentError, match="no hidden dense layer"):
        plots.neuron_maps(gn.Sequential([gn.Input((2,)), Dense(1)]), X, Y)
    with pytest.raises(ShapeError, match="needs a network with two inputs"):
        plots.neuron_maps(gn.Sequential([gn.Input((3,)), Dense(2), Dense(1)]), X, Y)


# Weights as images -------------------------------------------------------------------------


def test_weights_are_images_of_the_inputs(digits):
    net = digits[0]
    figure = plots.weight_images(net, most=7, columns=4)
    images = [one for one in figure.axes if one.images]
    assert [one.get_title() for one in images] == [f"unit {k}" for k in range(1, 8)]
    W = net.get_weights()[0]
    assert np.array_equal(images[3].images[0].get_array(), W[:, 3].reshape(8, 8))
    reach = np.abs(W[:, :7]).max()
    assert images[0].images[0].get_clim() == pytest.approx((-reach, reach))
    wide = plots.weight_images(net, (4, 16), most=1)
    assert wide.axes[0].images[0].get_array().shape == (4, 16)
    with pytest.raises(ShapeError, match="does not make 64 pixels"):
        plots.weight_images(net, (8, 9))
    with pytest.raises(ArgumentError, match="layer=5, but there are 2"):
        plots.weight_images(net, layer=5)
    with pytest.raises(ShapeError, match="20 numbers make no square"):
        plots.weight_images(net, layer=1)


def test_asked_backwards_a_network_gives_what_it_takes_for_the_class(digits):
    net = digits[0]
    figure = plots.back_query(net)
    assert [one.get_title() for one in figure.axes] == [str(k) for k in range(10)]
    images = np.stack([one.images[0].get_array().ravel() for one in figure.axes])
    assert (images.min(axis=1) == 0).all() and (images.max(axis=1) == 1).all()
    assert (net.predict(images).argmax(axis=1) == np.arange(10)).mean() >= 0.8
    with pytest.raises(ArgumentError, match="the classes 0 to 9"):
        plots.back_query(net, [10])


@pytest.mark.parametrize("scaled", [False, True])
def test_networks_that_cannot_be_inverted_walk_uphill(scaled):
    (x, y), _ = gn.datasets.load("digits")
    first = [gn.layers.Normalization()] if scaled else [gn.layers.Rescaling(1.0)]
    net = gn.Sequential([*first, Dense(24, "relu"), Dense(10, "softmax")], seed=0)
    net.compile(gn.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    net.fit(x / 16, y, epochs=8, verbose=0)
    images = [one.images[0].get_array() for one in plots.back_query(net).axes]
    said = net.predict_labels(np.stack(images).reshape(10, 64).astype("float32"))
    assert (said == np.arange(10)).mean() >= 0.6
    again = [one.images[0].get_array() for one in plots.back_query(net).axes]
    assert np.array_equal(images, again)


# Over the epochs ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["activations", "gradients", "weights"])
def test_the_median_of_every_epoch_is_drawn(digits, kind):
    _, watcher, *_ = digits
    figure = plots.histograms(watcher, kind)
    kept = watcher.of(kind)
    named = {one.get_title().removeprefix("d") if kind == "gradients" else one.get_title(): one
             for one in figure.axes}  # fmt: skip
    assert set(named) == set(kept)
    for name, one in named.items():
        median, low, high = (line.get_ydata() for line in one.lines)
        expected = [np.quantile(a.ravel().astype(float), [0.05, 0.5, 0.95]) for a in kept[name]]
        assert np.allclose(np.transpose(expected), [low, median, high], rtol=1e-6, atol=1e-12)
        shares = one.collections[0].get_array().reshape(-1, len(watcher.epochs)) ** 2
        assert (shares.sum(axis=0) <= 1 + 1e-9).all() and (shares.sum(axis=0) > 0.85).all()
        assert one.get_xlabel() == "epoch"


def test_histograms_of_what_is_not_there(xor):
    _, watcher = xor
    with pytest.raises(ArgumentError, match="no activations of 'dense_3'; did you mean"):
        plots.histograms(watcher, names=["dense_3"])
    with pytest.raises(ArgumentError, match="did you mean 'weights'"):
        plots.histograms(watcher, "weigths")
    with pytest.raises(ArgumentError, match=r"give a gn\.callbacks"):
        plots.histograms({"W1": []})
    with pytest.raises(ArgumentError, match="give it to fit first"):
        plots.histograms(gn.callbacks.Snapshots(X))


def test_constant_values_have_a_histogram():
    net = gn.Sequential([Dense(2, kernel_initializer="zeros")], seed=0)
    net.compile(gn.optimizers.SGD(1e-9), "mean_squared_error")
    watcher = gn.callbacks.Snapshots(X)
    net.fit(X, np.zeros((4, 2)), epochs=2, callbacks=[watcher], verbose=0)
    assert plots.histograms(watcher).axes[0].lines[0].get_ydata().tolist() == [0, 0, 0]


def test_every_sample_has_its_path(xor, ax):
    _, watcher = xor
    assert plots.prediction_paths(watcher, ax=ax) is ax
    assert len(ax.lines) == 4
    for sample, line in enumerate(ax.lines):
        assert list(line.get_xdata()) == watcher.epochs
        values = [p[sample, 0] for p in watcher.predictions]
        assert np.array_equal(line.get_ydata(), values)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["target 0", "target 1"]
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    with pytest.raises(ShapeError, match="4 samples, but y has 2"):
        plots.prediction_paths(watcher, [0, 1])


def test_of_several_outputs_that_of_the_own_class_is_drawn(digits):
    _, watcher, _, y = digits
    ax = plots.prediction_paths(watcher, y[:30], most=12)
    assert len(ax.lines) == 12 and ax.get_ylabel() == "output for the own class"
    assert ax.lines[4].get_ydata()[-1] == watcher.predictions[-1][4, y[4]]
    one = plots.prediction_paths(watcher, output=3)
    assert one.lines[5].get_ydata()[0] == watcher.predictions[0][5, 3]
    with pytest.raises(ArgumentError, match="the outputs 0 to 9"):
        plots.prediction_paths(watcher, output=10)


# The landscape -----------------------------------------------------------------------------


def line_network():
    net = gn.Sequential([gn.Input((1,)), Dense(1)], dtype="float64", seed=0)
    net.compile(gn.optimizers.SGD(0.1), "mean_squared_error")
    return net


def test_a_map_of_two_weights_is_the_loss_and_the_path_the_training(ax):
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]])
    net, watcher = line_network(), gn.callbacks.Snapshots(x, y)
    net.fit(x, y, epochs=15, batch_size="full", callbacks=[watcher], verbose=0)
    before = net.get_weights()
    weights = [("W1", (0, 0)), ("b1", (0,))]
    drawn = plots.loss_landscape(net, x, y, weights, snapshots=watcher, steps=9, ax=ax)
    assert drawn is ax and (ax.get_xlabel(), ax.get_ylabel()) == ("W1[0, 0]", "b1[0]")
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    path = ax.lines[1]
    assert path.get_xdata().tolist() == [w[0, 0] for w in watcher.weights["W1"]]
    assert path.get_ydata().tolist() == [b[0] for b in watcher.weights["b1"]]
    cross = ax.lines[-1]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (before[0][0, 0], before[1][0])
    # the shades rise away from the minimum at W = 2, b = 1
    levels = ax.collections[0].levels
    assert levels[0] < 0.5 < levels[-1]


def test_a_curve_over_one_weight_is_the_loss():
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]])
    net = line_network()
    net.set_weights([[[0.5]], [1.0]])
    ax = plots.loss_landscape(net, x, y, [("W1", (0, 0))], span=2.0)
    curve = ax.lines[0]
    expected = [np.mean((w * x + 1 - y) ** 2) for w in curve.get_xdata()]
    assert curve.get_ydata() == pytest.approx(expected, rel=1e-9)
    assert curve.get_xdata()[[0, -1]] == pytest.approx([-1.5, 2.5])
    assert ax.lines[-1].get_xdata() == [0.5]


def test_random_directions_are_scaled_to_the_weights_and_repeatable(xor):
    net, watcher = xor
    from glassnet.plots.landscape import _random_directions

    for direction in _random_directions(net.network, None, 0):
        for name, step in direction.step.items():
            lengths = np.linalg.norm(net.network.weights()[name], axis=0)
            assert np.linalg.norm(step, axis=0) == pytest.approx(lengths)
    one, two = (plots.loss_landscape(net, X, Y, steps=5, snapshots=watcher) for _ in range(2))
    assert np.array_equal(one.collections[0].levels, two.collections[0].levels)
    assert len(one.lines[1].get_xdata()) == len(watcher.epochs)
    other = plots.loss_landscape(net, X, Y, steps=5, seed=1)
    assert not np.array_equal(one.collections[0].levels, other.collections[0].levels)


def test_the_shadow_of_the_path_ends_at_the_cross():
    """A path that lies in the plane is its own shadow."""
    net = line_network()
    watcher = gn.callbacks.Snapshots([[1.0]], [[2.0]])
    net.fit([[1.0]], [[2.0]], epochs=3, callbacks=[watcher], verbose=0)
    ax = plots.loss_landscape(net, [[1.0]], [[2.0]], snapshots=watcher, steps=5)
    u, v = ax.lines[1].get_data()
    assert (u[-1], v[-1]) == (0, 0) or np.allclose([u[-1], v[-1]], 0)
    assert abs(u[0]) + abs(v[0]) > 0


def test_what_has_no_landscape(xor, digits):
    net, _ = xor
    with pytest.raises(TrainingError, match="needs a loss"):
        plots.loss_landscape(gn.Sequential([gn.Input((2,)), Dense(1)]), X, Y)
    with pytest.raises(ArgumentError, match="no weights 'W3'; known are: W1, W2, b1, b2"):
        plots.loss_landscape(net, X, Y, [("W3", (0, 0))])
    with pytest.raises(ArgumentError, match=r"shape \(2, 3\); there is no place \(2, 0\)"):
        plots.loss_landscape(net, X, Y, [("W1", (2, 0))])
    with pytest.raises(ArgumentError, match="one or two weights, not 3"):
        plots.loss_landscape(net, X, Y, [("W1", (0, 0))] * 3)
    with pytest.raises(ArgumentError, match="must be a name and a place"):
        plots.loss_landscape(net, X, Y, ["W1"])
    with pytest.raises(ArgumentError, match="steps=2 at least 3"):
        plots.loss_landscape(net, X, Y, steps=2)
    with pytest.raises(ArgumentError, match="do not hold all of W1"):
        plots.loss_landscape(net, X, Y, [("W1", (0, 0))], snapshots=digits[1])
    with pytest.raises(ArgumentError, match="must be a gn"):
        plots.loss_landscape(net, X, Y, snapshots=[1])


# In a place given --------------------------------------------------------------------------


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("name", ["weight_images", "back_query", "histograms", "neuron_maps"])
def test_pictures_of_several_panels_keep_to_their_place(name, by_hand, xor, digits, tmp_path):
    draw = {
        "weight_images": lambda ax: plots.weight_images(digits[0], most=4, columns=2, ax=ax),
        "back_query": lambda ax: plots.back_query(digits[0], [1, 2], ax=ax),
        "histograms": lambda ax: plots.histograms(xor[1], ax=ax),
        "neuron_maps": lambda ax: plots.neuron_maps(xor[0], X, Y, ax=ax),
    }[name]
    figure = Figure(figsize=(9, 4), layout=None if by_hand else "constrained")
    if by_hand:
        right = figure.add_axes((0.55, 0.1, 0.4, 0.8))
    else:
        left, right = figure.subplots(1, 2)
        left.plot([1, 2])
    assert draw(right) is figure
    figure.savefig(tmp_path / "picture.png")
    panels = [one for one in figure.findobj(type(right)) if one is not right and one.has_data()]
    panels = [one for one in panels if by_hand or one is not left]
    assert len(panels) >= 2
    assert all(one.get_window_extent().x0 > 0.48 * figure.bbox.width for one in panels)
    assert not right.axison


def test_what_fit_returns_and_lists_of_counts_are_drawn():
    net = gn.Sequential([gn.layers.Dense(1)], seed=0)
    history = net.fit(np.eye(3), np.ones((3, 1)), epochs=2, verbose=0)
    assert len(plots.curves(history).lines) == 1
    assert [text.get_text() for text in plots.confusion([[2, 0], [1, 3]]).texts][:1] == ["2"]
