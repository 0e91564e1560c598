"""The page of an account as a designer sees it: a drawing on top, what is essential first."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import glassnet as gn
from glassnet.explain.diagram.drawing import Line, Text

Dense = gn.layers.Dense


def small(optimizer, units=1, activation="sigmoid", inputs=2, **settings):
    layers = [Dense(2, activation), Dense(units, "sigmoid")]
    net = gn.Sequential([gn.Input((inputs,)), *layers], dtype="float64", seed=0, **settings)
    net.compile(optimizer, "half_sum_squared_error")
    return net


def shown(page):
    """Return what is read of a page without opening anything, and what is in closed boxes."""
    reader = _Folds()
    reader.feed(page)
    return " ".join(reader.open_text), " ".join(reader.closed_text)


class _Folds(HTMLParser):
    def __init__(self):
        super().__init__()
        self.boxes, self.in_summary, self.skips = [], False, 0
        self.open_text, self.closed_text = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "details":
            self.boxes.append("open" in dict(attrs))
        self.in_summary |= tag == "summary"
        self.skips += tag in ("style", "svg")

    def handle_endtag(self, tag):
        if tag == "details":
            self.boxes.pop()
        self.in_summary &= tag != "summary"
        self.skips -= tag in ("style", "svg")

    def handle_data(self, text):
        if self.skips or not text.strip():
            return
        boxes = self.boxes[:-1] if self.in_summary else self.boxes
        (self.open_text if all(boxes) else self.closed_text).append(text.strip())


# The drawing -----------------------------------------------------------------------------------


def test_the_network_is_drawn_above_the_numbers():
    page = small("sgd").explain([0.05, 0.1], [0.01]).html()
    assert page.index("<h1") < page.index("<svg") < page.index("<h2")
    svg = page[page.index("<svg") : page.index("</svg>")]
    assert "http" not in svg and svg.count("<circle") >= 5
    assert ">0.05<" in svg and ">0.10<" in svg  # the sample stands in the units


def test_values_are_drawn_only_where_they_are_those_of_the_pass():
    net = small("sgd")
    assert ">0.05<" not in net.explain([[0.05, 0.1], [0.2, 0.3]], [[0.01], [0.2]]).diagram.svg
    leaky = gn.Sequential([gn.Input((2,)), Dense(2), gn.layers.Dropout(0.5), Dense(1)], seed=0)
    leaky.compile("sgd", "mse")
    assert ">0.05<" not in leaky.explain([0.05, 0.1], [0.01]).diagram.svg
    assert ">0.05<" in leaky.explain([0.05, 0.1]).diagram.svg


def test_the_drawing_is_of_the_weights_of_the_pass():
    net = small(gn.optimizers.SGD(5.0))
    e = net.explain([0.05, 0.1], [0.01])
    before = e.html()
    net.fit([[0.05, 0.1]], [[0.01]], epochs=3, verbose=0)
    assert e.html() == before != net.explain([0.05, 0.1], [0.01]).html()


def test_every_kind_of_network_has_a_page():
    a, b = gn.Input((2,)), gn.Input((3,))
    joined = gn.layers.Concatenate()([Dense(2)(a), Dense(2)(b)])
    net = gn.Model([a, b], Dense(1)(joined), seed=0)
    net.compile("sgd", "mse")
    assert "<svg" in net.explain([[1.0, 2.0], [1.0, 2.0, 3.0]], [0.5]).html()
    image = gn.Sequential([gn.Input((4, 4, 1)), gn.layers.Flatten(), Dense(2)], seed=0)
    image.compile("sgd", "mse")
    assert "<svg" in image.explain(np.ones((4, 4, 1)), [0.5, 1.0]).html()
    image.network.info["feature_names"] = 3  # from a damaged file
    assert "<svg" in image.diagram().svg and "<svg" in image.explain(np.ones((4, 4, 1))).html()


# The optimizer's memory ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "count"),
    [("adam", 8), ("rmsprop", 4), (gn.optimizers.SGD(0.1, momentum=0.9), 4), ("sgd", 0)],
)
def test_moments_are_folded_and_come_last(optimizer, count):
    net = small(optimizer)
    e = net.explain([0.05, 0.1], [0.01])
    assert len(e.slots) == count
    page = e.html()
    seen, _folded = shown(page)
    given = page[page.index('class="given"') : page.index('class="forward"')]
    assert given.count("<details") == (count > 0)
    if count:
        assert f"{count} values, all 0 before the first step" in seen
        assert "all 0 before the first step" in e.text()
        assert e.text().count(" = 0\n\nForward") == 1  # one line for all of them
        before = given[: given.index("<details")]
        assert before.count("<tr>") == len(e.given) - count
    net.fit([[0.05, 0.1]], [[0.01]], epochs=1, verbose=0)
    seen, _ = shown(net.explain([0.05, 0.1], [0.01]).html())
    assert ("from the steps before" in seen) == (count > 0)
    assert "before the first step" not in seen


def test_new_moments_are_closed_steps():
    e = small("adam").explain([0.05, 0.1], [0.01])
    page = e.html()
    update = page[page.index('class="update"') :]
    assert update.count("<details>") == 8 and update.count("<details open>") >= 4


# Typefaces and signs -----------------------------------------------------------------------------


def test_a_variable_has_one_typeface():
    page = small("adam", activation="relu").explain([0.05, 0.1], [0.01]).html()
    assert not re.search(r"<i>|<sub>", page)  # variables are set in formulas only
    for name in ("z", "a", "W", "b"):
        kinds = set(re.findall(rf"<(\w+)[^>]*>{name}</\1>", re.sub("<svg.*?</svg>", "", page)))
        assert kinds == {"mi"}, name
    assert "<mi>dW</mi>" not in page and "<mrow><mi>d</mi><mi>W</mi></mrow>" in page
    title = re.findall(r'<p class="title">(.*?)</p>', page)
    assert any("<math>" in text for text in title)
    assert not any(re.search("[₀-₉]", text) for text in title)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "hard_sigmoid", "elu", "selu"])
def test_no_sign_is_printed_as_python_has_it(activation):
    net = gn.Sequential([gn.Input((2,)), Dense(2, activation), gn.layers.Dropout(0.5), Dense(1)],
                        seed=0)  # fmt: skip
    net.compile("adam", "huber")
    page = net.explain([0.5, 0.1], [2.0]).html()
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.S)
    assert not re.search(r"(&gt;|&lt;|=|!)=", text)
    assert "≥" in text


@pytest.mark.parametrize(("name", "told"), [("3", False), ("three", True)])
def test_a_class_called_by_its_number_is_told_once(name, told):
    net = gn.Sequential([gn.Input((2,)), Dense(4, "softmax")], seed=0)
    net.compile("sgd", "sparse_categorical_crossentropy")
    net.build()
    net.network.info["class_names"] = ["0", "1", "2", name]
    e = net.explain([0.5, 0.1], 3)
    row = re.search(r"<mi>y</mi></math></th><td>(.*?)</td>", e.html())[1]
    assert row == (f"3<br><small>{name}</small>" if told else "3")
    lines = e.text().splitlines()
    assert (lines[lines.index("y = 3") + 1].strip() == name) is told


# Numbers on the lines ----------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 2, 1), (1, 1), (2, 3, 1), (3, 2), (2, 2, 2, 2), (7, 1)])
@pytest.mark.parametrize("seed", range(4))
def test_small_networks_show_their_weights(sizes, seed):
    net = gn.Sequential([gn.Input(sizes[:1]), *map(Dense, sizes[1:])], seed=seed)
    net.build()
    weights = [np.ravel(one) for one in net.get_weights()]
    drawing = net.diagram().drawing
    written = [item for item in drawing.items if isinstance(item, Text) and item.paper]
    found = sorted(float(item.text.replace("−", "-")) for item in written)
    assert found == pytest.approx(sorted(np.concatenate(weights).tolist()), rel=6e-3)
    lines = [item for item in drawing.items if isinstance(item, Line) and item.tip]
    for item in written:
        number = float(item.text.replace("−", "-"))
        own = [line for line in lines if abs(float(line.tip.split(" = ")[1]) - number) < 6e-3]
        assert min(abs(_height(line, item) - item.y) for line in own) < 5
    for one in written:
        for other in written:
            if one is not other:
                apart = (one.paper + other.paper) / 2
                assert abs(one.x - other.x) >= apart or abs(one.y - other.y) > 9


def _height(line, item):
    share = (item.x - line.x1) / (line.x2 - line.x1)
    return line.y1 + share * (line.y2 - line.y1)


def test_large_networks_show_no_numbers():
    for sizes in ((8, 8, 1), (20, 1), (4, 4)):
        net = gn.Sequential([gn.Input(sizes[:1]), *map(Dense, sizes[1:])], seed=0)
        net.build()
        items = net.diagram().drawing.items
        assert not any(isinstance(item, Text) and item.paper for item in items)
