"""Who may import whom: the rooms of glassnet as a table, held against every import there is.

A room is the first name under ``glassnet``. It imports rooms of a lower level only: never one of
its own level but itself, never the package root. Imports inside functions and under
``TYPE_CHECKING`` count as well.
"""

import ast
import dataclasses
import pathlib
import sys

import pytest

from tests.house.circles import circles, targets

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = ROOT / "glassnet"

LEVELS = [
    ["errors", "numbers", "quoting"],
    ["graph", "html", "random", "streams", "settings", "translation"],
    ["ops", "backends"],
    ["evaluate", "data", "initializers"],
    ["activations", "metrics"],
    ["layers", "losses", "optimizers"],
    ["formats"],
    ["training"],
    ["explain"],
    ["models"],
    ["plots"],
    ["report", "fann", "classic", "sklearn"],
    ["examples", "cli"],
    ["__main__"],
]
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}

# A facade re-exports rooms and is imported by the package root, and else by the rooms named here.
FACADES = {"datasets": {"data"}, "callbacks": {"training", "plots"}, "utils": set(LEVEL)}
FACADE_READERS = {"examples", "cli"}

# ``testing`` stands beside the house: it may see the lower floors, and only tests see it.
BESIDE = {"testing": {room for room, level in LEVEL.items() if level <= 5}}

# What the levels alone would allow.
FORBIDDEN = {
    "backends": {"ops"},  # kernels are found by the op's name
    "formats": {"backends"},  # a file is written from the graph, not from how it is run
}

# The examples are programs as a user writes them.
MAY_IMPORT_ROOT = {"examples"}

# A third-party package is imported in these rooms only, and but for its own rooms (below) within
# functions alone, so that importing glassnet does not bring it in.
BASE = {"numpy"}
PACKAGES = {
    "scipy": {"backends", "data", "metrics", "optimizers", "training"},
    "safetensors": {"formats", "training"},
    "polars": {"data", "cli"},
    "rich": {"data", "training", "models", "cli"},
    "typer": {"cli"},
    "matplotlib": {"plots", "report"},
    "click": {"cli"},
    "sklearn": {"sklearn"},
    "PIL": {"data"},
    "IPython": {"explain", "plots"},
    "llvmlite": {"backends"},
    "jax": {"backends"},
    "onnx": {"formats"},
}
# The rooms that exist for a package import it where they like; every other room lazily.
OWN_ROOMS = {
    "typer": {"cli"},
    "rich": {"cli"},
    "click": {"cli"},
    "matplotlib": {"plots", "report"},
    "sklearn": {"sklearn"},
}
# No module may import such a room at top level, so that the package loads without its package.
OPTIONAL_ROOMS = {"sklearn"}


@dataclasses.dataclass(frozen=True)
class Import:
    """One imported module, as the file says it, with where it stands."""

    target: str  # absolute: "glassnet.graph.node", "numpy"
    line: int
    at_top: bool  # run when the module is imported
    names: tuple[str, ...] = ()


def module_name(path):
    """The dotted name of a file given relative to the folder that holds the package."""
    parts = list(pathlib.PurePosixPath(path).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def resolve(node, path):
    """The absolute module that ``from X import ...`` in the file names."""
    if not node.level:
        return node.module
    package = list(pathlib.PurePosixPath(path).parent.parts)
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def find_imports(source, path):
    """Every import in the source, those of functions and of ``TYPE_CHECKING`` blocks included."""

    def walk(node, at_top):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, child.lineno, at_top)
            elif isinstance(child, ast.ImportFrom):
                base = resolve(child, path)
                if base == "glassnet":  # from glassnet import graph: the room is in the name
                    for alias in child.names:
                        is_room = alias.name in LEVEL or alias.name in FACADES | BESIDE
                        target = f"glassnet.{alias.name}" if is_room else "glassnet"
                        yield Import(target, child.lineno, at_top, () if is_room else (alias.name,))
                else:
                    names = tuple(alias.name for alias in child.names)
                    yield Import(base, child.lineno, at_top, names)
            elif (
                isinstance(child, ast.Call)
                and ast.unparse(child.func) in ("importlib.import_module", "import_module")
                and child.args
                and isinstance(child.args[0], ast.Constant)
            ):
                yield Import(str(child.args[0].value), child.lineno, at_top)
                yield from walk(child, at_top)
            else:
                in_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from walk(child, at_top and not in_function and not is_type_checking(child))

    yield from walk(ast.parse(source), True)


def fault(imported, path):
    """Why the import may not stand in the file, or None."""
    parts = imported.target.split(".")
    here = module_name(path).split(".")
    if parts[0] != "glassnet":
        return third_party_fault(parts[0], here[1] if len(here) > 1 else None, imported.at_top)
    if len(here) == 1:  # the package root gathers the public names
        return root_fault(parts[1] if len(parts) > 1 else None, imported.at_top)
    return room_fault(here[1], parts[1] if len(parts) > 1 else None, imported.at_top)


def root_fault(other, at_top):
    """Why the package root may not import ``other``, or None."""
    if other in BESIDE:
        return f"the package root imports {other}, which is for tests and users only"
    if other in OPTIONAL_ROOMS and at_top:
        return f"the package root imports {other} at top level, and so needs its package"
    return None


def room_fault(room, other, at_top):
    """Why ``room`` may not import ``other`` (None: the package root), or None."""
    if room not in LEVEL and room not in FACADES and room not in BESIDE:
        return f"{room} is no room: give it a level in the table"
    if other is None:
        return None if room in MAY_IMPORT_ROOT else f"{room} imports the package root"
    if other == room:
        return None
    if room in FACADES:
        allowed = other in FACADES[room] | {"errors"} and not (other in OPTIONAL_ROOMS and at_top)
        return None if allowed else f"the facade {room} imports {other}"
    if room in BESIDE:
        return None if other in BESIDE[room] else f"{room} imports {other}"
    if other in BESIDE:
        return f"{room} imports {other}, which is for tests and users only"
    if other in FACADES:
        return None if room in FACADE_READERS else f"{room} imports the facade {other}"
    if other not in LEVEL:
        return f"{other} is no room"
    if other in FORBIDDEN.get(room, ()):
        return f"{room} never imports {other}"
    if LEVEL[other] == LEVEL[room]:
        return f"{room} imports sideways: {other} is of level {LEVEL[other]} too"
    if LEVEL[other] > LEVEL[room]:
        return f"{room} (level {LEVEL[room]}) imports upwards: {other} (level {LEVEL[other]})"
    if other in OPTIONAL_ROOMS and at_top:
        return f"{room} imports {other} at top level, and so needs its package"
    return None


def third_party_fault(package, room, at_top):
    """Why ``room`` may not import ``package``, or None."""
    if package in sys.stdlib_module_names or package in BASE:
        return None
    if package not in PACKAGES:
        return f"{package} is not in the table of packages"
    if room not in PACKAGES[package]:
        rooms = ", ".join(sorted(PACKAGES[package]))
        return f"{room or 'the package root'} imports {package}, which only {rooms} may"
    if at_top and room not in OWN_ROOMS.get(package, ()):
        return f"{room} imports {package} at top level; import it in the function that needs it"
    return None


def faults(source, path):
    return [
        f"{path}:{imported.line}: {message}"
        for imported in find_imports(source, path)
        if (message := fault(imported, path))
    ]


FILES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES)
def test_imports_keep_to_the_table(path):
    source = (ROOT / path).read_text(encoding="utf-8")
    assert not faults(source, path)


def test_every_room_has_one_level():
    rooms = [room for level in LEVELS for room in level] + list(FACADES) + list(BESIDE)
    assert len(rooms) == len(set(rooms))
    named = {path.split("/")[1].removesuffix(".py") for path in FILES} - {"__init__"}
    assert not named - set(rooms), "a room without a level in the table"


# The folders of a room in their order: a file imports from its own and from those before. A file
# that stands beside the folders is listed among them.
FOLDERS = {
    "glassnet.backends.compiled": ["schedule", "emit", "compiler", "run"],
    "glassnet.explain": ["formula", "account", "why", "diagram", "diagnosis", "explanation"],
}


def import_graph(sources):
    """Module to the modules it imports, for sources by path."""
    modules = {module_name(path) for path in sources}
    return {
        module_name(path): {
            module
            for imported in find_imports(source, path)
            for module in targets(imported.target, imported.names, modules)
        }
        - {module_name(path)}
        for path, source in sources.items()
    }


def test_files_do_not_import_each_other():
    graph = import_graph({path: (ROOT / path).read_text(encoding="utf-8") for path in FILES})
    graph.pop("glassnet")  # the package root gathers the public names
    found = circles({module: others & graph.keys() for module, others in graph.items()})
    assert not found, "files that import each other, directly or round a corner"


def folder_faults(graph):
    """Imports of a later folder."""
    for home, folders in FOLDERS.items():
        place = {f"{home}.{folder}": number for number, folder in enumerate(folders)}
        depth = home.count(".") + 2
        for module, others in graph.items():
            here = place.get(".".join(module.split(".")[:depth]))
            for other in others if here is not None else ():
                there = place.get(".".join(other.split(".")[:depth]), len(folders))
                if f"{other}.".startswith(f"{home}.") and there > here:
                    yield f"{module} imports {other}"


def test_folders_import_earlier_ones_only():
    graph = import_graph({path: (ROOT / path).read_text(encoding="utf-8") for path in FILES})
    for home, folders in FOLDERS.items():
        parts = (name.split(".") for name in graph if name.startswith(f"{home}."))
        assert {part[home.count(".") + 1] for part in parts} == set(folders)
    assert not list(folder_faults(graph))


def test_an_import_of_a_later_folder_is_found():
    home = "glassnet.backends.compiled"
    graph = {
        f"{home}.emit.nest": {f"{home}.run.pace", f"{home}.schedule.plan", "glassnet.graph"},
        f"{home}.run.pace": {f"{home}.emit.nest"},
        f"{home}.schedule.plan": {home},
    }
    found = list(folder_faults(graph))
    assert found == [
        f"{home}.emit.nest imports {home}.run.pace",
        f"{home}.schedule.plan imports {home}",
    ]


def test_a_circle_is_found():
    sources = {
        "glassnet/backends/a.py": "from glassnet.backends import b",
        "glassnet/backends/b.py": "def f():\n    from glassnet.backends.c import g",
        "glassnet/backends/c.py": "if TYPE_CHECKING:\n    from .a import A\nimport math",
        "glassnet/backends/d.py": "from glassnet.backends.a import A",
        "glassnet/backends/__init__.py": "from glassnet.backends.d import A",
    }
    names = [f"glassnet.backends.{name}" for name in "abc"]
    assert circles(import_graph(sources)) == [names]
    sources["glassnet/backends/c.py"] = "import math"
    assert circles(import_graph(sources)) == []


# The checker itself, on imports that must be found.
WRONG = [
    # upwards, in each way an import can be written
    ("graph/node.py", "from glassnet.ops import basic", "graph (level 1) imports upwards: ops"),
    ("graph/node.py", "from glassnet import ops", "imports upwards: ops"),
    ("graph/node.py", "import glassnet.ops", "imports upwards: ops"),
    ("graph/node.py", "from ..ops.basic import add", "imports upwards: ops"),
    ("graph/node.py", "from .. import ops", "imports upwards: ops"),
    ("graph/__init__.py", "from ..ops import add", "imports upwards: ops"),
    ("backends/compiled/emit/nest.py", "from ....layers import Dense", "imports upwards: layers"),
    ("errors.py", "from .graph import Node", "errors (level 0) imports upwards: graph"),
    ("plots/curves.py", "from glassnet.report import page", "plots (level 10) imports upwards"),
    ("models.py", "import importlib\nimportlib.import_module('glassnet.plots')", "upwards: plots"),
    # not at top level
    ("graph/node.py", "def f():\n    from glassnet import ops", "imports upwards: ops"),
    ("graph/node.py", "class A:\n    def f(self):\n        import glassnet.ops", "upwards: ops"),
    (
        "graph/node.py",
        "import typing\nif typing.TYPE_CHECKING:\n    from glassnet.layers import Dense",
        "imports upwards: layers",
    ),
    ("graph/node.py", "try:\n    import glassnet.ops\nexcept ImportError:\n    pass", "upwards"),
    # sideways
    ("graph/node.py", "from glassnet.random import bits", "graph imports sideways: random"),
    ("layers/dense.py", "from glassnet.losses import mse", "layers imports sideways: losses"),
    ("losses.py", "from .metrics import accuracy\nfrom .layers import Dense", "losses.py:2:"),
    # what the levels alone would allow
    ("backends/numpy.py", "from glassnet.ops import add", "backends never imports ops"),
    ("formats/fann.py", "from glassnet.backends import numpy", "formats never imports backends"),
    # the package root
    ("layers/dense.py", "import glassnet", "layers imports the package root"),
    ("layers/dense.py", "import glassnet as gn", "layers imports the package root"),
    ("layers/dense.py", "from glassnet import Sequential", "layers imports the package root"),
    ("layers/dense.py", "from .. import Sequential", "layers imports the package root"),
    # facades and what stands beside
    ("datasets.py", "from glassnet.training import loop", "the facade datasets imports training"),
    ("training/loop.py", "from glassnet.datasets import load", "imports the facade datasets"),
    ("testing/gradients.py", "from glassnet.training import fit", "testing imports training"),
    ("layers/dense.py", "from glassnet.testing import check", "for tests and users only"),
    ("__init__.py", "from glassnet import testing", "imports testing, which is for tests"),
    ("__init__.py", "def f():\n    from . import testing", "imports testing, which is for tests"),
    ("utils.py", "from glassnet.sklearn import Classifier", "the facade utils imports sklearn"),
    # packages
    ("layers/dense.py", "import torch", "torch is not in the table"),
    ("layers/dense.py", "import scipy.special", "layers imports scipy"),
    ("optimizers/lbfgs.py", "import scipy.optimize", "at top level"),
    ("optimizers/lbfgs.py", "from scipy import optimize", "at top level"),
    ("data/tables.py", "import polars", "data imports polars at top level"),
    ("models.py", "def f():\n    import matplotlib.pyplot", "models imports matplotlib"),
    ("data/digits.py", "def f():\n    import sklearn", "data imports sklearn"),
    ("cli/train.py", "from glassnet.sklearn import Classifier", "at top level"),
    ("__init__.py", "from glassnet import sklearn", "imports sklearn at top level"),
    # a room nobody knows
    ("helpers.py", "from glassnet.graph import Node", "helpers is no room"),
]

RIGHT = [
    ("__init__.py", "from glassnet.models import Sequential\nfrom . import layers, datasets"),
    ("__init__.py", "def __getattr__(name):\n    from glassnet import sklearn"),
    ("graph/node.py", "from glassnet.errors import ShapeError\nfrom .dims import Dim"),
    ("graph/__init__.py", "from .node import Node\nfrom . import dims"),
    ("graph/node.py", "import math\nimport numpy as np\nfrom collections.abc import Callable"),
    ("ops/basic.py", "from ..graph import Node\nfrom .. import graph"),
    ("backends/compiled/code.py", "from ..base import Backend\nfrom ...graph import Node"),
    ("datasets.py", "from glassnet.data import load\nfrom glassnet.errors import DataError"),
    ("callbacks.py", "from glassnet.training.callbacks import EarlyStopping"),
    ("optimizers/lbfgs.py", "def minimize():\n    from scipy import optimize"),
    (
        "data/tables.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import polars",
    ),
    ("cli/train.py", "import typer\nfrom glassnet import datasets, models"),
    ("cli/train.py", "def f():\n    from glassnet.report import write"),
    ("sklearn/classifier.py", "import sklearn.base\nfrom glassnet.models import Sequential"),
    ("testing/gradients.py", "from glassnet.layers import Dense\nfrom glassnet.graph import Node"),
    ("examples/xor.py", "import glassnet as gn"),
    ("utils.py", "from glassnet.data import to_categorical\nfrom glassnet.training import loop"),
    ("__main__.py", "from glassnet.cli import main"),
]


@pytest.mark.parametrize(("path", "source", "message"), WRONG)
def test_a_wrong_import_is_found(path, source, message):
    found = faults(source, f"glassnet/{path}")
    assert len(found) == 1, found
    assert message in found[0]


@pytest.mark.parametrize(("path", "source"), RIGHT)
def test_a_right_import_is_let_be(path, source):
    assert not faults(source, f"glassnet/{path}")
