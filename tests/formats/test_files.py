"""Files are written as a whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import ArgumentError, OutputError
from glassnet.formats import files
from glassnet.formats.files import write_bytes, write_text

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")


def test_a_file_and_its_replacement(tmp_path):
    path = tmp_path / "a"
    assert write_bytes(path, b"one") == path and path.read_bytes() == b"one"
    assert write_text(str(path), "zwölf") == path and path.read_text("utf-8") == "zwölf"
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


@POSIX
def test_the_mode_is_that_of_any_other_file(tmp_path):
    write_bytes(tmp_path / "a", b"x")
    (tmp_path / "b").write_bytes(b"x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode
    os.chmod(tmp_path / "a", 0o640)
    write_bytes(tmp_path / "a", b"y")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@POSIX
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_bytes() == b"new"


@POSIX
def test_devices_are_written_to_and_not_replaced():
    write_bytes("/dev/null", b"x")
    assert not os.path.isfile("/dev/null")


def test_a_long_name_that_is_still_allowed(tmp_path):
    name = "a" * 250
    write_bytes(tmp_path / name, b"x")
    assert (tmp_path / name).read_bytes() == b"x"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none/a", r"cannot write '.*a': the folder '.*none' does not exist; create it or choose"),
        ("file/a", r"'.*file' is a file, not a folder; choose another place"),
        (".", r"it is a folder; give the name of a file"),
        ("a" * 300, r"the name is too long; choose a shorter one"),
    ],
)
@POSIX
def test_places_that_cannot_be_written(tmp_path, name, message):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(OutputError, match=message):
        write_bytes(tmp_path / name, b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", [None, 5, "", ["a"], object()])
def test_what_is_no_name(name):
    with pytest.raises(ArgumentError, match=r"is not the name of a file; give text or a pathlib"):
        write_bytes(name, b"x")


def test_a_zero_byte_in_a_name():
    with pytest.raises(ArgumentError, match=r"it holds a zero byte"):
        write_bytes("a\0b", b"x")


class Full:
    """Lets a disk be full at one of the steps of writing."""

    def __init__(self, monkeypatch, step, code=errno.ENOSPC):
        def fail(*arguments, **settings):
            raise OSError(code, os.strerror(code))

        if step == "write":
            real = os.fdopen

            def fdopen(*arguments, **settings):
                file = real(*arguments, **settings)
                return Broken(file, fail)

            monkeypatch.setattr(files.os, "fdopen", fdopen)
        else:
            monkeypatch.setattr(files.os, step, fail)


class Broken:
    def __init__(self, file, fail):
        self.file, self.write = file, fail

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()


@pytest.mark.parametrize("step", ["open", "write", "fsync", "replace"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, step):
    path = tmp_path / "net.safetensors"
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], seed=0)
    before = net.save(path).read_bytes()
    Full(monkeypatch, step)
    message = r"cannot write '.*net.safetensors': the disk is full; free some space or choose"
    with pytest.raises(OutputError, match=message):
        net.save(path)
    monkeypatch.undo()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_a_full_quota_is_a_full_disk_and_other_troubles_keep_their_words(tmp_path, monkeypatch):
    Full(monkeypatch, "fsync", errno.EDQUOT)
    with pytest.raises(OutputError, match="the disk is full"):
        write_bytes(tmp_path / "a", b"x")
    Full(monkeypatch, "fsync", errno.EIO)
    with pytest.raises(OutputError, match=r"Input/output error; choose another place or try again"):
        write_bytes(tmp_path / "a", b"x")


def test_an_error_of_any_kind_leaves_nothing_behind(tmp_path, monkeypatch):
    def press(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", press)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_on_a_full_disk_leaves_the_last_one_and_the_model(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], seed=0)
    net.compile("sgd", "mse")
    x, y = np.ones((8, 2)), np.ones((8, 1))

    class Fill(gn.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                Full(monkeypatch, "fsync")

    with pytest.raises(OutputError, match="the disk is full"):
        net.fit(x, y, epochs=5, verbose=0, callbacks=[Fill(), gn.callbacks.ModelCheckpoint(path)])
    monkeypatch.undo()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert net.fit(x, y, epochs=5, verbose=0, resume=path).epoch == [0, 1, 2, 3, 4]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mount of Linux")
def test_a_disk_that_is_really_full(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True
    )
    if made.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        small = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], seed=0)
        before = small.save(disk / "net").read_bytes()
        large = gn.Sequential([gn.Input((200,)), gn.layers.Dense(200)], seed=0)
        with pytest.raises(OutputError, match="the disk is full"):
            large.save(disk / "net")
        assert [one.name for one in disk.iterdir()] == ["net"]
        assert (disk / "net").read_bytes() == before
    finally:
        subprocess.run(["umount", disk], check=True)


@POSIX
def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    if os.geteuid() == 0:  # root may write everywhere
        Full(monkeypatch, "open", errno.EACCES)
        monkeypatch.setattr(files.os, "access", lambda *arguments: False)
    else:
        os.chmod(tmp_path, 0o555)
    message = r"the folder '.*' cannot be written; choose another or change its rights"
    with pytest.raises(OutputError, match=message):
        write_bytes(tmp_path / "a", b"x")


def test_many_writers_at_once(tmp_path):
    path = tmp_path / "a"
    contents = [bytes([n]) * 100_000 for n in range(8)]

    def write(content):
        for _ in range(5):
            write_bytes(path, content)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
