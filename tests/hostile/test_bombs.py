"""Files that announce far more than they hold: refused before room is made for it."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pytest

from glassnet import datasets
from glassnet.data.idx import read_idx
from glassnet.errors import ArgumentError, DataError, FileFormatError
from tests.hostile.memory import memory_used

GIGA = 10**9
LEAST = 50 * 10**6  # bytes a refusal may take


def zeros(size: int) -> bytes:
    """A gzip stream of zeros, made without making the zeros."""
    packer = zlib.compressobj(9, wbits=31)
    chunk = bytes(1 << 20)
    parts = [packer.compress(chunk) for _ in range(size >> 20)]
    return b"".join([*parts, packer.flush()])


def idx_header(*sizes: int) -> bytes:
    return bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)


def npz(path, shape, dtype="<f8", content=b"", method=zipfile.ZIP_DEFLATED, size=None):
    """Write a .npz file whose x announces a shape, and holds a content."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    with zipfile.ZipFile(path, "w", method) as file:
        file.writestr("x.npy", header.getvalue() + content)
        file.writestr("y.npy", header.getvalue() + content)
    return path


def test_a_packed_idx_file_of_five_gigabytes(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(idx_header(5, 10**9)) + zeros(64 << 20))
    with (
        memory_used() as used,
        pytest.raises(
            FileFormatError,
            match=r"at most 536,870,912 are allowed.*GLASSNET_MAX_UNPACKED=5000000012",
        ),
    ):
        read_idx(path)
    assert used.bytes < LEAST


def test_a_packed_idx_file_is_read_no_further_than_its_header_says(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(idx_header(10)) + zeros(128 << 20))
    with memory_used() as used, pytest.raises(FileFormatError, match=r"too long.* 19 or more"):
        read_idx(path)
    assert used.bytes < LEAST


@pytest.mark.parametrize("sizes", [(2**32 - 1,), (2**32 - 1,) * 20, (2**32 - 1, 2**32 - 1, 0)])
@pytest.mark.parametrize("packed", [False, True])
def test_sizes_of_four_billion(tmp_path, sizes, packed):
    path = tmp_path / "a"
    content = idx_header(*sizes)
    path.write_bytes(gzip.compress(content) if packed else content)
    with memory_used() as used, pytest.raises(FileFormatError):
        read_idx(path)
    assert used.bytes < LEAST


def test_the_limit_can_be_set(tmp_path, monkeypatch):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(idx_header(1000) + bytes(1000)))
    monkeypatch.setenv("GLASSNET_MAX_UNPACKED", "1007")
    with pytest.raises(FileFormatError, match="says that it unpacks to 1,008; at most 1,007"):
        read_idx(path)
    monkeypatch.setenv("GLASSNET_MAX_UNPACKED", "1008")
    assert read_idx(path).shape == (1000,)
    monkeypatch.setenv("GLASSNET_MAX_UNPACKED", "lots")
    with pytest.raises(
        ArgumentError, match=r"GLASSNET_MAX_UNPACKED='lots'.*must be a whole number"
    ):
        read_idx(path)


def test_a_packed_npz_file_of_four_gigabytes(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name in ("x", "y"):
            with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(
                    member, {"descr": "|u1", "fortran_order": False, "shape": (270 << 20,)}
                )
                for _ in range(270):
                    member.write(bytes(1 << 20))
    with (
        memory_used() as used,
        pytest.raises(
            FileFormatError, match=r"says that it unpacks to 566,231,\d+; at most 536,870,912 are"
        ),
    ):
        datasets.read_table(path)
    assert used.bytes < LEAST


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((GIGA,), "<f8"), ((GIGA, GIGA, GIGA), "<f8"), ((4,), "<U200000000"), ((-1, 3), "<f8")],
)
def test_arrays_that_announce_more_than_they_hold(tmp_path, method, shape, dtype):
    path = npz(tmp_path / "a.npz", shape, dtype, bytes(100), method)
    with memory_used() as used, pytest.raises(FileFormatError):
        datasets.read_table(path)
    assert used.bytes < LEAST


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_compression(tmp_path, method):
    path = npz(tmp_path / "a.npz", (4, 2), "<f8", bytes(64), method)
    with pytest.raises(FileFormatError, match=r"is compressed by method .*; save it with np.savez"):
        datasets.read_table(path)


@pytest.mark.parametrize(
    "y",
    [
        np.array(3.0),
        np.zeros(3, "V4"),
        np.zeros(3, [("a", "f4"), ("b", "i4")]),
        np.zeros(3, "M8[s]"),
        np.zeros(3, complex),
        np.array(["a", 1, None], object),
        np.zeros((0,)),
        np.zeros((3, 0)),
        np.array(["a", "b", "c"])[:0],
    ],
    ids=str,
)
def test_targets_of_strange_kinds(tmp_path, y):
    np.savez(tmp_path / "a.npz", x=np.eye(3), y=y)
    with pytest.raises((DataError, FileFormatError, ValueError)) as caught:
        datasets.read_table(tmp_path / "a.npz")
    assert type(caught.value).__module__ == "glassnet.errors"


def test_text_that_is_no_text(tmp_path):
    y = np.array([0x110000, 0x41, 0x42], np.uint32).view("<U1")
    np.savez(tmp_path / "a.npz", x=np.eye(3), y=y)
    with pytest.raises(FileFormatError, match="y holds text with invalid characters"):
        datasets.read_table(tmp_path / "a.npz")


def test_two_hundred_thousand_columns(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text((",".join(["1"] * 200_000) + "\n") * 3)
    with (
        memory_used() as used,
        pytest.raises(
            FileFormatError,
            match=r"has 200,000 columns; at most 50,000 are allowed.*GLASSNET_MAX_COL",
        ),
    ):
        datasets.read_table(path)
    assert used.bytes < LEAST
    path.write_text("a,b,c\n1,2,3\n2,3,4\n")
    monkeypatch.setenv("GLASSNET_MAX_COLUMNS", "2")
    with pytest.raises(FileFormatError, match="has 3 columns; at most 2 are allowed"):
        datasets.read_table(path)


@pytest.mark.parametrize("before", [0, 150])
def test_one_row_of_three_million_cells(tmp_path, before):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * before + "," * 3_000_000 + "\n1,2\n")
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.memory", path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"line {before + 2}" in done.stdout and "has 3000001 cells" in done.stdout


def test_an_open_quote_before_much_text(tmp_path):
    """In a process of its own, which may have 250 MB more than it begins with."""
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n"' + "3,4\n" * 5_000_000)
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.memory", path, "250000000"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("FileFormatError a.csv is too large for the memory of this")
