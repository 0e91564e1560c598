"""Writing files so that nothing half-written is ever seen: beside, then renamed into place."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassnet.data.leftovers import create_part, part_of, remove_leftovers
from glassnet.errors import ArgumentError, OutputError, shown

__all__ = ["check_writable", "checked_path", "write_bytes", "write_text"]


def checked_path(path: Any, what: str = "the name of a file") -> Path:
    """Return a path, or raise an `ArgumentError` if it cannot be one.

    Examples
    --------
    >>> checked_path("net.safetensors").name
    'net.safetensors'
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise ArgumentError(f"{shown(path)} is not {what}; give text or a pathlib.Path")
    if "\0" in str(path):
        raise ArgumentError(f"{str(path)!r} cannot be the name of a file: it holds a zero byte")
    return Path(path)


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a file as a whole or not at all.

    Raises
    ------
    OutputError
        If the folder does not exist or cannot be written, or the disk is full; what stood
        there before is untouched.
    """
    path = checked_path(path)
    with _clear_errors(path):
        # A link stays a link: what it points to is replaced.
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            _write_through(target, content)
        else:
            _write_beside(target, content)
    return path


def write_text(path: str | Path, text: str) -> Path:
    """Write a UTF-8 text file as a whole or not at all.

    Half characters, which stand for the bytes of a file's name that is no UTF-8, are written as
    escapes.
    """
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


def check_writable(path: str | Path, size: int = 0) -> None:
    """Raise now what writing a file of some size would raise later; nothing stays behind.

    Parameters
    ----------
    path : str or Path
    size : int, default 0
        Number of bytes there has to be room for.

    Raises
    ------
    OutputError
    """
    path = checked_path(path)
    with _clear_errors(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not target.is_file():
            return  # a device or a pipe
        temporary = part_of(target)
        try:
            with temporary.open("xb") as file:
                file.write(bytes(size))
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _write_through(target: Path, content: bytes) -> None:
    """Write to a device or a pipe: renaming a file over /dev/null would destroy it."""
    with target.open("wb") as file:
        file.write(content)


def _write_beside(target: Path, content: bytes) -> None:
    remove_leftovers(target)
    temporary, handle = create_part(target)
    try:
        with os.fdopen(handle, "wb") as file:
            if target.exists():
                os.chmod(temporary, target.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            lock = os.dup(file.fileno())  # until the file has its name it counts as being written
        try:
            os.replace(temporary, target)
        finally:
            os.close(lock)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power failure, where folders can be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {str(path)!r}: {_advice(path, error)}") from error


def _advice(path: Path, error: OSError) -> str:
    folder = path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space or choose a file on another disk"
    if error.errno == errno.ENAMETOOLONG:
        return "the name is too long; choose a shorter one"
    if path.is_dir():
        return "it is a folder; give the name of a file"
    if not folder.exists():
        return f"the folder {str(folder)!r} does not exist; create it or choose another"
    if not folder.is_dir():
        return f"{str(folder)!r} is a file, not a folder; choose another place"
    if not os.access(folder, os.W_OK):
        return f"the folder {str(folder)!r} cannot be written; choose another or change its rights"
    return f"{error.strerror or error}; choose another place or try again"
