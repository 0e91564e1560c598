"""What ``make`` says on a machine that lacks something, tried on pretended machines."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_venv.sh"

# What the script may find besides the pretended programs.
REAL = ["sh", "rm", "mkdir", "touch", "cat", "env", "printf"]

OLD_PYTHON = 'echo "{version}"'

# A Python that is new enough; `venv` says what `import venv, ensurepip` and `-m venv` do.
PYTHON = """
case "$*" in
    *sys.version_info*) echo "{version}" ;;
    *"import venv"*) [ -e "$MACHINE/has-venv" ] ;;
    "-m venv "*) [ -e "$MACHINE/has-venv" ] && mkdir -p "$3/bin" && touch "$3/bin/python" ;;
esac
"""

# What makes the package arrive.
APT_GET = """
echo "$*" >> "$MACHINE/apt-get.log"
case "$*" in *install*) touch "$MACHINE/has-venv" ;; esac
"""


class Machine:
    """A folder of pretended programs, which is all that the script finds on its PATH."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in REAL:
            if found := shutil.which(name):
                (self.bin / name).symlink_to(found)
        self.program("id", "echo 1000")

    def program(self, name, body):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    @property
    def venv(self):
        return self.folder / "venv"

    @property
    def installed(self):
        log = self.folder / "apt-get.log"
        return log.read_text().splitlines() if log.exists() else []

    def make_venv(self, **variables):
        return subprocess.run(
            ["/bin/sh", SCRIPT, self.venv],
            env={"PATH": str(self.bin), "MACHINE": str(self.folder), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_an_older_python_gets_a_clear_message(machine):
    path = machine.program("python3", OLD_PYTHON.format(version="3.9.2"))
    done = machine.make_venv()
    assert done.returncode != 0
    assert f"glassnet needs Python 3.11 or newer; found 3.9.2 at {path};" in done.stderr
    assert "set PYTHON, for instance: make PYTHON=python3.12" in done.stderr
    assert not machine.venv.exists()


@pytest.mark.parametrize("version", ["2.7.18", "3.8.18", "3.10.13"])
def test_every_older_python_is_refused(machine, version):
    machine.program("python3", OLD_PYTHON.format(version=version))
    assert f"found {version} at" in machine.make_venv().stderr


def test_no_python_at_all_gets_a_clear_message(machine):
    done = machine.make_venv()
    assert done.returncode != 0
    assert "glassnet needs Python 3.11 or newer; found none" in done.stderr


def test_a_python_given_is_the_only_one_tried(machine):
    machine.program("python3", PYTHON.format(version="3.12.1"))
    path = machine.program("python3.10", OLD_PYTHON.format(version="3.10.13"))
    done = machine.make_venv(PYTHON="python3.10")
    assert f"found 3.10.13 at {path};" in done.stderr


@pytest.mark.parametrize("version", ["3.11.0", "3.13.0", "3.14.2", "3.20.1"])
def test_a_newer_python_makes_the_environment(machine, version):
    machine.program("python3", PYTHON.format(version=version))
    (machine.folder / "has-venv").touch()
    done = machine.make_venv()
    assert done.returncode == 0, done.stderr
    assert f"with Python {version}" in done.stdout
    assert (machine.venv / "bin" / "python").exists()


def test_where_python3_is_old_the_newest_of_the_others_is_taken(machine):
    (machine.folder / "has-venv").touch()
    machine.program("python3", OLD_PYTHON.format(version="3.10.13"))
    machine.program("python3.11", PYTHON.format(version="3.11.9"))
    machine.program("python3.13", PYTHON.format(version="3.13.1"))
    machine.program("python3.14", "exit 127")  # there, and does not run
    assert "with Python 3.13.1" in machine.make_venv().stdout


def test_a_missing_venv_without_root_prints_the_command(machine):
    path = machine.program("python3", PYTHON.format(version="3.11.2"))
    machine.program("apt-get", APT_GET)
    machine.program("sudo", "exit 1")  # wants a password
    done = machine.make_venv()
    assert done.returncode != 0
    assert f"{path} has no venv module" in done.stderr
    command = r"sudo apt-get update && sudo apt-get install -y python3(\.11)?-venv$"
    assert re.search(command, done.stderr, re.MULTILINE)
    assert not machine.installed
    assert not machine.venv.exists()


def test_a_missing_venv_without_sudo_prints_the_command(machine):
    machine.program("python3", PYTHON.format(version="3.11.2"))
    machine.program("apt-get", APT_GET)
    done = machine.make_venv()
    assert done.returncode != 0
    assert "sudo apt-get install -y" in done.stderr
    assert not machine.installed


@pytest.mark.parametrize("how", ["root", "sudo"])
def test_a_missing_venv_is_installed_where_that_is_allowed(machine, how):
    machine.program("python3", PYTHON.format(version="3.11.2"))
    machine.program("apt-get", APT_GET)
    if how == "root":
        machine.program("id", "echo 0")
    else:
        machine.program("sudo", '[ "$1" = -n ] && shift && "$@"')
    done = machine.make_venv()
    assert done.returncode == 0, done.stderr
    assert any("update" in line for line in machine.installed)
    assert re.search(r"install .*python3(\.11)?-venv", machine.installed[-1])
    assert (machine.venv / "bin" / "python").exists()


def test_an_environment_that_fails_half_way_is_removed(machine):
    (machine.folder / "has-venv").touch()
    body = PYTHON.replace('touch "$3/bin/python"', "exit 1").format(version="3.11.2")
    machine.program("python3", body)
    assert machine.make_venv().returncode != 0
    assert not machine.venv.exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_alone_names_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(
        ["make", "--no-print-directory", "-C", ROOT],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    named = {line.split()[1] for line in shown.splitlines()}
    assert named == set(phony.split()) - {"help"}
