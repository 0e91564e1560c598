"""Kill -9 at any moment: the newest checkpoint loads, and the resumed run ends bit-identical."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

SCRIPT = Path(__file__).with_name("long_run.py")
_spec = importlib.util.spec_from_file_location("long_run", SCRIPT)
long_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(long_run)


def killed_after(seconds, path):
    """Start the run, kill it so long after it began to train; return whether it came to the end."""
    process = subprocess.Popen([sys.executable, SCRIPT, path], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
    finally:
        process.kill()
        rest, _ = process.communicate()
    return rest == "done\n"


def kill_again_and_again(folder, times):
    path = folder / "run.safetensors"
    started = time.perf_counter()
    whole, expected = long_run.train(path)
    lasts = time.perf_counter() - started
    path.unlink()
    moments = random.Random(0)
    kills = 0
    while kills < times:
        over = killed_after(moments.uniform(0, lasts / 3), path)
        kills += not over
        if not path.exists():
            continue  # killed before the first step was over
        assert gn.load(path).get_weights()
        resumed, history = long_run.train(resume=path)
        mine, own = whole.network.tensors(), resumed.network.tensors()
        assert mine.keys() == own.keys()
        assert all(np.array_equal(mine[name], own[name]) for name in mine)
        assert (history.history, history.epoch) == (expected.history, expected.epoch)
        if over:
            path.unlink()
    left = {one.name for one in folder.iterdir()} - {path.name}
    assert all(name.startswith(".") and name.endswith(".part") for name in left)


def test_killed_at_a_few_moments(tmp_path):
    kill_again_and_again(tmp_path, 8)


@pytest.mark.slow
def test_killed_at_100_moments(tmp_path):
    kill_again_and_again(tmp_path, 100)


def test_a_half_written_file_beside_the_checkpoint_confuses_nobody(tmp_path):
    path = tmp_path / "run.safetensors"
    (tmp_path / ".run.safetensors.0123abcd.part").write_bytes(b"\x10\0\0\0\0\0\0\0{")
    net, _ = long_run.train(path)
    assert np.array_equal(gn.load(path).get_weights()[2].shape, net.get_weights()[2].shape)
    message = r"there is no file '.*nothing'; there are run.safetensors$"
    with pytest.raises(gn.errors.FileFormatError, match=message):
        gn.load(tmp_path / "nothing")
