"""fann2, FANN's Python binding (Debian's python3-fann2), in a process of the Python that has it."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from benchmarks._task import Contestant, Missing, Task
from benchmarks.peers.glass_fann import weights_in, write

_SCRIPT = pathlib.Path(__file__).with_name("_fann2_process.py")
# A binding built for this Python, else the system's own Python.
_PYTHONS = (sys.executable, "/usr/bin/python3")


def _started(folder: pathlib.Path) -> subprocess.Popen:
    for python in _PYTHONS:
        command = [python, str(_SCRIPT), str(folder)]
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
            )
        except OSError:
            continue
        assert process.stdout is not None
        if process.stdout.readline().strip() == "ready":
            return process
        process.wait()
    raise Missing("fann2 cannot be imported (Debian: apt-get install python3-fann2)")


def maker(task: Task, is_by_row: bool = False) -> Contestant:
    folder = tempfile.TemporaryDirectory()
    process = _started(write(task, folder.name))
    what = "run" if task.unit == "call" else "rows" if is_by_row else "train"

    def ask(words: str) -> str:
        # Two pipes are a few microseconds in a turn of a third of a second.
        print(words, file=process.stdin, flush=True)
        return process.stdout.readline()

    def result():
        outputs = np.array(ask("save 0").split(), float)
        return [outputs] if what == "run" else weights_in(f"{folder.name}/end.net")

    return Contestant(lambda count: ask(f"{what} {count}"), result)
