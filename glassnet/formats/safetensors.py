"""The native file: one safetensors file, numbers as tensors and everything else as JSON.

Tensors are weights (``dense_1.kernel``), optimizer slots (``dense_1.kernel.m``) and what
callbacks keep; the metadata holds architecture, compile settings, preprocessing, class
names and the position in the training. Reading one never runs code.

The file is put together here and not by the safetensors package, which writes its metadata
in a random order: the same network gives the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, DTypeError, FileFormatError
from glassnet.formats.files import checked_path, write_bytes

__all__ = ["FORMAT", "as_json", "check_name", "encode", "read", "write"]

FORMAT = "glassnet"
VERSION = 1

_TYPES = {
    "float64": "F64",
    "int64": "I64",
    "uint64": "U64",
    "float32": "F32",
    "int32": "I32",
    "uint32": "U32",
    "bool": "BOOL",
}
# What the format allows for the header; a longer one is damage.
_LONGEST_HEADER = 100_000_000


# Levels of lists and dicts in a description.
_DEEPEST = 100

_OTHERS = {
    "Keras": ".keras .h5 .hdf5",
    "PyTorch": ".pt .pth .ckpt",
    "ONNX": ".onnx",
    "TensorFlow": ".pb .tflite",
    "pickle": ".pkl .pickle .joblib",
    "NumPy": ".npy .npz",
    "FANN": ".net",
    "Python": ".py",
    "JSON": ".json",
}


def check_name(path: str | Path) -> Path:
    """Return the name of a model file to write; one that promises another format is refused.

    Raises
    ------
    ArgumentError
        If it ends as files of another format do.

    Examples
    --------
    >>> check_name("net.safetensors").name
    'net.safetensors'
    >>> check_name("net.onnx")
    Traceback (most recent call last):
    ...
    glassnet.errors.ArgumentError: 'net.onnx' ends as a file of ONNX, but a model is written as \
.safetensors; call it 'net.safetensors'. Other formats: a program by net.save_source("net.py"), a \
file for FANN by `glassnet export net.safetensors --to fann`
    """
    path = checked_path(path)
    ending = path.suffix.lower()
    for owner, endings in _OTHERS.items():
        if ending and ending in endings.split():
            raise ArgumentError(
                f"{str(path)!r} ends as a file of {owner}, but a model is written as .safetensors; "
                f"call it {str(path.with_suffix('.safetensors'))!r}. Other formats: a program by "
                'net.save_source("net.py"), a file for FANN by '
                "`glassnet export net.safetensors --to fann`"
            )
    return path


def write(path: str | Path, tensors: dict[str, np.ndarray], description: dict[str, Any]) -> Path:
    """Write tensors and their description as a whole or not at all.

    Raises
    ------
    ArgumentError
        If the name promises another format.
    OutputError
        If the file cannot be written.
    """
    return write_bytes(check_name(path), encode(tensors, description))


def encode(tensors: Mapping[str, np.ndarray], description: dict[str, Any]) -> bytes:
    """Return the bytes of a file: length of the header, header, numbers.

    Examples
    --------
    >>> encode({"a": np.ones(2)}, {})[8:78]
    b'{"__metadata__":{"description":"{}","format":"glassnet","version":"1"}'
    """
    metadata = {
        "description": as_json(description),
        "format": FORMAT,
        "version": str(VERSION),
    }
    arrays = {name: _plain(array) for name, array in tensors.items()}
    # Wide types first, so that every tensor stands where its type wants it.
    names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header: dict[str, Any] = {"__metadata__": metadata}
    start = 0
    for name in names:
        array = arrays[name]
        place = [start, start + array.nbytes]
        kind = _TYPES[array.dtype.name]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": place}
        start = place[1]
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > _LONGEST_HEADER:
        raise ArgumentError(
            f"the description of the model has {len(text):,} bytes, and a safetensors file holds "
            f"at most {_LONGEST_HEADER:,}; put less into model.info"
        )
    parts = [len(text).to_bytes(8, "little"), text, *(arrays[name].tobytes() for name in names)]
    return b"".join(parts)


def as_json(description: dict[str, Any]) -> str:
    """Return a description as text; NumPy's numbers and arrays are written as plain ones.

    Examples
    --------
    >>> as_json({"seed": np.int64(3), "names": np.array(["a", "b"])})
    '{"seed": 3, "names": ["a", "b"]}'

    Raises
    ------
    DTypeError
        If it would not come back as it is: a type JSON has not, a key that is no text.
    ArgumentError
        If it is nested too deeply, or holds itself.
    """
    _check_keys(description, 0)
    try:
        return json.dumps(description, default=_plain_value)
    except (ValueError, RecursionError) as error:  # an array of itself; a number of 5,000 digits
        raise ArgumentError(f"the description of the model cannot be written: {error}") from error


def _check_keys(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise ArgumentError(
            f"lists and dicts that are nested more than {_DEEPEST} deep cannot be written to a "
            "file; use flatter ones"
        )
    if isinstance(value, dict):
        wrong = next((key for key in value if not isinstance(key, str)), None)
        if wrong is not None or None in value:
            raise DTypeError(
                f"a dict with the key {wrong!r} cannot be written to a file, for it would come "
                "back as text; use text for the keys"
            )
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for part in value:
        _check_keys(part, depth + 1)


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise DTypeError(
        f"{value!r} of type {type(value).__name__} cannot be written to a file; use numbers, "
        "text, lists, dicts and arrays"
    )


def _plain(array: np.ndarray) -> np.ndarray:
    """Return an array as the file holds it: little-endian, of a type the format knows."""
    array = np.asarray(array)
    if array.dtype.name not in _TYPES:
        raise DTypeError(
            f"an array of type {array.dtype} cannot be written to a file; convert it to one of "
            + ", ".join(sorted(_TYPES))
        )
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def read(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read tensors and their description.

    Raises
    ------
    FileFormatError
        If the file does not exist, is cut short, corrupt, or not one of glassnet's.
    """
    from safetensors import SafetensorError, safe_open

    path = checked_path(path, "the name of a model file")
    _check_exists(path)
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            _check_format(path, metadata)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        description = json.loads(metadata["description"])
        if not isinstance(description, dict):
            raise ValueError("its description is not a JSON object")
    except FileFormatError:
        raise
    except OSError as error:
        raise FileFormatError(
            f"{str(path)!r} cannot be read: {error.strerror or error}; check its rights"
        ) from error
    # What is wrong inside a damaged file comes from many depths: TypeError is a type unknown
    # to NumPy, RecursionError JSON that is nested without end.
    except (SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise FileFormatError(
            f"{str(path)!r} cannot be read as a model file: it is cut short, corrupt or of "
            f"another kind ({error}); save the model again, or use an intact copy"
        ) from error
    return tensors, description


def _check_exists(path: Path) -> None:
    if path.is_dir():
        raise FileFormatError(f"{str(path)!r} is a folder; give the name of a model file")
    if not path.exists():
        others = _neighbours(path.parent)
        near = f"; there are {', '.join(others)}" if others else ""
        raise FileFormatError(f"there is no file {str(path)!r}{near}")
    if not path.is_file():
        raise FileFormatError(f"{str(path)!r} is not a file; give the name of a model file")
    size = path.stat().st_size
    if size == 0:
        raise FileFormatError(
            f"{str(path)!r} is empty (0 bytes); save the model again, or use an intact copy"
        )
    _check_header(path, size)


def _check_header(path: Path, size: int) -> None:
    """Tell at once that a file is of another kind, and of which."""
    if not os.access(path, os.R_OK):
        return  # reading says so
    with path.open("rb") as file:
        start = file.read(9)
    length = int.from_bytes(start[:8], "little")
    if size >= 9 and length <= _LONGEST_HEADER and start[8:] == b"{":
        return
    kinds = {b"\x89HDF": "an HDF5", b"PK\x03\x04": "a zip (.keras, .npz)", b"\x80": "a pickle"}
    kind = next((name for first, name in kinds.items() if start.startswith(first)), None)
    found = f"it looks like {kind} file" if kind else "it does not begin like one"
    raise FileFormatError(
        f"{str(path)!r} cannot be read as a model file, which is a safetensors file: {found}; "
        "give a file that model.save(path) wrote"
    )


def _neighbours(folder: Path) -> list[str]:
    try:
        return sorted(one.name for one in folder.glob("*.safetensors"))[:5]
    except OSError:
        return []


def _check_format(path: Path, metadata: dict[str, str]) -> None:
    if metadata.get("format") != FORMAT:
        raise FileFormatError(
            f"{str(path)!r} is a safetensors file, but not one that glassnet wrote (format "
            f"{metadata.get('format', 'not given')!r}); its tensors can be read with "
            "safetensors.numpy.load_file and passed to set_weights"
        )
    version = metadata.get("version", "?")
    if not (version.isascii() and version.isdigit()):
        raise FileFormatError(
            f"{str(path)!r} is damaged: its file version is {version!r}; save the model again, or "
            "use an intact copy"
        )
    if len(version) > 9 or int(version) > VERSION:
        raise FileFormatError(
            f"{str(path)!r} was written by a newer glassnet (file version {version}, this one "
            f"reads up to {VERSION}); install a newer glassnet"
        )
