"""Ctrl-C ends the command without a traceback, also while it is being loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from glassnet.cli import INTERRUPTED

COMMAND = [sys.executable, "-c", "from glassnet.cli import main; print('up', flush=True); main()"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
def test_in_the_first_moments(tmp_path, seconds):
    process = subprocess.Popen(
        [*COMMAND, "train", "digits", "--epochs", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline() == "up\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors and "KeyboardInterrupt" not in errors
    assert process.returncode == INTERRUPTED


def test_a_handler_of_somebody_else_stays():
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from glassnet.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
