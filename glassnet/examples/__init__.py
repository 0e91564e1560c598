"""The classic networks as short programs. ``glassnet example list`` names them.

>>> from glassnet.examples import names
>>> "trask-three-layers" in names()
True
"""

from __future__ import annotations

import ast
import keyword
from pathlib import Path

__all__ = ["about", "module_of", "names"]

_FOLDER = Path(__file__).parent

# In the order of a first course; a file that is not named here comes last.
_ORDER = (
    "neuron", "sigmoid", "perceptron", "and", "or", "xor", "logistic-regression", "forward",
    "gradient-descent", "trask-two-layers", "trask-three-layers", "trask-learning-rates", "loy",
    "mazur", "thomas", "rashid", "nielsen", "spiral",
)  # fmt: skip


def names() -> list[str]:
    """Return the names of all examples, the simple ones first."""
    files = (path.stem for path in _FOLDER.glob("*.py") if not path.stem.startswith("_"))
    found = {stem.rstrip("_").replace("_", "-") for stem in files if stem not in ("results",)}
    return sorted(found, key=lambda name: (_ORDER.index(name) if name in _ORDER else 99, name))


def module_of(name: str) -> str:
    """Return the module of an example.

    Examples
    --------
    >>> module_of("trask-two-layers"), module_of("and")
    ('glassnet.examples.trask_two_layers', 'glassnet.examples.and_')
    """
    stem = name.replace("-", "_")
    return f"glassnet.examples.{stem}{'_' if keyword.iskeyword(stem) else ''}"


def about(name: str) -> str:
    """Return one line about an example: the first of its docstring.

    Examples
    --------
    >>> about("xor")
    'XOR: the smallest problem that needs a hidden layer.'
    """
    path = _FOLDER / f"{module_of(name).rsplit('.', 1)[-1]}.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0] if text else ""
