"""The native file: one safetensors file, numbers as tensors and everything else as JSON.

Tensors are weights (``dense_1.kernel``), optimizer slots (``dense_1.kernel.m``) and what
callbacks keep; the metadata holds architecture, compile settings, preprocessing, class
names and the position in the training. Reading one never runs code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import FileFormatError
from glassnet.formats.files import write_bytes

__all__ = ["FORMAT", "read", "write"]

FORMAT = "glassnet"
VERSION = 1


def write(path: str | Path, tensors: dict[str, np.ndarray], description: dict[str, Any]) -> Path:
    """Write tensors and their description as a whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from safetensors.numpy import save

    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "description": json.dumps(description, allow_nan=True),
    }
    plain = {name: np.array(array, order="C", copy=None) for name, array in tensors.items()}
    return write_bytes(path, save(plain, metadata))


def read(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read tensors and their description.

    Raises
    ------
    FileFormatError
        If the file does not exist, is cut short, corrupt, or not one of glassnet's.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    _check_exists(path)
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            _check_format(path, metadata)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        description = json.loads(metadata["description"])
    except (SafetensorError, OSError, KeyError, ValueError, UnicodeDecodeError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(
            f"{str(path)!r} cannot be read as a model file: it is cut short, corrupt or of another kind "
            f"({error}); save the model again, or use an intact copy"
        ) from error
    return tensors, description


def _check_exists(path: Path) -> None:
    if path.is_dir():
        raise FileFormatError(f"{str(path)!r} is a folder; give the name of a model file")
    if not path.exists():
        others = sorted(one.name for one in path.parent.glob("*.safetensors"))[:5]
        near = f"; there are {', '.join(others)}" if others else ""
        raise FileFormatError(f"there is no file {str(path)!r}{near}")


def _check_format(path: Path, metadata: dict[str, str]) -> None:
    if metadata.get("format") != FORMAT:
        raise FileFormatError(
            f"{str(path)!r} is a safetensors file, but not one that glassnet wrote (format "
            f"{metadata.get('format', 'not given')!r}); its tensors can be read with "
            "safetensors.numpy.load_file and passed to set_weights"
        )
    version = metadata.get("version", "?")
    if not version.isdigit() or int(version) > VERSION:
        raise FileFormatError(
            f"{str(path)!r} was written by a newer glassnet (file version {version}, this one reads up "
            f"to {VERSION}); install a newer glassnet"
        )
