"""Damaged files of every kind end in a result or an error of glassnet's: see `mutated`."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.hostile.kinds import KINDS
from tests.hostile.mutated import SHARES

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")


def tried(count, first):
    """In a process of its own: what forks must not have threads."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.mutated", f"--count={count}", f"--first={first}"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_every_kind_has_its_share():
    assert SHARES.keys() == KINDS.keys() and sum(SHARES.values()) == 100


def test_200_damaged_files():
    tried(200, 0)


@pytest.mark.slow
def test_2000_damaged_files():
    tried(2000, 200)
