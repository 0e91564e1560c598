"""The contestants, one file each; a maker raises Missing where its own cannot take part."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks._task import Contestant, Task

# Name in the table: file, and what its maker is told.
PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "glassnet": ("glass", {}),
    "glassnet on NumPy": ("glass", {"backend": "numpy"}),
    "glassnet predict": ("glass_predict", {}),
    "glassnet predictor": ("glass_predict", {"is_fast": True}),
    "glassnet.fann": ("glass_fann", {}),
    "glassnet.fann run": ("glass_fann", {"is_run": True}),
    "glassnet.fann train": ("glass_fann", {"is_by_row": True}),
    "NumPy script": ("script", {}),
    "libfann": ("libfann", {}),
    "fann2": ("fann2", {}),
    "fann2 train": ("fann2", {"is_by_row": True}),
    "PyTorch": ("pytorch", {}),
    "PyTorch fused": ("pytorch", {"fused": True}),
    "JAX lax.scan": ("jax_scan", {}),
    "Keras on JAX": ("keras_jax", {}),
    "scikit-learn": ("scikit", {}),
    "scikit-learn predict": ("scikit", {}),
    "limit": ("limit", {}),
}


def make(name: str, task: Task) -> Contestant:
    """Make a contestant ready to work."""
    file, options = PEERS[name]
    maker = importlib.import_module(f"benchmarks.peers.{file}").maker
    found: Contestant = maker(task, **options)
    return found
