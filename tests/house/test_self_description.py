"""Rooms that show networks ask layers and losses what they are; they do not name their classes."""

import ast
import pathlib

import pytest

from glassnet.layers.base import FAMILY as LAYERS
from glassnet.losses import FAMILY as LOSSES

PACKAGE = pathlib.Path(__file__).parents[2] / "glassnet"
SHOWING = ("explain", "report", "plots", "cli", "training/health")
CLASSES = {cls.__name__ for family in (LAYERS, LOSSES) for cls in family.members.values()}


def asked_classes(source):
    """Names of classes in ``isinstance``, and texts that ``type(x).__name__`` is compared with."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            yield from (one.id for one in ast.walk(node.args[1]) if isinstance(one, ast.Name))
            yield from (
                one.attr for one in ast.walk(node.args[1]) if isinstance(one, ast.Attribute)
            )
        if isinstance(node, ast.Compare) and "__name__" in ast.unparse(node):
            yield from (str(one.value) for one in ast.walk(node) if isinstance(one, ast.Constant))


FILES = sorted(path for room in SHOWING for path in (PACKAGE / room).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_class_of_a_layer_or_loss_is_asked_for(path):
    # A class may be made, as a default or for a trial, but not asked for.
    assert not set(asked_classes(path.read_text(encoding="utf-8"))) & CLASSES


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(layer, Dense | Flatten)",
        "isinstance(loss, losses.Huber)",
        "type(layer).__name__ == 'Dropout'",
    ],
)
def test_a_class_that_is_asked_for_is_found(source):
    assert set(asked_classes(source)) & CLASSES
