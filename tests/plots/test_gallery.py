"""The gallery shows every picture there is; every picture is drawn where it is asked to."""

import importlib.util
import inspect
import pathlib
import re
import sys

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import glassnet as gn
from glassnet import plots

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gallery.md"
HELPERS = {"panels", "read_grey"}  # no pictures themselves
PICTURES = sorted(set(plots.__all__) - HELPERS)


@pytest.fixture(scope="module")
def gallery():
    place = importlib.util.spec_from_file_location("gallery", ROOT / "scripts" / "gallery.py")
    module = importlib.util.module_from_spec(place)
    sys.modules["gallery"] = module  # its dataclass looks itself up
    place.loader.exec_module(module)
    yield module
    del sys.modules["gallery"]


def test_the_page_shows_every_picture(gallery):
    text = PAGE.read_text(encoding="utf-8")
    for name in PICTURES:
        assert f"gn.plots.{name}(" in text, f"docs/gallery.md does not show plots.{name}"
        assert f"(images/gallery/{name}.png)" in text
    assert "gn.callbacks.LiveCurves(" in text and "net.diagram(" in text
    assert text == gallery.page("images/gallery"), "run python scripts/gallery.py"


def test_its_files_are_there_and_small(gallery):
    folder = ROOT / "docs" / "images" / "gallery"
    files = {path.stem: path for path in folder.iterdir()}
    assert set(files) == {one.name for one in gallery.SHOTS}
    for path in files.values():
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG") and 1_000 < len(content) < 80_000, path.name
    assert sum(path.stat().st_size for path in files.values()) < 700_000


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_documented_and_takes_axes(name):
    function = getattr(plots, name)
    assert inspect.signature(function).parameters["ax"].default is None
    said = inspect.getdoc(function)
    assert "ax : Axes, optional" in said or name in ("neuron_regions", "descent_map"), name
    returned = str(inspect.signature(function).return_annotation)
    assert returned in ("Axes", "Figure")


@pytest.mark.parametrize(
    "name", ["sigmoid_graphs", "descent", "image_grid", "digit_and_costs", "boundary_panels"]
)
@pytest.mark.parametrize("by_hand", [False, True])
def test_several_panels_divide_the_place_of_the_axes_given(name, by_hand, tmp_path):
    import numpy as np

    arguments = {
        "sigmoid_graphs": (),
        "descent": (np.square, [2.0, 1.0, 0.5], np.sum, [[1.0, 1.0], [0.5, 0.2]]),
        "image_grid": ([np.eye(3)] * 3,),
        "digit_and_costs": (np.eye(8), "1", [2.0, 1.0]),
        "boundary_panels": ([("x", lambda p: (p[:, 0] > 0.5).astype(int), np.eye(2), [0, 1])] * 2,),
    }
    figure = Figure()
    ax = figure.add_axes((0.1, 0.1, 0.8, 0.8)) if by_hand else figure.subplots(1, 2)[1]
    before = ax.get_position()
    count = 1 if by_hand else 2
    drawn = getattr(plots, name)(*arguments[name], ax=ax)
    assert drawn is figure and not ax.axison
    panels = ax.child_axes if by_hand else figure.axes[count:]
    assert len(panels) >= 2 and any(panel.has_data() for panel in panels)
    figure.savefig(tmp_path / "picture.png")
    if not by_hand:
        assert all(panel.get_position().x0 >= before.x0 - 1e-6 for panel in panels)


def test_what_is_no_axes_is_told():
    with pytest.raises(gn.errors.ArgumentError, match="must be the Axes of a matplotlib figure"):
        plots.curves({"loss": [1.0]}, ax=Figure())


def test_a_notebook_shows_what_is_returned():
    ax = plots.curves({"loss": [1.0, 0.5]})
    assert isinstance(ax, Axes)
    assert ax._repr_png_().startswith(b"\x89PNG")
    assert ax.figure._repr_png_().startswith(b"\x89PNG")
    assert plots.sigmoid_graphs()._repr_png_().startswith(b"\x89PNG")


# Colours -------------------------------------------------------------------------------------

# Viénot, Brettel and Mollon (1999), on linear light: red, green, blue as they are seen.
MISSING_GREEN = [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]
MISSING_RED = [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]


def linear(colour):
    parts = [int(part, 16) / 255 for part in re.findall("[0-9a-f]{2}", colour)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def lightness(colour):
    luminance = sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), colour, strict=True))
    return 116 * luminance ** (1 / 3) - 16


@pytest.mark.parametrize("eye", [MISSING_GREEN, MISSING_RED])
def test_positive_and_negative_differ_to_every_eye(eye):
    import numpy as np

    blue, orange = (np.array(eye) @ linear(c) for c in (plots.style.BLUE, plots.style.ORANGE))
    assert blue[2] - orange[2] > 0.25  # one is blue, the other is not
    assert abs(lightness(linear(plots.style.BLUE)) - lightness(linear(plots.style.ORANGE))) > 5


def test_the_map_of_signed_numbers_rises_in_lightness():
    import matplotlib
    import numpy as np

    colours = matplotlib.colormaps[plots.style.SIGNED](np.linspace(0, 1, 32))[:, :3]
    light = [lightness(linear(matplotlib.colors.to_hex(colour))) for colour in colours]
    assert np.all(np.diff(light) > 0)
