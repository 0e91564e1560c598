"""libfann through ctypes (Debian's libfann2), the build of the task's float type."""

from __future__ import annotations

import ctypes
import os
import pathlib
import tempfile

from benchmarks._task import Contestant, Missing, Task
from benchmarks.peers.glass_fann import weights_in, write

_BUILDS = {"float32": "libfloatfann.so.2", "float64": "libdoublefann.so.2"}


def maker(task: Task) -> Contestant:
    try:
        fann = ctypes.CDLL(_BUILDS[task.dtype])
    except OSError:
        raise Missing("libfann2 is not installed (Debian: apt-get install libfann2)") from None
    fann.fann_create_from_file.restype = ctypes.c_void_p
    fann.fann_read_train_from_file.restype = ctypes.c_void_p
    folder = tempfile.TemporaryDirectory()
    path = write(task, folder.name)
    net = ctypes.c_void_p(fann.fann_create_from_file(os.fsencode(path / "start.net")))
    data = ctypes.c_void_p(fann.fann_read_train_from_file(os.fsencode(path / "rows.data")))

    def work(epochs: int) -> None:
        # An error below 0 is never reached, so every epoch asked for is made.
        fann.fann_train_on_data(net, data, epochs, 0, ctypes.c_float(-1.0))

    def weights():
        end = pathlib.Path(folder.name) / "end.net"
        fann.fann_save(net, os.fsencode(end))
        return weights_in(end)

    return Contestant(work, weights)
