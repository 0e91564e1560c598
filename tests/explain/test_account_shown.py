"""An account folded, on a terminal, as a page and as LaTeX."""

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest

import glassnet as gn
from glassnet.examples import mazur
from tests.explain.reading import lines_of

layers = gn.layers

X, Y = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]]), np.array([1, 0])


# Folding -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wide():
    net = gn.Sequential(
        [gn.Input((784,)), layers.Dense(256, "relu"), layers.Dense(128, "relu"),
         layers.Dense(10, "softmax")], seed=0,
    )  # fmt: skip
    net.compile("adam", "sparse_categorical_crossentropy")
    x = np.where(np.arange(784) % 5 == 0, np.linspace(0, 1, 784), 0.0)
    return net.explain(x, 3)


def test_wide_layers_are_folded_with_counts_that_add_up(wide):
    text = wide.text(width=100_000)
    assert len(text.splitlines()) < 600
    assert "(781 more terms" in text and "… and 252 more" in text
    # The numbers shown and the rest add up to the value, within single precision.
    for line in lines_of(text):
        for side in line.numbers[:-1]:
            if "more terms" in side and "exp" not in side:
                total = eval(re.sub(r"\([\d,]+ more terms: ", "(", side).replace("·", "*"))
                assert total == pytest.approx(float(line.sides[-1]), rel=2e-3, abs=2e-4)


def test_all_steps_of_a_layer_show_the_same_units(wide):
    text = wide.text(width=100_000)
    units = [set(re.findall(rf"^  {name}₁\[(\d+)\] =", text, re.M)) for name in ("z", "a", "d")]
    assert units[0] == units[1] == units[2] and len(units[0]) == 4


def test_a_step_can_be_unfolded(wide):
    text = wide.text(unfold="z3", width=100_000)
    part = text[text.index("\nz₃ = ") : text.index("\na₃ = ")]
    assert "more terms" not in part and "(781 more terms" in text
    assert part.count("·W₃[") == 128
    with pytest.raises(KeyError, match="z9"):
        wide.text(unfold="z9")
    assert "more terms" not in mazur.network().explain(mazur.X, mazur.Y).text(unfold=True)


def test_lines_fit_the_terminal(wide, net):
    for e in (wide, net.explain(X, Y)):
        for line in e.text(width=80).splitlines():
            assert len(line) <= 80, line
        joined = "".join(e.text(width=80).split())
        assert joined.replace("─", "") == "".join(e.text(width=100_000).split()).replace("─", "")


def test_why_in_a_wide_network_counts_the_paths(wide):
    unit = int(np.abs(wide["d1"]).argmax())
    pixel = int(wide["x"].argmax())
    why = wide.why("W1", (pixel, unit))
    assert why.path_count > 100 and len(why.paths) == 4
    assert why.value == pytest.approx(float(wide["dW1"][pixel, unit]), rel=1e-4)
    assert f"({why.path_count - 4:,} more paths" in str(why)
    sizes = [abs(path.number) for path in why.paths]
    assert sizes == sorted(sizes, reverse=True)


def test_why_says_where_a_dead_unit_cuts_the_way(wide):
    dead = int(np.flatnonzero(wide["a1"] == 0)[0])
    text = str(wide.why("W1", (5, dead)))
    assert f"here it is ∂a₁[{dead}]/∂z₁[{dead}]" in text


# Ways to read it -----------------------------------------------------------------------------


def test_colour_is_for_terminals_only(net, monkeypatch, capsys):
    e = net.explain(X[0], 1)
    assert "\x1b[" not in str(e) and "\x1b[" in e.text(color=True)
    assert re.sub(r"\x1b\[\d*m", "", e.text(color=True)) == e.text()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in str(e)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in str(e)


class Balance(HTMLParser):
    """Checks that every element ends where it should."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "mspace"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(net, tmp_path):
    e = net.explain(X, Y)
    path = e.save(tmp_path / "account.html")
    page = path.read_text(encoding="utf-8")
    reader = Balance()
    reader.feed(page)
    assert reader.open == []
    details = [attrs.get("class") for tag, attrs in reader.seen if tag == "details"]
    assert details.count(None) == len(e.steps) and details.count("why") == 2
    assert not [a for _, attrs in reader.seen for a in attrs if a in ("src", "href")]
    assert "http" not in page and "url(" not in page and "@import" not in page
    for formula in re.findall(r"<math.*?</math>", page):
        ElementTree.fromstring(formula.replace("&#x2061;", "").replace("&#xa0;", " "))
    for step in e.steps:
        for entry in step.entries(e.fold(False, step.name)):
            assert (
                f"= {gn.numbers.number_text(entry.number)}".split("e")[0].replace("-", "−") in page
            )


def test_a_page_tells_why_of_the_largest_entry_of_every_weight(net):
    e = net.explain(X, Y)
    page = e.html()
    for name in ("W1", "W2"):
        gradient = e[f"d{name}"]
        place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        chosen = e.step(f"d{name}").step.focus[0]
        assert abs(gradient[chosen]) == abs(gradient[place])
        assert f"<summary>{e.why(name, chosen).title.replace('-', '−')}</summary>" in page
    assert "<strong>" in page.split('class="why"')[1].split("</details>")[0]
    assert 'class="why"' not in net.explain(X).html()


def test_large_networks_and_bad_numbers_have_no_chains(net):
    assert 'class="why"' not in net.explain(X[0]).html()
    many = gn.Sequential([gn.Input((3,)), layers.Dense(3000), layers.Dense(1)], seed=0)
    assert 'class="why"' not in many.explain(X[0], [1.0]).html()
    net.build((None, 3))
    next(net.network.topology.weights()).value[0, 0] = np.nan
    assert 'class="why"' not in net.explain(X, Y).html()


def test_all_steps_open_and_close_by_a_button(net):
    page = net.explain(X, Y).html()
    assert page.count("<button") == 2 and ">open all<" in page and ">close all<" in page
    scripts = re.findall(r'onclick="([^"]*)"', page)
    assert len(scripts) == 2 and all("one.open = " in script for script in scripts)


def test_html_of_why_is_whole(net):
    reader = Balance()
    reader.feed(net.explain(X, Y).why("W1", (0, 1))._repr_html_())
    assert reader.open == []


def test_latex_is_balanced(net, tmp_path):
    e = net.explain(X, Y)
    for text in (e.latex(), e.why("W1", (0, 1)).latex()):
        assert text.count("{") == text.count("}")
        assert text.count(r"\left(") == text.count(r"\right)")
        assert text.count(r"\begin{") == text.count(r"\end{")
        assert not set("₀₁₂₃₄₅₆₇₈₉⊙·Σ∂ᵀηβ²…") & set(text)
        for block in re.findall(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", text, re.S):
            for line in block.split(" \\\\\n"):
                outside = re.sub(r"\\begin\{cases\}.*?\\end\{cases\}", "", line)
                assert outside.count("&") == 1, line
    assert e.save(tmp_path / "a.tex").read_text(encoding="utf-8").startswith(r"\paragraph")
    assert "z₁[0,0] =" in e.save(tmp_path / "a.txt").read_text(encoding="utf-8")


def test_a_weight_that_hardly_moves_gets_the_digits_to_show_it():
    net = gn.Sequential([gn.Input((1,)), layers.Dense(1, use_bias=False)], "float64")
    net.compile(gn.optimizers.SGD(1e-9), "half_sum_squared_error")
    net.set_weights([[[0.3]]])
    assert "= 0.2999999993" in net.explain([1.0], [-0.4]).text()
