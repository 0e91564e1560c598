"""Draw every picture of gn.plots, and write docs/gallery.md around them.

python scripts/gallery.py                  all of them, in a minute
python scripts/gallery.py --only network   one, without writing the page
python scripts/gallery.py --to FOLDER      elsewhere

Longer than other files, for it is one list: a function a picture, in the order of the page.
"""

from __future__ import annotations

import argparse
import functools
import io
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet import plots

ROOT = Path(__file__).resolve().parent.parent
DPI = 80
COLOURS = 255  # of a picture in the page: small files, and no eye sees a difference

HEAD = """# Gallery

Every picture of `gn.plots`, with the line that draws it. Each function draws into the `ax` it is
given, or into a new figure, and returns the Axes; those of several panels divide the place of `ax`
among them and return the Figure. A notebook shows what is returned; elsewhere
`gn.plots.network(net).figure.savefig("net.png")` writes it to a file, as PNG, SVG or PDF.

Colours are told apart by every kind of colour vision and in grey print; no picture says anything by
colour alone. `python scripts/gallery.py` draws this page anew.
"""


@dataclass(frozen=True)
class Shot:
    """One picture of the page."""

    name: str
    code: str
    text: str
    draw: Callable[[], Any]


SHOTS: list[Shot] = []


def shot(code: str, text: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Put a function that draws into the list, under its own name."""

    def keep(draw: Callable[[], Any]) -> Callable[[], Any]:
        SHOTS.append(Shot(draw.__name__, code, " ".join(text.split()), draw))
        return draw

    return keep


# What is drawn ---------------------------------------------------------------------------


@functools.cache
def moons() -> tuple[Any, np.ndarray, np.ndarray, Any, Any]:
    """A network that tells two moons apart, with its data, snapshots and history."""
    x, y = gn.datasets.two_moons(200, noise=0.15, seed=1)
    y = np.asarray(y).reshape(-1, 1)
    net = gn.Sequential(
        [gn.Input((2,)), gn.layers.Dense(8, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=3
    )
    net.compile(gn.optimizers.Adam(0.03), "binary_crossentropy", ["accuracy"])
    watcher = gn.callbacks.Snapshots(x[::5], y[::5])
    history = net.fit(
        x, y, epochs=120, validation_split=0.2, callbacks=[watcher], verbose=0, batch_size=32
    )
    return net, x, y, watcher, history


@functools.cache
def digits() -> tuple[Any, Any, Any, Any, Any]:
    """A network that knows digits, test images, its history and snapshots."""
    (x, y), (x_test, y_test) = gn.datasets.load("digits")
    net = gn.Sequential(
        [gn.Input((64,)), gn.layers.Normalization(), gn.layers.Dense(20, "sigmoid"),
         gn.layers.Dense(10, "softmax")], seed=0,
    )  # fmt: skip
    net.compile(gn.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    watcher = gn.callbacks.Snapshots(x[:100], y[:100])
    history = net.fit(x, y, epochs=60, validation_data=(x_test, y_test), callbacks=[watcher],
                      verbose=0)  # fmt: skip
    return net, x_test, y_test, history, watcher


@functools.cache
def rashid() -> Any:
    """A network that knows digits, of sigmoids alone: asked backwards, it answers exactly."""
    (x, y), _ = gn.datasets.load("digits")
    net = gn.Sequential(
        [gn.layers.Dense(40, "sigmoid", kernel_regularizer=gn.layers.regularizers.L2(1e-3)),
         gn.layers.Dense(10, "sigmoid")], seed=0,
    )  # fmt: skip
    net.compile(gn.optimizers.Adam(0.005), "half_sum_squared_error", ["accuracy"])
    net.fit(x / 16 * 0.98 + 0.01, gn.utils.to_categorical(y, 10) * 0.98 + 0.01, epochs=60,
            verbose=0)  # fmt: skip
    return net


@functools.cache
def xor() -> tuple[Any, np.ndarray, np.ndarray, Any]:
    """A network that learned XOR, with its data and snapshots."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    y = np.array([[0], [1], [1], [0]], float)
    net = gn.Sequential(
        [gn.Input((2,)), gn.layers.Dense(3, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=2
    )
    net.compile(gn.optimizers.SGD(0.8), "mean_squared_error")
    watcher = gn.callbacks.Snapshots(x, y, every=5)
    net.fit(x, y, epochs=1500, batch_size="full", callbacks=[watcher], verbose=0)
    return net, x, y, watcher


@functools.cache
def line() -> tuple[Any, np.ndarray, np.ndarray, Any]:
    """A neuron that found a straight line, with its data and snapshots."""
    x = np.linspace(-1, 1, 20).reshape(-1, 1)
    y = 2 * x + 1
    net = gn.Sequential(
        [gn.layers.Dense(1, kernel_initializer=gn.initializers.Constant(-1.5))], seed=0
    )
    net.compile(gn.optimizers.SGD(0.25, momentum=0.6), "mean_squared_error")
    watcher = gn.callbacks.Snapshots(x, y)
    net.fit(x, y, epochs=30, batch_size="full", callbacks=[watcher], verbose=0)
    return net, x, y, watcher


# The network -----------------------------------------------------------------------------


@shot(
    "gn.plots.network(net, x[1])",
    """A network with its real weights: blue is positive, dashed orange negative, thick is large.
    With a sample, what each unit gives is written into it. `net.diagram(x[1])` is the same as SVG,
    with the value of each weight under the mouse; a notebook shows a network when a cell ends with
    `net`.""",
)
def network() -> Any:
    net, x, *_ = xor()
    return plots.network(net, x[1])


@shot(
    "gn.plots.network(net, most=8)",
    """Of wide layers the first and the last units are drawn; of very deep networks the first and
    the last layers.""",
)
def network_wide() -> Any:
    net = gn.Sequential(
        [gn.Input((784,)), gn.layers.Dense(256, "relu"), gn.layers.Dropout(0.2),
         gn.layers.Dense(128, "relu"), gn.layers.Dense(10, "softmax")], seed=0,
    )  # fmt: skip
    net.build()
    return plots.network(net, most=8)


@shot(
    "gn.plots.network(net)",
    "Branches, shortcuts and several inputs; links that skip a layer are drawn around it.",
)
def network_branches() -> Any:
    x, z = gn.Input((4,)), gn.Input((3,))
    h = gn.layers.Dense(4, "relu", name="left")(x)
    k = gn.layers.Dense(4, "tanh", name="right")(z)
    both = gn.layers.Add()([h, gn.layers.Dense(4)(k)])
    joined = gn.layers.Concatenate()([both, z])
    net = gn.Model([x, z], gn.layers.Dense(2, "softmax")(joined), seed=1)
    net.build()
    return plots.network(net)


@shot("gn.plots.weight_images(net)", "The weights into each unit of the first layer, as images.")
def weight_images() -> Any:
    return plots.weight_images(rashid(), most=10)


@shot(
    "gn.plots.back_query(net)",
    """The input that a network, asked backwards, has in mind for each class: dark where ink speaks
    for the digit.""",
)
def back_query() -> Any:
    return plots.back_query(rashid())


@shot("gn.plots.weight_bars(weights, names, count=8)", "The largest weights of one neuron.")
def weight_bars() -> Any:
    data = gn.datasets.info("breast_cancer")
    net = gn.Sequential([gn.layers.Normalization(), gn.layers.Dense(1, "sigmoid")], seed=0)
    net.fit(data.x, np.asarray(data.y).reshape(-1, 1), epochs=20, verbose=0)
    return plots.weight_bars(net.get_weights()[2].ravel(), data.feature_names, count=8)


# Training --------------------------------------------------------------------------------


@shot(
    "gn.plots.learning_curves(history)",
    """The curves of a run, its best epoch, and what they say. The axis is logarithmic where that
    helps.""",
)
def learning_curves() -> Any:
    return plots.learning_curves(digits()[3])


@shot(
    'net.fit(x, y, epochs=60, callbacks=[gn.callbacks.LiveCurves(["loss", "accuracy"])])',
    """The same while the network trains: in a notebook in its place, in a terminal as a line of
    bars.""",
)
def LiveCurves() -> Any:
    (x, y), test = gn.datasets.load("digits")
    net = gn.Sequential([gn.layers.Dense(30, "relu"), gn.layers.Dense(10, "softmax")], seed=0)
    live = gn.callbacks.LiveCurves(["loss", "accuracy"])
    net.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    net.fit(x / 16, y, epochs=60, validation_data=(test[0] / 16, test[1]), callbacks=[live],
            verbose=0)  # fmt: skip
    return live.figure


@shot('gn.plots.curves(history.history, "accuracy")', "One number, without a judgement.")
def curves() -> Any:
    return plots.curves(digits()[3].history, "accuracy")


@shot(
    'gn.plots.runs({"0.01": losses_1, "0.1": losses_2, "1": losses_3}, legend="learning rate")',
    "Several runs beside each other.",
)
def runs() -> Any:
    series = {}
    x, y = moons()[1:3]
    for rate in (0.01, 0.1, 1.0):
        net = gn.Sequential([gn.layers.Dense(8, "tanh"), gn.layers.Dense(1, "sigmoid")], seed=0)
        net.compile(gn.optimizers.SGD(rate), "binary_crossentropy")
        series[f"{rate:g}"] = net.fit(x, y, epochs=25, verbose=0).history["loss"]
    return plots.runs(series, legend="learning rate")


@shot(
    """watcher = gn.callbacks.Snapshots(x, y)
net.fit(x, y, epochs=60, callbacks=[watcher])
gn.plots.histograms(watcher, "activations")""",
    "How activations were spread, epoch by epoch: the line is the median.",
)
def histograms() -> Any:
    return plots.histograms(digits()[4], "activations", ["dense_1", "dense_2"])


@shot('gn.plots.histograms(watcher, "gradients")', "The same of the gradients, or the weights.")
def histograms_gradients() -> Any:
    return plots.histograms(digits()[4], "gradients", ["W1", "W2"])


@shot("gn.plots.prediction_paths(watcher)", "How the predictions for samples moved.")
def prediction_paths() -> Any:
    return plots.prediction_paths(moons()[3])


@shot(
    'gn.plots.loss_landscape(net, x, y, [("W1", (0, 0)), ("b1", (0,))], snapshots=watcher)',
    """The loss over two weights, and the way gradient descent took: from the white dot to the
    cross.""",
)
def loss_landscape() -> Any:
    net, x, y, watcher = line()
    weights = [("W1", (0, 0)), ("b1", (0,))]
    return plots.loss_landscape(net, x, y, weights, snapshots=watcher)


@shot(
    'gn.plots.loss_landscape(net, x, y, [("W1", (0, 0))], snapshots=watcher)',
    "The loss over one weight.",
)
def loss_landscape_curve() -> Any:
    net, x, y, watcher = line()
    return plots.loss_landscape(net, x, y, [("W1", (0, 0))], snapshots=watcher, span=0.5)


@shot(
    "gn.plots.loss_landscape(net, x, y, snapshots=watcher)",
    "The loss in two random directions, scaled to the weights, and the shadow of the way.",
)
def loss_landscape_directions() -> Any:
    net, x, y, watcher = xor()
    return plots.loss_landscape(net, x, y, snapshots=watcher)


# Answers ---------------------------------------------------------------------------------


@shot(
    "gn.plots.neuron_maps(net, x, y)",
    """The decision boundary of a network with two inputs, and each hidden neuron as a small map,
    with the line where it changes its mind.""",
)
def neuron_maps() -> Any:
    net, x, y, *_ = moons()
    return plots.neuron_maps(net, x, y)


@shot("gn.plots.boundary(net, x, y)", "What a network says everywhere; stronger where it is sure.")
def boundary() -> Any:
    x, y = gn.datasets.spiral(seed=0)
    net = gn.Sequential([gn.layers.Dense(40, "relu"), gn.layers.Dense(3, "softmax")], seed=0)
    net.compile(gn.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    net.fit(x, y, epochs=150, verbose=0)
    return plots.boundary(net, x, y, class_names=["arm 1", "arm 2", "arm 3"])


@shot(
    'gn.plots.boundary_panels([("before", ...), ("after", ...)])',
    "Several classifiers side by side.",
)
def boundary_panels() -> Any:
    net, x, y, *_ = moons()
    fresh = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1, "sigmoid")], seed=0)
    fresh.fit(x, y, epochs=60, verbose=0)
    labels = y.ravel().astype(int)
    return plots.boundary_panels(
        [("one neuron", fresh.predict_labels, x, labels), ("2-8-1", net.predict_labels, x, labels)]
    )


@shot("gn.plots.confusion(matrix)", "Which class was taken for which.")
def confusion() -> Any:
    net, x, y, *_ = digits()
    return plots.confusion(gn.metrics.confusion_matrix(y, net.predict_labels(x)))


@shot("gn.plots.predicted_against_true(y, net.predict(x))", "Predicted against true numbers.")
def predicted_against_true() -> Any:
    (x, y), _ = gn.datasets.load("diabetes")
    net = gn.Sequential([gn.layers.Normalization(), gn.layers.Dense(1)], seed=0)
    net.compile(gn.optimizers.Adam(1.0), "mean_squared_error")
    net.fit(x, np.asarray(y).reshape(-1, 1), epochs=60, verbose=0)
    return plots.predicted_against_true(np.asarray(y), net.predict(x))


@shot("gn.plots.image_grid(images, titles)", "Arrays as grey images.")
def image_grid() -> Any:
    net, x, y, *_ = digits()
    said = net.predict_labels(x[:10])
    return plots.image_grid(
        x[:10].reshape(-1, 8, 8), [f"{k} as {s}" for k, s in zip(y, said, strict=False)]
    )


@shot('gn.plots.value_grid(values, ["0 0", "0 1", ...], ["h1", ...])', "A small table of values.")
def value_grid() -> Any:
    net, x, *_ = xor()
    rows = [" ".join(f"{one:g}" for one in row) for row in x]
    return plots.value_grid(net.predict(x), rows, ["output"])


@shot(
    'gn.plots.digit_and_costs(image, "a three", costs)',
    "One image beside the cost of every iteration.",
)
def digit_and_costs() -> Any:
    _, x, y, history, _ = digits()
    return plots.digit_and_costs(x[0].reshape(8, 8), f"a {y[0]}", history.history["loss"])


@shot(
    'gn.plots.time_bars([("64-30-10", 0.0021, 0.00003)])',
    "The times of two ways to compute, on a logarithmic scale.",
)
def time_bars() -> Any:
    return plots.time_bars([("3-3-1", 4e-5, 2e-5), ("64-30-10", 2.1e-3, 3e-5)])


# Functions -------------------------------------------------------------------------------


@shot('gn.plots.activation("gelu")', "Any activation, with the derivative that training uses.")
def activation() -> Any:
    figure, axes = plots.panels(3, 2, (3.1, 2.5))
    names = ("sigmoid", "tanh", "relu", "gelu", "softsign", "softmax")
    for ax, name in zip(axes, names, strict=True):
        plots.activation(name, ax=ax)
    return figure


@shot("gn.plots.sigmoid_graphs()", "The sigmoid: its slope, its weight, its bias.")
def sigmoid_graphs() -> Any:
    return plots.sigmoid_graphs()


@shot(
    "gn.plots.neuron_regions([7.0, 3.0], -5.0)",
    "One neuron with two inputs, and the line where it is undecided.",
)
def neuron_regions() -> Any:
    return plots.neuron_regions([7.0, 3.0], -5.0)


def _curve(x: Any) -> Any:
    return x**4 - 3 * x**3 + 2


def _valley(v: Any) -> Any:
    return v[0] ** 2 + 5 * v[1] ** 2


@shot(
    "gn.plots.descent_path(f, gn.minimize(f, 3.2, learning_rate=0.02).path)",
    "Gradient descent on a curve.",
)
def descent_path() -> Any:
    return plots.descent_path(_curve, gn.minimize(_curve, 3.2, learning_rate=0.02).path)


@shot("gn.plots.descent_map(f, gn.minimize(f, [3.0, 1.0], 0.08).path)", "And on a contour map.")
def descent_map() -> Any:
    return plots.descent_map(_valley, gn.minimize(_valley, np.array([3.0, 1.0]), 0.08).path)


@shot("gn.plots.descent(f, path, g, plane_path)", "All of it together.")
def descent() -> Any:
    path = gn.minimize(_curve, 6.0, learning_rate=0.005).path
    return plots.descent(_curve, path, _valley, gn.minimize(_valley, [3.0, 1.0], 0.08).path)


# Writing ---------------------------------------------------------------------------------


def picture(one: Shot) -> bytes:
    """Return a picture as a small PNG file."""
    from PIL import Image

    drawn = one.draw()
    figure = getattr(drawn, "figure", None) or drawn
    stream = io.BytesIO()
    figure.savefig(stream, dpi=DPI)
    small = Image.open(stream).convert("RGB").quantize(COLOURS)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def page(folder: str) -> str:
    """Return the page around the pictures."""
    parts = [HEAD]
    for one in SHOTS:
        text = "\n".join(textwrap.wrap(one.text, 100))
        parts.append(
            f"## {one.name.replace('_', ' ')}\n\n{text}\n\n```python\n{one.code}\n```\n\n"
            f"![{one.name.replace('_', ' ')}]({folder}/{one.name}.png)\n"
        )
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="draw one picture, and no page")
    parser.add_argument("--to", type=Path, default=ROOT / "docs", metavar="FOLDER")
    chosen = parser.parse_args()
    images = chosen.to / "images" / "gallery"
    images.mkdir(parents=True, exist_ok=True)
    for one in SHOTS:
        if chosen.only in (None, one.name):
            content = picture(one)
            (images / f"{one.name}.png").write_bytes(content)
            print(f"{one.name:28} {len(content) / 1024:5.1f} kB")
    if chosen.only is None:
        (chosen.to / "gallery.md").write_text(page("images/gallery"), encoding="utf-8")


if __name__ == "__main__":
    main()
