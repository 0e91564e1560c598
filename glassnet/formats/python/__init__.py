"""Networks as programs: NumPy, or plain Python."""

from __future__ import annotations

from collections.abc import Callable

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.formats.python.loops_script import LoopsScript
from glassnet.formats.python.numpy_script import NumpyScript
from glassnet.formats.python.recipe import RESERVED, Draw, Recipe, Source
from glassnet.formats.python.script import Script

__all__ = ["RESERVED", "STYLES", "Draw", "Recipe", "Source", "write_prediction", "write_training"]

STYLES: dict[str, Callable[[Recipe], Script]] = {"numpy": NumpyScript, "loops": LoopsScript}


def write_training(recipe: Recipe, style: str = "numpy") -> Source:
    """Return the program that trains a network.

    Raises
    ------
    ArgumentError
        If the style is not known, or cannot say what the recipe asks for.
    """
    return _style(style)(recipe).training()


def write_prediction(recipe: Recipe, style: str = "numpy") -> Source:
    """Return the module that defines ``predict``."""
    return _style(style)(recipe).prediction()


def _style(style: str) -> Callable[[Recipe], Script]:
    if not isinstance(style, str) or style not in STYLES:
        raise ArgumentError(
            f"style={shown(style)} must be 'numpy' or 'loops'{suggestion(str(style), STYLES)}"
        )
    return STYLES[style]
