"""The rules of the checkers cannot be switched off in passing."""

import itertools
import pathlib
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = sorted(
    path
    for folder in ("glassnet", "tests", "benchmarks", "scripts")
    for path in (ROOT / folder).rglob("*.py")
)

NOQA = re.compile(r"#\s*(?:ruff:\s*|flake8:\s*)?noqa(?P<codes>:\s*[A-Z0-9, ]+)?", re.IGNORECASE)


def bad_noqas(text):
    """Remarks that ignore everything, or the rules about names that are wrong or unused (F8)."""
    return [m[0] for m in NOQA.finditer(text) if not m["codes"] or "F8" in m["codes"].upper()]


def test_no_setting_ignores_wrong_or_unused_names():
    lint = SETTINGS["tool"]["ruff"]["lint"]
    ignored = [*lint["ignore"], *itertools.chain(*lint["per-file-ignores"].values())]
    assert "F" in lint["select"]
    assert not [code for code in ignored if code == "F" or code.startswith("F8")]


def test_no_file_ignores_them_or_everything():
    this = pathlib.Path(__file__)
    found = {
        path.relative_to(ROOT).as_posix(): bad
        for path in SOURCES
        if path != this and (bad := bad_noqas(path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize("remark", ["# noqa", "# NOQA: F841", "#noqa: E501, F811", "# ruff: noqa"])
def test_a_bad_remark_is_found(remark):
    assert bad_noqas(f"x = 1  {remark}\n")


def test_a_remark_with_another_reason_is_let_be():
    assert not bad_noqas("x = 1  # noqa: E501\n")


def test_warnings_are_errors():
    assert SETTINGS["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"


@pytest.mark.slow
def test_the_wheel_holds_every_tracked_file_of_the_package(tmp_path):
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "glassnet"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "-w", tmp_path, ROOT], check=True
    )
    (wheel,) = tmp_path.glob("glassnet-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    tracked = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert tracked <= held
    assert not [name for name in held if name.startswith(("tests/", "benchmarks/"))]
