"""Ctrl-C and kill: what stays, and going on from it."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

import glassnet as gn

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = "from glassnet.cli import main; main()"
# Slow enough learning that nothing ends it early, and long enough to be interrupted.
LONG = ["--learning-rate", "1e-5", "--epochs", "80"]


def started(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def stopped(process, number, folder, name):
    """Send a signal once there is a checkpoint; return exit code, standard output and error."""
    for _ in range(600):
        if (folder / f"{name}.checkpoint.safetensors").exists() or process.poll() is not None:
            break
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def whole(command):
    """The outcome of a run that nobody interrupted."""
    done = command("train", "digits", *LONG, "--json", "--output", "whole.safetensors")
    assert done.code == 0
    return done.json


@pytest.mark.usefixtures("charts")
def test_interrupted_runs_keep_what_they_have_and_go_on(command, folder, whole):
    code, out, err = stopped(
        started("train", "digits", *LONG, "-o", "c.safetensors"), signal.SIGINT, folder, "c"
    )
    assert code == 130
    assert "Traceback" not in err
    assert "; interrupted" in out
    assert "verdict   Interrupted" in out
    assert (
        "note: the training was interrupted; model and report hold what was learned so far. To go "
        "on: glassnet train digits --resume c.checkpoint.safetensors" in err
    )
    assert "<h2>Interrupted</h2>" in (folder / "c-report.html").read_text()
    assert gn.load("c.safetensors").predict(gn.datasets.info("digits").x[:3]).shape == (3, 10)

    # Killed, there is the checkpoint and nothing else.
    code, _, _ = stopped(
        started("train", "digits", *LONG, "-o", "k.safetensors"), signal.SIGKILL, folder, "k"
    )
    assert code == -signal.SIGKILL
    assert not (folder / "k.safetensors").exists()

    for name in "ck":
        done = command("train", "digits", "--resume", f"{name}.checkpoint.safetensors", "--json")
        assert done.code == 0
        assert done.json["test"] == whole["test"]
        assert done.json["epochs"] == whole["epochs"]
        assert done.json["model"] == f"{name}.safetensors"
        assert not (folder / f"{name}.checkpoint.safetensors").exists()


@pytest.fixture
def checkpoint(command, folder, monkeypatch):
    """A checkpoint left behind by a run that broke off."""

    def broken(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("glassnet.cli.run.Run._test", broken)
        code = command("train", "iris", "--epochs", "12", "--seed", "4").code
    assert code not in (0, 1)
    assert [path.name for path in folder.iterdir()] == ["iris.checkpoint.safetensors"]
    return "iris.checkpoint.safetensors"


def test_a_checkpoint_remembers_what_was_asked_for(command, checkpoint):
    done = command("train", "iris", "--resume", checkpoint, "--json")
    assert done.json["seed"] == 4
    assert done.json["epochs"] == 12
    assert done.err.startswith(f"note: going on from {checkpoint}\n")


def test_more_epochs_may_be_asked_for(command, checkpoint):
    done = command("train", "iris", "--resume", checkpoint, "--json", "--epochs", 20)
    assert done.json["epochs"] == 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["iris", "--seed", "5"], "was written by a run with --seed 4, but this one has --seed 5; "
         "leave --seed out to go on, or leave --resume out to start anew"),
        (["iris", "--layers", "3 softmax"], "was written by a run without --layers, but this one "
         "has --layers 3 softmax; leave --layers out to go on, or leave --resume out to start "
         "anew"),
        (["wine"], "was written by a run on other data (iris, 150 rows); a run can go on only with "
         "the data it began with"),
    ],
)  # fmt: skip
def test_another_run_cannot_go_on_from_it(command, checkpoint, arguments, message):
    done = command("train", *arguments, "--resume", checkpoint)
    assert (done.code, done.error) == (1, f"'{checkpoint}' {message}")


def test_a_forgotten_checkpoint_is_pointed_out(command, checkpoint, folder):
    done = command("train", "iris", "--epochs", "3")
    assert done.code == 0
    assert f"note: {checkpoint} was left by an interrupted run and will be replaced" in done.err
    assert not (folder / checkpoint).exists()
