"""Arrays out of a ``.npz`` file: each header is checked before room is made for its array."""

from __future__ import annotations

import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.data.limits import check_unpacked
from glassnet.errors import DataError, FileFormatError

__all__ = ["read_members"]

# The errors that a damaged zip file, one of its members or the header of an array may raise.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
    EOFError,
    OSError,
    KeyError,
    ValueError,
    TypeError,
    SyntaxError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
)
_HEADERS: dict[tuple[int, int], Any] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_ENCRYPTED = 0x1
_LARGEST_CODE = 0x10FFFF


def read_members(path: Path, wanted: set[str]) -> tuple[dict[str, np.ndarray], set[str]]:
    """Return the wanted arrays of a ``.npz`` file, and the names of all it holds.

    Raises
    ------
    FileFormatError
        If the file is damaged, an array's header does not fit its bytes, or it unpacks to
        more than is allowed.
    DataError
        If a wanted array holds neither numbers nor text.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(2) != b"PK":
                raise FileFormatError(
                    f"{path.name} is no .npz file, or a corrupt one. Save arrays with np.savez; "
                    "Python objects are not read: they could run code"
                )
            stream.seek(0)
            with zipfile.ZipFile(stream) as file:
                return _read(file, path, wanted)
    except (FileFormatError, DataError):
        raise
    except _DAMAGE as error:
        raise FileFormatError(f"{path.name} is a corrupt or truncated .npz file: {error}") from None


def _read(
    file: zipfile.ZipFile, path: Path, wanted: set[str]
) -> tuple[dict[str, np.ndarray], set[str]]:
    entries = {one.filename.removesuffix(".npy"): one for one in file.infolist()}
    chosen = {name: one for name, one in entries.items() if name in wanted}
    size = path.stat().st_size
    for name, entry in chosen.items():
        _check_entry(entry, name, path, size)
    packed = [one.file_size for one in chosen.values() if one.compress_type != zipfile.ZIP_STORED]
    check_unpacked(path, sum(packed), size)
    for name, entry in chosen.items():
        with file.open(entry) as member:
            _check_header(member, entry, name, path)
    arrays = {}
    for name, entry in chosen.items():
        with file.open(entry) as member:
            arrays[name] = np.lib.format.read_array(member, allow_pickle=False)
        _check_text(arrays[name], name, path)
    return arrays, set(entries)


def _check_entry(entry: zipfile.ZipInfo, name: str, path: Path, size: int) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise FileFormatError(f"{path.name}: {name} is encrypted; save it with np.savez")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileFormatError(
            f"{path.name}: {name} is compressed by method {entry.compress_type}; save it with "
            "np.savez or np.savez_compressed"
        )
    if entry.compress_size > size or (
        entry.compress_type == zipfile.ZIP_STORED and entry.file_size > size
    ):
        raise FileFormatError(
            f"{path.name} is a corrupt or truncated .npz file: {name} says that it has "
            f"{entry.file_size:,} bytes, the whole file has {size:,}"
        )


def _check_header(member: Any, entry: zipfile.ZipInfo, name: str, path: Path) -> None:
    """Check what an array says of itself against the bytes it has."""
    version = np.lib.format.read_magic(member)
    if version not in _HEADERS:
        raise FileFormatError(f"{path.name}: {name} has the unknown format version {version}")
    shape, _, dtype = _HEADERS[version](member)
    if dtype.hasobject:
        raise FileFormatError(
            f"{path.name}: {name} holds Python objects, which are not read: they could run code. "
            "Save arrays of numbers or text with np.savez"
        )
    if dtype.kind not in "biufUS" or dtype.subdtype is not None:
        raise DataError(f"{path.name}: {name} holds {dtype}; expected are numbers or text")
    if any(size < 0 for size in shape) or len(shape) > _MOST_AXES:
        raise FileFormatError(f"{path.name}: {name} has the shape {shape[:9]}")
    announced = math.prod(shape) * dtype.itemsize
    held = entry.file_size - member.tell()
    if announced != held:
        raise FileFormatError(
            f"{path.name} is a corrupt or truncated .npz file: {name} announces shape {shape} of "
            f"{dtype}, {announced:,} bytes, but {held:,} follow"
        )


_MOST_AXES = 32


def _check_text(array: np.ndarray, name: str, path: Path) -> None:
    """Refuse text with numbers that are no characters: they cannot be shown or written."""
    if array.dtype.kind != "U" or not array.size or not array.dtype.itemsize:
        return
    codes = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).view(np.uint32)
    if (codes > _LARGEST_CODE).any() or ((codes >= 0xD800) & (codes < 0xE000)).any():
        raise FileFormatError(f"{path.name}: {name} holds text with invalid characters")
