"""Writing files so that nothing half-written is ever seen: beside, then renamed into place."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from glassnet.errors import OutputError

__all__ = ["write_bytes", "write_text"]


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a file as a whole or not at all.

    Raises
    ------
    OutputError
        If the folder does not exist or cannot be written, or the disk is full; what stood
        there before is untouched.
    """
    path = Path(path)
    with _clear_errors(path):
        handle, temporary = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part"
        )
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, _usual_mode(path))
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    return path


def write_text(path: str | Path, text: str) -> Path:
    """Write a UTF-8 text file as a whole or not at all."""
    return write_bytes(path, text.encode())


def _usual_mode(path: Path) -> int:
    """Return the mode a file would get from open(): mkstemp's is for its owner only."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextlib.contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        folder = path.parent
        if error.errno == errno.ENOSPC:
            advice = "the disk is full; free some space or choose a file on another disk"
        elif not folder.exists():
            advice = f"the folder {str(folder)!r} does not exist; create it or choose another"
        elif path.is_dir():
            advice = "it is a folder; give the name of a file"
        elif not os.access(folder, os.W_OK):
            advice = (
                f"the folder {str(folder)!r} cannot be written; choose another or change its rights"
            )
        else:
            advice = error.strerror or str(error)
        raise OutputError(f"cannot write {str(path)!r}: {advice}") from error
