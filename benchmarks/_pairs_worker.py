"""A contestant of glassnet in the tree that PYTHONPATH names: run as a file, by its path.

Workloads are those of the tree that this file is in, so that both trees do the same work.
"""

from __future__ import annotations

import os
import pathlib
import sys
import warnings

# Python has put this file's folder first; glassnet must come from PYTHONPATH.
sys.path.pop(0)

import glassnet

_TREE = pathlib.Path(os.environ["PYTHONPATH"])
if not pathlib.Path(glassnet.__file__).is_relative_to(_TREE):
    raise SystemExit(f"glassnet comes from {glassnet.__file__}, and {_TREE} is expected")
# A time of NumPy in the place of the compiled backend's would say nothing.
warnings.filterwarnings("error", message=".*NumPy runs it instead", category=RuntimeWarning)
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

# The backend is imported while the other tree's process starts, not when it works.
import benchmarks.peers.glass  # noqa: E402, F401
from benchmarks._worker import main  # noqa: E402  (its place is known only now)

main()
