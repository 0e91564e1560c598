"""What a public module shows (by ``dir``, and so by Tab) is what it offers, and nothing else."""

from __future__ import annotations

import importlib
import re
import types
from pathlib import Path

import pytest

import glassnet as gn

ROOT = Path(__file__).parents[2]
MODULES = sorted({*gn._MODULES, "fann", "models", "layers.regularizers"})


def module(name):
    return importlib.import_module(f"glassnet.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_a_module_shows_its_public_names_alone(name):
    one = module(name)
    assert dir(one) == sorted(one.__all__)
    assert len(set(one.__all__)) == len(one.__all__)
    for shown in dir(one):
        value = getattr(one, shown)
        assert not isinstance(value, types.ModuleType) or f"{name}.{shown}" in MODULES


def test_every_module_of_the_package_is_looked_at():
    shown = {name for name in dir(gn) if isinstance(getattr(gn, name), types.ModuleType)}
    assert shown <= set(MODULES)
    assert dir(gn) == sorted({*gn.__all__, *gn._MODULES, "__version__"})


def test_what_documents_name_can_be_found_with_tab():
    pattern = re.compile(r"\bgn\.(\w+)\.(\w+)\b")
    paths = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("docs/notebooks/*.py")]
    paths += (ROOT / "glassnet").rglob("*.py")
    named = {pair for path in paths for pair in pattern.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 60
    hidden = [pair for pair in named if pair[0] in MODULES and pair[1] not in dir(module(pair[0]))]
    assert not hidden
