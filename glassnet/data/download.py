"""Fetching files from the net into the cache, checked and never half-written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from glassnet.data.leftovers import locked, remove_leftovers
from glassnet.errors import DataError, OutputError

__all__ = ["cache_folder", "fetch", "md5_of"]

_CHUNK = 1 << 16


def cache_folder() -> Path:
    """Return the folder for downloaded data.

    ``GLASSNET_CACHE`` if it is set, else ``glassnet`` in the user's cache folder: on Linux
    ``$XDG_CACHE_HOME`` or ``~/.cache``.

    Examples
    --------
    >>> cache_folder().is_absolute()
    True
    """
    chosen = os.environ.get("GLASSNET_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "glassnet"


def md5_of(path: Path) -> str:
    """Return the MD5 of a file, in hexadecimal digits."""
    import hashlib

    with path.open("rb") as file:
        # a check against damage, not against attack
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def fetch(
    urls: Sequence[str],
    target: Path,
    md5: str,
    *,
    progress: bool | None = None,
    timeout: float = 30,
) -> Path:
    """Download a file from the first of several addresses that gives the right content.

    The content is written to a file beside the target and renamed once its MD5 is right, so
    that a broken download leaves nothing behind.

    Parameters
    ----------
    urls : sequence of str
        Addresses, tried in order.
    target : Path
        Where to put the file. Its folder is made.
    md5 : str
        MD5 the content must have, in hexadecimal digits.
    progress : bool, optional
        Whether to show a progress bar. By default if standard error is a terminal.
    timeout : float
        Seconds without an answer after which an address is given up.

    Raises
    ------
    DataError
        No address gave the file; the message says what each answered.
    OutputError
        The folder cannot be written to, or the disk is full.
    """
    failures = []
    remove_leftovers(target)
    part = _part_file(target)
    try:
        with locked(part):
            for url in urls:
                try:
                    _download(url, part, md5, progress, timeout)
                    _writing(lambda: part.replace(target), target)
                    return target
                except DataError as error:
                    failures.append(f"{url}: {error}")
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    raise DataError("\n".join(failures))


def _part_file(target: Path) -> Path:
    """Make the file that is written to; its name is unlike that of any other process."""
    import tempfile

    def make() -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
        os.close(handle)
        Path(name).chmod(0o644)
        return Path(name)

    return _writing(make, target)


def _writing(action: Callable[..., Any], target: Path, *arguments: Any) -> Any:
    """Run something that writes; turn its failure into advice."""
    try:
        return action(*arguments)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written: {error.strerror or error}. Make room in or access to "
            f"{target.parent}, or set GLASSNET_CACHE to a folder that can be written to"
        ) from None


def _download(url: str, part: Path, md5: str, progress: bool | None, timeout: float) -> None:
    """Write what `url` gives to `part`, or raise a `DataError` that says what was wrong."""
    import hashlib
    from http.client import HTTPException
    from urllib.request import Request, urlopen

    checksum = hashlib.md5(usedforsecurity=False)
    received = 0
    # opening the file is outside the try: its OSError is no failure of the address
    with _writing(part.open, part, "wb") as file:
        try:
            with urlopen(
                Request(url, headers={"User-Agent": "glassnet"}), timeout=timeout
            ) as answer:
                size = int(answer.headers.get("Content-Length") or 0)
                with _progress_bar(url.rsplit("/", 1)[-1], size, progress) as advance:
                    while chunk := answer.read(_CHUNK):
                        _writing(file.write, part, chunk)
                        checksum.update(chunk)
                        received += len(chunk)
                        advance(len(chunk))
        except OutputError:
            raise
        except (OSError, HTTPException, ValueError) as error:
            raise DataError(f"{error}") from None
        _writing(file.flush, part)
    if size and received != size:
        raise DataError(f"the connection broke off after {received:,} of {size:,} bytes")
    if checksum.hexdigest() != md5:
        raise DataError(f"the content is wrong: its MD5 is {checksum.hexdigest()}, not {md5}")


def _progress_bar(
    name: str, size: int, progress: bool | None
) -> AbstractContextManager[Callable[[int], None]]:
    """Return a context that gives a function to call with each number of bytes that came."""

    @contextmanager
    def bar() -> Any:
        if not (sys.stderr.isatty() if progress is None else progress):
            yield lambda count: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

        columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, console=Console(stderr=True)) as shown:
            task = shown.add_task(name, total=size or None)
            yield lambda count: shown.advance(task, count)

    return bar()
