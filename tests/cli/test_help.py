"""Help and version: what a person reads first."""

import subprocess
import sys

import pytest

COMMANDS = ["train", "evaluate", "predict", "show", "source", "explain"]


def test_help_names_the_commands_and_how_to_begin(command):
    done = command("--help")
    assert done.code == 0
    assert "glassnet train digits" in done.out
    for name in COMMANDS:
        assert f"\n  {name} " in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_that_stand_on_their_own_lines(command, name):
    done = command(name, "--help")
    assert done.code == 0
    assert f"\n  glassnet {name} " in done.out


def test_train_has_the_options_it_should_have(command):
    told = command("train", "--help").out
    options = "target layers epochs batch-size optimizer learning-rate seed test-size output report"
    for name in [*options.split(), "resume", "json"]:
        assert f"--{name}" in told


def test_version(command):
    done = command("--version")
    assert done.code == 0
    assert done.out.startswith("glassnet ")


def test_help_comes_without_loading_pictures_or_solvers():
    program = (
        "import sys\nfrom glassnet.cli import main\n"
        "try:\n    main(['train', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"matplotlib", "scipy", "polars", "numba", "llvmlite"} & set(done.stderr.split())


def test_colours_are_for_terminals_only(command):
    done = command("train", "digit")
    assert "\x1b" not in done.err + done.out
