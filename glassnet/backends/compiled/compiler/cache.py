"""Machine code on disk: one file per program, named after everything it depends on.

A file is written under a temporary name and renamed, so that two processes may write the
same one. If the folder cannot be used, a temporary one serves for the rest of the process.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import pathlib
import platform
import secrets
import shutil
import sys
import tempfile
import time

__all__ = ["folder", "key_of", "load", "store"]


def folder() -> pathlib.Path:
    """Return where machine code is kept: ``GLASSNET_CACHE`` or the user's cache folder."""
    chosen = os.environ.get("GLASSNET_CACHE")
    if chosen:
        return pathlib.Path(chosen).expanduser() / "compiled"
    named = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_CACHE_HOME")
    if os.environ.get(named):
        return pathlib.Path(os.environ[named]) / "glassnet" / "compiled"
    usual = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    try:
        return pathlib.Path.home() / usual / "glassnet" / "compiled"
    except RuntimeError:  # a user without a home folder, as in some containers
        return _temporary()


@functools.cache
def _temporary() -> pathlib.Path:
    """Return a folder that lasts as long as the process."""
    found = tempfile.mkdtemp(prefix="glassnet-")
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return pathlib.Path(found)


@functools.cache
def _surroundings() -> str:
    """Return all that machine code depends on besides its source."""
    from importlib.metadata import version

    import llvmlite.binding as llvm

    parts = [version(name) for name in ("llvmlite", "numpy")]
    parts += [platform.system(), platform.machine(), llvm.get_host_cpu_name()]
    parts.append(llvm.get_host_cpu_features().flatten())
    here = pathlib.Path(__file__).parent
    # How the compiler translates is part of every program.
    parts += [file.read_text("utf-8") for file in sorted(here.glob("*.py"))]
    return "\n".join(parts)


def key_of(source: str, *more: str) -> str:
    """Return the name under which the machine code of a source is kept."""
    text = "\n".join([_surroundings(), *more, source])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def load(key: str) -> bytes | None:
    """Return the machine code kept under the key, or None."""
    for place in (folder(), _temporary() if _temporary.cache_info().currsize else None):
        with contextlib.suppress(OSError):
            if place is not None:
                found = (place / f"{key}.o").read_bytes()
                if _seal(key, found[_SEAL:]) == found[:_SEAL]:
                    return found[_SEAL:]
    return None


# A file begins with the digest of its key and of the code in it: neither half a file nor the
# code of another program, copied or renamed, is ever run.
_SEAL = 32
_OLD = 3600.0  # seconds; a file is written in milliseconds, so an older one was left behind


def _seal(key: str, code: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + code).digest()


def store(key: str, source: str, code: bytes, ending: str = ".py") -> None:
    """Keep machine code, and its source beside it for people to read."""
    for place in (folder, _temporary):
        try:
            _write(place(), f"{key}{ending}", source, key, code)
            return
        except OSError:
            continue


def _write(place: pathlib.Path, source_name: str, source: str, key: str, code: bytes) -> None:
    place.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(place)
    for name, content in ((source_name, source.encode()), (f"{key}.o", _seal(key, code) + code)):
        # Not tempfile's: other users of a shared folder could not read its files.
        temporary = place / f".writing-{secrets.token_hex(8)}"
        try:
            with open(temporary, "xb") as file:
                file.write(content)
            os.replace(temporary, place / name)
        except BaseException:  # the process may be exiting meanwhile
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise


def _remove_leftovers(place: pathlib.Path) -> None:
    """Remove the unfinished files of killed processes."""
    for left in place.glob(".writing-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD:
                left.unlink()
