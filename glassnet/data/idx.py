"""The IDX format, in which MNIST and its relatives are published.

Two zero bytes, a byte for the type, a byte for the number of axes, each axis as four bytes
(largest first), then the values, row by row. The whole file is mostly compressed with gzip.
"""

from __future__ import annotations

import io
import math
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from glassnet.data.limits import check_unpacked, enough_memory
from glassnet.errors import DataError, FileFormatError

__all__ = ["read_idx"]

_CHUNK = 1 << 20
_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | Path) -> np.ndarray:
    """Read an array from an IDX file, gzip-compressed or not.

    Parameters
    ----------
    path : str or Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels")
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3]) + bytes([7, 2, 1]))
    ...     read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    path = Path(path)
    try:
        with path.open("rb") as file, enough_memory(path):
            return _read(file, path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def _read(file: BinaryIO, path: Path) -> np.ndarray:
    """Return the array; what a gzip file unpacks to is read no further than its header says."""
    is_packed = file.read(2) == b"\x1f\x8b"
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    stream = _Unpacked(file, path) if is_packed else file
    kind, shape, start = _header(stream, path)
    dtype = np.dtype(kind)
    announced = math.prod(shape) * dtype.itemsize
    if is_packed:
        check_unpacked(path, start + announced, size)
    elif size - start != announced:
        raise _miscounted(path, shape, start + announced, size)
    content = bytearray()
    while chunk := stream.read(min(_CHUNK, announced + 1 - len(content))):
        content += chunk
    if len(content) != announced:
        raise _miscounted(path, shape, start + announced, start + len(content))
    try:
        values = np.frombuffer(content, dtype).reshape(shape)
    except ValueError as error:  # axes that NumPy cannot count
        raise FileFormatError(f"{path} announces the shape {shape[:9]}: {error}") from None
    return values.astype(dtype.newbyteorder("="), copy=False)


class _Unpacked:
    """The content of a gzip file, whatever its name says, from its beginning on."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        import gzip

        self.stream = gzip.GzipFile(fileobj=file)
        self.path = path

    def read(self, count: int) -> bytes:
        import zlib

        try:
            return self.stream.read(count)
        except (EOFError, OSError, zlib.error, struct.error) as error:
            raise FileFormatError(
                f"{self.path} is a corrupt or truncated gzip file ({error}). Delete it and fetch "
                "it again"
            ) from None


def _miscounted(path: Path, shape: tuple[int, ...], expected: int, found: int) -> FileFormatError:
    state = "truncated" if found < expected else "too long"
    more = " or more" if found == expected + 1 else ""
    return FileFormatError(
        f"{path} is {state}: its header announces shape {shape[:9]}, {expected:,} bytes in all, "
        f"but it holds {found:,}{more}. Delete it and fetch it again"
    )


def _header(stream: BinaryIO | _Unpacked, path: Path) -> tuple[str, tuple[int, ...], int]:
    """Return type, shape and where the values start."""
    first = stream.read(4)
    if len(first) < 4 or first[:2] != b"\0\0" or first[2] not in _TYPES or not first[3]:
        found = first.hex(" ") or "(none)"
        raise FileFormatError(
            f"{path} is not an IDX file: it starts with the bytes {found}, expected is 00 00, a "
            "type (08 for bytes) and the number of axes"
        )
    axes = first[3]
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise FileFormatError(
            f"{path} is truncated: its header of {4 + 4 * axes} bytes is not complete"
        )
    return _TYPES[first[2]], struct.unpack(f">{axes}I", sizes), 4 + 4 * axes
