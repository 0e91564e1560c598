"""The IDX format, in which MNIST and its relatives are published.

Two zero bytes, a byte for the type, a byte for the number of axes, each axis as four bytes
(largest first), then the values, row by row. The whole file is mostly compressed with gzip.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

from glassnet.errors import DataError, FileFormatError

__all__ = ["read_idx"]

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
    content = _content(path)
    kind, shape, start = _header(content, path)
    dtype = np.dtype(kind)
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        state = "truncated" if len(content) < expected else "too long"
        raise FileFormatError(
            f"{path} is {state}: its header announces shape {shape}, {expected:,} bytes in all, "
            f"but it holds {len(content):,}. Delete it and fetch it again"
        )
    values = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def _content(path: Path) -> bytes:
    """Return the bytes of the file, unpacked if they are gzip, whatever the name says."""
    import gzip
    import zlib

    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise FileFormatError(
            f"{path} is a corrupt or truncated gzip file ({error}). Delete it and fetch it again"
        ) from None


def _header(content: bytes, path: Path) -> tuple[str, tuple[int, ...], int]:
    """Return type, shape and where the values start."""
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES or not content[3]:
        found = content[:4].hex(" ") or "(none)"
        raise FileFormatError(
            f"{path} is not an IDX file: it starts with the bytes {found}, expected is 00 00, a "
            "type (08 for bytes) and the number of axes"
        )
    axes = content[3]
    start = 4 + 4 * axes
    if len(content) < start:
        raise FileFormatError(f"{path} is truncated: its header of {start} bytes is not complete")
    return _TYPES[content[2]], struct.unpack(f">{axes}I", content[4:start]), start
