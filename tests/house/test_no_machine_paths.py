"""No tracked text file names a path of the machine it was written on."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]

# Written in pieces, so that this file passes its own test.
FOLDERS = ["work", "root", "tmp", "home", "Users", "opt", "mnt", "srv"]
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}/*<>\-])/(?:" + "|".join(FOLDERS) + r")/[A-Za-z0-9_.\-]+(?:/[A-Za-z0-9_.\-]+)*"
)

# Generic paths that a document may use as an example: a stranger's folder, not this machine's.
GENERIC = re.compile(r"/(?:home|Users)/(?:you|me|user|name)\b|/tmp/(?:bare|example)\b")


def machine_paths(text):
    return [path for path in MACHINE_PATH.findall(text) if not GENERIC.match(path)]


def tracked_files():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_tracked_text_names_a_path_of_a_machine():
    found = []
    for path in tracked_files():
        if not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        lines = content.decode("utf-8", "replace").splitlines()
        found += [
            f"{path.relative_to(ROOT)}:{number}: {', '.join(paths)}"
            for number, line in enumerate(lines, 1)
            if (paths := machine_paths(line))
        ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    ["see {}work/main/x.py", "DATA = '{}root/data'", "open('{}tmp/x.csv')", "in `{}opt/wheels`"],
)
def test_a_path_of_a_machine_is_found(text):
    assert machine_paths(text.format("/"))


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/python3",
        "https://example.org/home/page.html",
        "the folder /home/you/data",
        "a work/main/x of ours, ./tmp/file, $HOME/tmp/file",
        "/etc/apt/sources.list",
        "/work or /tmp alone is no path of a machine",
    ],
)
def test_what_is_no_path_of_a_machine_is_let_be(text):
    assert not machine_paths(text)
