from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from glassnet import datasets
from glassnet.data.download import cache_folder, fetch, md5_of
from glassnet.data.idx import read_idx
from glassnet.data.images import FASHION_MNIST, MNIST, PARTS
from glassnet.errors import DataError, FileFormatError, OutputError
from tests.shared_data import shared_file


def idx_bytes(array):
    codes = {"uint8": 8, "int8": 9, "int16": 11, "int32": 12, "float32": 13, "float64": 14}
    head = bytes([0, 0, codes[array.dtype.name], array.ndim])
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return head + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def small_set(labels=(3, 1, 4, 1, 5), test_labels=(9, 2)):
    """Return the contents of four small compressed files."""
    contents = {}
    for place, numbers in (("train", labels), ("t10k", test_labels)):
        pixels = np.arange(len(numbers) * 28 * 28).reshape(-1, 28, 28) % 251
        contents[f"{place}-images-idx3-ubyte"] = pixels.astype(np.uint8)
        contents[f"{place}-labels-idx1-ubyte"] = np.array(numbers, np.uint8)
    return {f"{part}.gz": gzip.compress(idx_bytes(contents[part]), mtime=0) for part in PARTS}


def write(folder, contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


# --- the format


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (0, 3)])
def test_idx_of_all_types(tmp_path, dtype, shape):
    array = (np.arange(np.prod(shape)).reshape(shape) - 3).astype(dtype)
    for content in (idx_bytes(array), gzip.compress(idx_bytes(array))):
        (tmp_path / "a").write_bytes(content)
        np.testing.assert_array_equal(read_idx(tmp_path / "a"), array, strict=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"not an IDX file: it starts with the bytes \(none\)"),
        (b"<html>", "starts with the bytes 3c 68 74 6d, expected is 00 00"),
        (bytes([0, 0, 7, 1]), "not an IDX file"),
        (bytes([0, 0, 8, 3, 0, 0]), "truncated: its header of 16 bytes"),
        (idx_bytes(np.zeros(9, "u1"))[:-1], r"truncated: .*shape \(9,\), 17 bytes .*holds 16"),
        (idx_bytes(np.zeros(9, "u1")) + b"x", "too long"),
        (bytes([0, 0, 8, 2]) + b"\xff" * 8, "truncated: .*4294967295"),
        (gzip.compress(idx_bytes(np.zeros(999, "u1")), mtime=0)[:-9], "corrupt or truncated gzip"),
        (b"\x1f\x8bnonsense that is not gzip", "corrupt or truncated gzip"),
    ],
)
def test_damaged_idx(tmp_path, content, message):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_idx_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_idx(tmp_path / "nothing")


# --- the real files


def test_real_mnist(monkeypatch):
    folder = shared_file("mnist/train-images-idx3-ubyte.gz").parent
    monkeypatch.setenv("GLASSNET_DATA", str(folder.parent))
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    assert (x_train.shape, x_train.dtype) == ((60000, 28, 28), np.uint8)
    assert (x_test.shape, y_test.shape, y_test.dtype) == ((10000, 28, 28), (10000,), np.int64)
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert x_train.mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    assert x_train.std() / 255 == pytest.approx(0.3081, abs=1e-4)


def test_real_mnist_checksums():
    for part, md5 in zip(PARTS, MNIST.md5, strict=True):
        assert md5_of(shared_file(f"mnist/{part}.gz")) == md5


def test_real_mnist_is_not_taken_for_fashion(monkeypatch, tmp_path):
    folder = shared_file("mnist/t10k-labels-idx1-ubyte.gz").parent
    with pytest.raises(DataError, match="those of mnist, not fashion_mnist"):
        datasets.fashion_mnist.load_data(folder)
    monkeypatch.setenv("GLASSNET_DATA", str(folder))
    with pytest.raises(DataError, match="fashion_mnist could not be downloaded"):
        datasets.fashion_mnist.load_data(mirrors=[f"http://127.0.0.1:{_closed_port()}"])


# --- where the files are looked for


@pytest.mark.parametrize("spelling", ["{part}.gz", "{part}", "{dotted}.gz", "{dotted}"])
def test_folder_with_any_spelling(tmp_path, spelling):
    for name, content in small_set().items():
        part = name.removesuffix(".gz")
        new = spelling.format(part=part, dotted=part.replace("-idx", ".idx"))
        (tmp_path / new).write_bytes(content if new.endswith("gz") else gzip.decompress(content))
    (x_train, y_train), (x_test, y_test) = datasets.load("mnist", folder=tmp_path)
    assert (x_train.shape, x_test.shape) == ((5, 28, 28), (2, 28, 28))
    assert (y_train.tolist(), y_test.tolist()) == ([3, 1, 4, 1, 5], [9, 2])
    info = datasets.info("mnist", folder=str(tmp_path))
    assert info.image_shape == (28, 28, 1)
    assert info.train_rows == 5


def test_environment_before_cache(monkeypatch, tmp_path):
    write(tmp_path / "cache" / "mnist", small_set(labels=[1]))
    assert datasets.mnist.load_data()[0][1].tolist() == [1]
    write(tmp_path / "data" / "mnist", small_set(labels=[2]))
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path / "data"))
    assert datasets.mnist.load_data()[0][1].tolist() == [2]
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path / "data" / "mnist"))
    assert datasets.mnist.load_data()[0][1].tolist() == [2]
    write(tmp_path / "given", small_set(labels=[3]))
    assert datasets.mnist.load_data(tmp_path / "given")[0][1].tolist() == [3]


def test_environment_folder_of_the_other_set_is_passed_over(monkeypatch, tmp_path):
    write(tmp_path / "data" / "mnist", small_set(labels=[2]))
    write(tmp_path / "cache" / "fashion_mnist", small_set(labels=[7]))
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path / "data" / "mnist"))
    assert datasets.fashion_mnist.load_data()[0][1].tolist() == [7]


def test_folder_with_a_file_missing(tmp_path):
    write(tmp_path, small_set())
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"Missing, each with or without .gz: t10k-labels-idx1-"):
        datasets.mnist.load_data(tmp_path)


@pytest.mark.parametrize(
    ("part", "array", "message"),
    [
        (1, np.zeros(4, np.uint8), r"shape \(5, 28, 28\) and labels of shape \(4,\)"),
        (0, np.zeros((5, 784), np.uint8), r"expected are \(n, height, width\)"),
        (1, np.array([0, 1, 2, 3, 10], np.uint8), "label 10; expected are 0 to 9"),
    ],
)
def test_files_that_do_not_belong_together(tmp_path, part, array, message):
    write(tmp_path, small_set() | {f"{PARTS[part]}.gz": gzip.compress(idx_bytes(array))})
    with pytest.raises(FileFormatError, match=message):
        datasets.mnist.load_data(tmp_path)


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("GLASSNET_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "glassnet"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "glassnet"


# --- downloading, from a server on this machine


class _Server:
    """Serves `files` by path; `broken` names those cut off in the middle."""

    def __init__(self):
        self.files, self.broken, self.asked = {}, set(), []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                content = outer.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                cut = self.path in outer.broken
                self.wfile.write((content or b"")[: len(content) // 2 if cut else None])

            def log_message(self, *arguments):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server():
    running = _Server()
    yield running
    running.close()


@pytest.fixture
def published(server):
    """Serve a small set below /good/ and return it with the checksums of its files."""
    contents = small_set()
    server.files |= {f"/good/{name}": content for name, content in contents.items()}
    md5 = tuple(hashlib.md5(contents[f"{part}.gz"]).hexdigest() for part in PARTS)
    return replace(MNIST, md5=md5, mirrors=(f"{server.url}/bad/", f"{server.url}/good/"))


def _closed_port():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _left_behind(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_download_goes_into_the_cache(published, server, tmp_path):
    (_, y_train), (x_test, _) = published.load_data(mirrors=[f"{server.url}/good"])
    assert (y_train.tolist(), x_test.shape) == ([3, 1, 4, 1, 5], (2, 28, 28))
    assert _left_behind(tmp_path) == sorted(f"{part}.gz" for part in PARTS)
    asked = len(server.asked)
    published.load_data()
    assert len(server.asked) == asked == 4


def test_only_missing_files_are_fetched(published, server, tmp_path):
    write(tmp_path / "cache" / "mnist", dict(list(small_set().items())[:3]))
    published.load_data(mirrors=[f"{server.url}/good"])
    assert server.asked == [f"/good/{PARTS[3]}.gz"]


def test_second_mirror_after_404(published, server):
    assert len(published.load_data()[0][0]) == 5
    assert server.asked[:2] == [f"/bad/{PARTS[0]}.gz", f"/good/{PARTS[0]}.gz"]


def test_second_mirror_after_wrong_content(published, server):
    server.files |= {f"/bad/{part}.gz": b"<html>log in first</html>" for part in PARTS}
    assert len(published.load_data()[0][0]) == 5
    assert len(server.asked) == 8


def test_mirror_from_the_environment(published, server, monkeypatch):
    monkeypatch.setenv("GLASSNET_MIRROR", f"{server.url}/good/")
    assert len(published.load_data()[0][0]) == 5
    assert server.asked[:2] == [f"/good/mnist/{PARTS[0]}.gz", f"/good/{PARTS[0]}.gz"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("404", "HTTP Error 404"),
        ("md5", "the content is wrong: its MD5 is [0-9a-f]{32}, not [0-9a-f]{32}"),
        ("truncated", "the connection broke off after [0-9,]+ of [0-9,]+ bytes|IncompleteRead"),
        ("refused", "refused"),
        ("address", "unknown url type"),
    ],
)
def test_failed_download_says_what_to_do(published, server, tmp_path, fault, message):
    first = f"/good/{PARTS[0]}.gz"
    mirror = f"{server.url}/good/"
    if fault == "404":
        del server.files[first]
    elif fault == "md5":
        server.files[first] = server.files[first][:-1] + b"?"
    elif fault == "truncated":
        server.broken.add(first)
    else:
        mirror = f"http://127.0.0.1:{_closed_port()}/" if fault == "refused" else "nonsense"
    with pytest.raises(DataError, match=message) as caught:
        published.load_data(mirrors=[mirror])
    text = str(caught.value)
    assert text.startswith("mnist could not be downloaded:\n")
    for part, md5 in zip(PARTS, published.md5, strict=True):
        assert f"{part}.gz   MD5 {md5}" in text
    for advice in (str(tmp_path / "cache" / "mnist"), *published.mirrors, "GLASSNET_DATA"):
        assert advice in text
    assert _left_behind(tmp_path) == []


def test_cache_that_cannot_be_made(published, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GLASSNET_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(OutputError, match=r"cannot be written: Not a directory.*GLASSNET_CACHE"):
        published.load_data()


def test_full_disk(published, server, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")

    class Full(type(tmp_path)):
        def open(self, *arguments):
            return open("/dev/full", *arguments, buffering=0)

    from glassnet.data import download

    target = tmp_path / "cache" / "file"
    with pytest.MonkeyPatch.context() as patch:
        real = download._part_file
        patch.setattr(download, "_part_file", lambda target: Full(real(target)))
        with pytest.raises(OutputError, match=r"No space left on device.*GLASSNET_CACHE"):
            fetch([f"{server.url}/good/{PARTS[0]}.gz"], target, published.md5[0])
    assert _left_behind(tmp_path) == []


def test_interrupted_download_leaves_nothing(published, server, tmp_path, monkeypatch):
    def interrupted(*arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr("urllib.request.urlopen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        published.load_data()
    assert _left_behind(tmp_path) == []


def test_progress_bar(published, server, tmp_path, capsys):
    pytest.importorskip("rich")
    url = f"{server.url}/good/{PARTS[0]}.gz"
    fetch([url], tmp_path / "a", published.md5[0], progress=True)
    shown = capsys.readouterr()
    assert PARTS[0][:10] in shown.err
    assert shown.out == ""
    fetch([url], tmp_path / "b", published.md5[0])  # not a terminal
    assert capsys.readouterr().err == ""


def test_published_sets():
    for images_of in (MNIST, FASHION_MNIST):
        assert len(set(images_of.md5)) == 4
        assert len(images_of.class_names) == 10
        assert len(images_of.mirrors) == 2
