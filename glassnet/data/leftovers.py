"""Files that are being written, and those that a killed process left behind.

A file is written as ``.name.xxxxxxxx.part`` and renamed. Its writer holds a lock on it, which the
system takes away with the process: what is not locked any more has no writer.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["create_part", "locked", "part_of", "remove_leftovers"]

# Where there are no locks (Windows, some network folders), age has to tell.
_OLD = 24 * 3600.0  # seconds
_LONGEST_NAME = 100


def part_of(target: Path) -> Path:
    """Return a name beside a target that no other process takes."""
    return target.with_name(f".{target.name[:_LONGEST_NAME]}.{os.urandom(4).hex()}.part")


def create_part(target: Path) -> tuple[Path, int]:
    """Make a new file beside a target; return its path and its handle, which holds a lock.

    The lock ends when the handle is closed: close it after the file is renamed.
    """
    while True:
        path = part_of(target)
        # The system takes the umask off the mode, as it does for every file.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        _lock(handle, wait=True)
        if os.fstat(handle).st_nlink or os.name == "nt":
            return path, handle
        os.close(handle)  # somebody took it for left behind before it was locked


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file that others write, so that it does not count as left behind."""
    handle = None
    with contextlib.suppress(OSError, TypeError):  # without it, the age of the file protects it
        handle = os.open(path, os.O_RDWR)
        _lock(handle, wait=False)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def remove_leftovers(target: Path) -> None:
    """Remove what killed processes left of their attempts to write a target."""
    pattern = re.compile(rf"\.{re.escape(target.name[:_LONGEST_NAME])}\.\w{{8}}\.part")
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for path in [one.path for one in entries if pattern.fullmatch(one.name)]:
            with contextlib.suppress(OSError):
                _remove_if_left(path)


def _remove_if_left(path: str) -> None:
    handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        found = os.fstat(handle)
        is_left = _lock(handle, wait=False)
        if is_left is None:
            is_left = time.time() - found.st_mtime > _OLD
        # Renamed or replaced since it was listed, it is another file.
        if is_left and os.path.samestat(found, os.lstat(path)):
            os.unlink(path)
    finally:
        os.close(handle)


def _lock(handle: int, wait: bool) -> bool | None:
    """Lock a file; return whether it is locked now, or None where there are no locks."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
