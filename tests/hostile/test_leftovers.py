"""What a killed process was writing is removed by the next writer, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from glassnet.backends.compiled.compiler import cache
from glassnet.formats.files import write_bytes

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
SCRIPT = """
import os, sys
from glassnet.formats import files
def killed(*arguments):
    os.kill(os.getpid(), 9)
files.os.fsync = killed
files.write_bytes(sys.argv[1], b"x" * 1000)
"""


def names(folder):
    return sorted(one.name for one in folder.iterdir())


@POSIX
def test_after_a_kill(tmp_path):
    path = tmp_path / "net.safetensors"
    done = subprocess.run([sys.executable, "-c", SCRIPT, path])
    assert done.returncode == -9
    (left,) = names(tmp_path)
    assert left.startswith(".net.safetensors.") and left.endswith(".part")
    write_bytes(path, b"new")
    assert names(tmp_path) == ["net.safetensors"]


@POSIX
def test_files_of_others_stay(tmp_path):
    for name in (".other.01234567.part", ".a.part", ".a.012345678.part", "a.01234567.part"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".a.01234567.part").mkdir()
    (tmp_path / ".a.11234567.part").symlink_to(tmp_path / ".other.01234567.part")
    before = names(tmp_path)
    write_bytes(tmp_path / "a", b"x")
    assert names(tmp_path) == sorted(["a", *before])


@POSIX
def test_a_file_that_is_being_written_stays(tmp_path):
    import fcntl

    part = tmp_path / ".a.01234567.part"
    with part.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_bytes(tmp_path / "a", b"x")
        assert part.exists()
    write_bytes(tmp_path / "a", b"x")
    assert names(tmp_path) == ["a"]


@POSIX
def test_many_writers_of_one_file_do_not_remove_each_other_s(tmp_path):
    path, errors = tmp_path / "a", []

    def write(content):
        try:
            for _ in range(20):
                write_bytes(path, content)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(bytes([n]) * 10_000,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and names(tmp_path) == ["a"]


def test_without_locks_age_tells(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    old, new = tmp_path / ".a.01234567.part", tmp_path / ".a.11234567.part"
    for part in (old, new):
        part.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000,) * 2)
    write_bytes(tmp_path / "a", b"x")
    assert names(tmp_path) == [new.name, "a"]


def test_the_cache_of_machine_code(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path))
    folder = cache.folder()
    folder.mkdir(parents=True)
    old, new = folder / ".writing-0123", folder / ".writing-4567"
    for part in (old, new):
        part.write_bytes(b"x")
    os.utime(old, (time.time() - 4000,) * 2)
    cache.store("k" * 32, "source", b"code")
    assert names(folder) == sorted([new.name, "k" * 32 + ".o", "k" * 32 + ".py"])


def test_code_under_another_key_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path))
    cache.store("a" * 32, "source", b"code")
    os.rename(cache.folder() / ("a" * 32 + ".o"), cache.folder() / ("b" * 32 + ".o"))
    assert cache.load("b" * 32) is None
    cache.store("a" * 32, "source", b"code")
    assert cache.load("a" * 32) == b"code"
