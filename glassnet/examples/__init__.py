"""The classic networks as short programs. ``glassnet example list`` names them.

>>> from glassnet.examples import names
>>> "trask-three-layers" in names()
True
"""

from __future__ import annotations

import ast
import keyword
import re
from pathlib import Path

from glassnet.errors import suggestion

__all__ = ["about", "module_of", "named", "names", "nicknames", "suggested"]

_FOLDER = Path(__file__).parent

# In the order of a first course; a file that is not named here comes last.
_ORDER = (
    "neuron", "sigmoid", "perceptron", "and", "or", "xor", "logistic-regression", "forward",
    "gradient-descent", "trask-two-layers", "trask-three-layers", "trask-learning-rates", "loy",
    "mazur", "thomas", "rashid", "nielsen", "spiral",
)  # fmt: skip


# What people call them besides.
_NICKNAMES = {
    "neuron": ("spam", "spam-filter", "one-neuron"),
    "sigmoid": ("logistic",),
    "perceptron": ("rosenblatt",),
    "and": ("and-gate",),
    "or": ("or-gate",),
    "xor": ("xor-gate", "exclusive-or"),
    "logistic-regression": ("logreg", "breast-cancer"),
    "forward": ("forward-pass", "feed-forward", "feedforward"),
    "gradient-descent": ("descent", "gd"),
    "trask-two-layers": ("two-layers",),
    "trask-three-layers": ("trask", "eleven-lines", "11-lines", "iamtrask", "three-layers"),
    "trask-learning-rates": ("learning-rates", "learning-rate"),
    "loy": ("james-loy", "from-scratch"),
    "mazur": ("backpropagation", "backprop", "matt-mazur"),
    "thomas": ("andy-thomas", "adventures-in-machine-learning"),
    "rashid": ("make-your-own", "own-digits", "handwriting", "tariq-rashid"),
    "nielsen": ("michael-nielsen", "mnist"),
    "spiral": ("cs231n", "karpathy"),
}


def nicknames(name: str) -> tuple[str, ...]:
    """Return what else an example is called.

    Examples
    --------
    >>> nicknames("spiral")
    ('cs231n', 'karpathy')
    """
    return _NICKNAMES.get(name, ())


def named(word: str) -> str | None:
    """Return the example of a name or nickname, however it is written; None if there is none.

    Examples
    --------
    >>> named("eleven lines"), named("XOR"), named("nothing")
    ('trask-three-layers', 'xor', None)
    """
    plain = _plain(word)
    for name in names():
        if plain == name or plain in nicknames(name):
            return name
    return None


def suggested(word: str) -> str:
    """Return ``"; did you mean 'x'?"`` for a word that names no example.

    Examples
    --------
    >>> suggested("andrew-trask"), suggested("mazurr")
    ("; did you mean 'trask-three-layers'?", "; did you mean 'mazur'?")
    """
    inside = [found for part in _plain(word).split("-") if (found := named(part))]
    if inside:
        return f"; did you mean {inside[0]!r}?"
    known = names()
    near = suggestion(_plain(word), [*known, *(nick for name in known for nick in nicknames(name))])
    return near if "did you mean" in near else suggestion(word, known)


def _plain(word: str) -> str:
    return re.sub(r"[\s_]+", "-", word.strip().lower())


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
