"""The diagram of a network: what is drawn, that it can be read, and what a notebook shows."""

import itertools
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, OutputError, ShapeError
from glassnet.explain.diagram.drawing import Box, Circle, Curve, Line, Text
from glassnet.explain.diagram.layout import MOST_COLUMNS, text_width
from glassnet.explain.diagram.palette import BLUE, MUTED, ORANGE

Dense = gn.layers.Dense


def chain(*layers, size=2, **settings):
    net = gn.Sequential([gn.Input((size,)), *layers], seed=0, **settings)
    net.build()
    return net


def branches():
    a, b = gn.Input((5,)), gn.Input((3,))
    left = Dense(4, "relu", name="left")(a)
    right = Dense(4, "tanh", name="a_right_branch_with_a_long_name")(b)
    total = gn.layers.Add()([left, Dense(4)(right)])
    joined = gn.layers.Concatenate()([total, b, left])
    net = gn.Model([a, b], [Dense(2, "softmax")(joined), Dense(1)(right)], seed=0)
    net.build()
    return net


def image():
    return chain_of_images(Dense(30, "relu"), Dense(10, "softmax"))


def chain_of_images(*layers):
    net = gn.Sequential([gn.Input((28, 28, 1)), gn.layers.Flatten(), *layers], seed=0)
    net.build()
    return net


def wide():
    dropout = gn.layers.Dropout(0.2)
    layers = [gn.layers.Rescaling(1 / 255), Dense(256, "relu"), dropout, Dense(10, "softmax")]
    return chain(*layers, size=784)


def shortcut():
    import glassnet.fann as fann

    net = fann.neural_net()
    net.create_shortcut(3, 4, 3, 2)
    return net._as_model()


NETWORKS = {
    "xor": lambda: chain(Dense(3, "sigmoid"), Dense(1, "sigmoid")),
    "wide": wide,
    "image": image,
    "deep": lambda: chain(*[Dense(6, "tanh") for _ in range(40)]),
    "branches": branches,
    "shortcut": shortcut,
    "unbuilt": lambda: gn.Sequential([Dense(3, "tanh"), gn.layers.Dropout(0.5), Dense(1)]),
}


def items(diagram, kind):
    return [item for item in diagram.drawing.items if isinstance(item, kind)]


def weight_lines(diagram):
    return [line for line in items(diagram, Line) if line.tip]


def test_every_weight_is_a_line_of_its_size_and_sign():
    net = chain(Dense(3, "tanh"), Dense(1))
    W1 = np.array([[0.6, -0.3, 0.0], [0.1, 0.2, -0.6]], "float32")
    net.set_weights([W1, [0.3, 0.0, -0.1], [[1.0], [2.0], [-3.0]], [0.0]])
    lines = {line.tip.split(" = ")[0]: line for line in weight_lines(net.diagram())}
    assert len(lines) == net.count_params() == 13
    for (row, column), weight in np.ndenumerate(W1):
        line = lines[f"W1[{row}, {column}]"]
        assert float(line.tip.split(" = ")[1]) == pytest.approx(weight, rel=1e-3)
        assert (line.colour, line.is_dashed) == ((ORANGE, True) if weight < 0 else (BLUE, False))
    assert lines["W1[0, 0]"].width == lines["W1[1, 2]"].width > lines["W1[0, 1]"].width
    assert lines["W1[0, 1]"].width > lines["b1[1]"].width > 0
    assert lines["W1[0, 0]"].opacity > lines["W1[0, 1]"].opacity


def test_units_biases_and_names_are_there():
    diagram = NETWORKS["xor"]().diagram()
    assert len(items(diagram, Circle)) == 2 + 3 + 1
    assert len(items(diagram, Box)) == 2 + 1  # two bias units, and the one of the legend
    said = [text.text for text in items(diagram, Text)]
    for word in ["input", "dense_1", "dense_2", "Dense, sigmoid", "x1", "x2", "2 units", "1 unit"]:
        assert word in said
    assert {"positive weight", "negative weight", "bias"} <= set(said)


def test_the_values_of_a_sample_stand_in_the_units():
    net = chain(Dense(3, "tanh"), Dense(1))
    x = np.array([0.5, -1.0])
    circles = items(net.diagram(x), Circle)
    assert [float(c.tip) for c in circles[:2]] == [0.5, -1.0]
    assert circles[1].is_dashed and not circles[0].is_dashed
    assert float(circles[-1].tip) == pytest.approx(net.predict(x[None]).item(), rel=1e-5)
    assert circles[0].strength < circles[1].strength
    assert "-1.00" in [text.text for text in items(net.diagram(x), Text)]


def test_wide_layers_are_shortened_and_say_how_large_they_are():
    diagram = NETWORKS["wide"]().diagram(most=6)
    said = [text.text for text in items(diagram, Text)]
    assert {"784 units", "256 units", "10 units", "x1", "x3", "x782", "x784"} <= set(said)
    assert "x4" not in said
    units = [circle for circle in items(diagram, Circle) if circle.radius > 5]
    assert len(units) == 5 * 6
    assert len(weight_lines(diagram)) == 2 * (6 * 6 + 6)
    assert len(diagram.svg) < 30_000


def test_only_connections_that_exist_are_drawn():
    net = chain(gn.layers.MaskedDense([[1, 0], [1, 1]]))
    tips = {line.tip.split(" = ")[0] for line in weight_lines(net.diagram())}
    assert tips == {"W1[0, 0]", "W1[1, 0]", "W1[1, 1]", "b1[0]", "b1[1]"}


def test_deep_networks_are_folded():
    diagram = NETWORKS["deep"]().diagram()
    said = [text.text for text in items(diagram, Text)]
    assert "29 more layers" in said  # 41 columns, 12 of them drawn
    assert {"dense_5", "dense_35", "dense_40"} <= set(said) and "dense_20" not in said
    assert diagram.drawing.width < 1700
    all_shown = chain(*[Dense(2) for _ in range(MOST_COLUMNS - 1)]).diagram()
    assert not any("more layers" in text.text for text in items(all_shown, Text))


def test_branches_meet_unit_by_unit_or_as_cables():
    net = branches()
    diagram = net.diagram()
    # left -> add, b -> concatenate, left -> concatenate pass columns; add -> concatenate does not
    assert len(items(diagram, Curve)) == 3
    assert max(len(curve.points) for curve in items(diagram, Curve)) == 5
    plain = [line for line in items(diagram, Line) if not line.tip and line.colour == MUTED]
    assert len(plain) == 4 + 4  # dense_1 -> add, add -> concatenate
    assert len(weight_lines(diagram)) == net.count_params()


def boxes(diagram):
    """Where every text lies: left, top, right, bottom."""
    for text in items(diagram, Text):
        width = text_width(text.text, text.size)
        left = text.x - {"start": 0.0, "middle": width / 2, "end": width}[text.anchor]
        yield text, (left, text.y - 0.8 * text.size, left + width, text.y + 0.2 * text.size)


@pytest.mark.parametrize("name", NETWORKS)
def test_no_text_lies_on_another_or_outside(name):
    diagram = NETWORKS[name]().diagram()
    found = list(boxes(diagram))
    for text, (left, top, right, bottom) in found:
        assert left >= 0 and top >= 0, text
        assert right <= diagram.drawing.width and bottom <= diagram.drawing.height, text
    for (one, a), (other, b) in itertools.combinations(found, 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, (one.text, other.text)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_svg_is_well_formed_and_has_a_ground_of_its_own(name):
    root = ElementTree.fromstring(NETWORKS[name]().diagram().svg)
    ns = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{ns}svg"
    assert root.find(f"{ns}title").text.startswith("network of")
    assert root.find(f"{ns}rect").get("fill") == "#ffffff"
    for element in root.iter():
        for value in element.attrib.values():
            assert "nan" not in value.lower().split("(")[0] or value == "img"


class Tags(HTMLParser):
    """Checks that tags close, and gathers cells and addresses."""

    def __init__(self):
        super().__init__()
        self.open, self.cells, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for key, value in attrs if key in ("src", "href")]
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_notebook_shows_diagram_and_table_without_help_from_elsewhere(name):
    tags = Tags()
    html = NETWORKS[name]()._repr_html_()
    tags.feed(html)
    assert not tags.open and not tags.links
    assert {"layer", "output shape", "parameters"} <= set(tags.cells)
    assert html.count("<svg") == 1
    assert "background:#ffffff" in html and "color:#1d2733" in html  # readable on a dark page


def test_the_table_is_that_of_the_summary():
    net = branches()
    html = net._repr_html_()
    for cell in ["left (Dense)", "(n, 11)", "left, dense_1", "89 parameters, 89 of them trained"]:
        assert cell in html and cell in net.summary_text()


def test_looking_at_a_network_changes_nothing():
    net = gn.Sequential([gn.Input((3,)), Dense(2, "tanh"), Dense(1)])
    html = net._repr_html_()
    assert "(n, 2)" in html and "not built yet" in html and "weights not made yet" in html
    assert not net.built and net.seed is None
    assert all(one.name is None and not one.weights for one in net.layers)


def test_names_are_shown_as_text():
    net = chain(Dense(1, name="<b>&"), name="<script>")
    html = net._repr_html_()
    assert "<script>" not in html and "<b>&" not in html
    assert "&lt;script&gt;" in html and "&lt;b&gt;&amp;" in html
    net.info["feature_names"] = ["a < b", "width"]
    said = [text.text for text in items(net.diagram(), Text)]
    assert "a < b" in said and "x1" not in said
    ElementTree.fromstring(net.diagram().svg)


def test_a_network_that_does_not_fit_or_is_empty_is_shown_as_far_as_it_goes():
    concatenate = gn.Sequential([gn.Input((3,)), gn.layers.Concatenate(), Dense(1)])
    assert "concatenate" in concatenate._repr_html_()
    assert "no layers yet" in gn.Sequential([])._repr_html_()
    with pytest.raises(ArgumentError, match="no layers yet"):
        gn.Sequential([]).diagram()


def test_weights_that_went_bad_are_drawn():
    net = chain(Dense(2))
    net.layers[0].weights["kernel"].value[0, 0] = np.nan
    diagram = net.diagram()
    assert "W1[0, 0] = nan" in [line.tip for line in weight_lines(diagram)]
    ElementTree.fromstring(diagram.svg)
    net.layers[0].weights["kernel"].value[...] = 0
    assert {line.width for line in weight_lines(net.diagram())} == {0.4}


def test_a_fann_network_shows_itself():
    import glassnet.fann as fann

    net = fann.neural_net()
    assert net._repr_html_() is None
    net.create_standard_array((2, 3, 1))
    assert "neural_net" in net._repr_html_() and net._repr_html_().count("<circle") == 6
    lines = weight_lines(net.diagram())
    written = sorted(float(line.tip.split(" = ")[1]) for line in lines)
    assert written == pytest.approx(sorted(net.get_weight_array()), rel=1e-3)


def test_a_diagram_is_written_to_a_file(tmp_path):
    diagram = NETWORKS["xor"]().diagram()
    path = diagram.save(tmp_path / "net.svg")
    assert path.read_text(encoding="utf-8") == diagram.svg == str(diagram)
    assert diagram._repr_html_().count("<svg") == 1
    with pytest.raises(OutputError):
        diagram.save(tmp_path / "nowhere" / "net.svg")


def test_what_cannot_be_drawn_is_said():
    net = NETWORKS["xor"]()
    with pytest.raises(ShapeError, match=r"shape \(3,\), but one sample of shape \(2,\)"):
        net.diagram([1.0, 2.0, 3.0])
    with pytest.raises(ShapeError, match=r"take one row, for example x\[0\]"):
        net.diagram(np.zeros((4, 2)))
    with pytest.raises(ArgumentError, match="most=1 must be"):
        net.diagram(most=1)
    with pytest.raises(ShapeError, match="2 inputs, but x holds 1"):
        branches().diagram([np.ones(5)])
    with pytest.raises(gn.errors.TrainingError, match="does not know the shape"):
        gn.Sequential([Dense(1)]).diagram([1.0])


def test_very_many_lines_become_one_path_for_each_look():
    net = chain(Dense(60), Dense(60), size=20)
    svg = net.diagram(most=60).svg
    assert re.search(r'd="M[^"]+L[^"]+M[^"]+L', svg)
    assert len(svg) < 250_000


def test_names_from_a_file_break_no_document():
    net = chain(Dense(2, name="<script>"), Dense(1))
    net.network.info["feature_names"] = ["\x00\x01&<script>alert(1)</script>", "\ud800"]
    drawn = net.diagram([1.0, 2.0])
    ElementTree.fromstring(str(drawn))
    for text in (str(drawn), net._repr_html_()):
        assert "<script>" not in text
        text.encode()


def test_samples_that_are_none_are_refused():
    with pytest.raises(ShapeError, match="inputs: give x as a list"):
        branches().diagram(3)
    with pytest.raises(ShapeError, match="must be one sample"):
        chain(Dense(1)).diagram([[1.0], [1.0, 2.0]])
