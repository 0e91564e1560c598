"""libfann through ctypes (Debian's libfann2): incremental training, one sample at a time."""

from __future__ import annotations

import ctypes
import pathlib
import tempfile

import numpy as np

from benchmarks._harness import Contestant, Task

_INCREMENTAL, _SIGMOID = 0, 3


def maker(task: Task) -> Contestant | None:
    name = {"float32": "float", "float64": "double"}[task.dtype]
    try:
        fann = ctypes.CDLL(f"lib{name}fann.so.2")
    except OSError:
        return None
    if task.batch != 1:
        return None
    fann.fann_create_standard_array.restype = ctypes.c_void_p
    fann.fann_read_train_from_file.restype = ctypes.c_void_p
    fann.fann_train_epoch.restype = ctypes.c_float
    sizes = (ctypes.c_uint * len(task.widths))(*task.widths)
    net = ctypes.c_void_p(fann.fann_create_standard_array(len(task.widths), sizes))
    fann.fann_set_training_algorithm(net, _INCREMENTAL)
    fann.fann_set_activation_function_hidden(net, _SIGMOID)
    fann.fann_set_activation_function_output(net, _SIGMOID)
    fann.fann_set_learning_rate(net, ctypes.c_float(task.rate))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data"
        with path.open("w") as file:
            file.write(f"{len(task.x)} {task.x.shape[1]} {task.y.shape[1]}\n")
            for x, y in zip(task.x, task.y, strict=True):
                np.savetxt(file, [x], "%.7g")
                np.savetxt(file, [y], "%.7g")
        data = ctypes.c_void_p(fann.fann_read_train_from_file(str(path).encode()))

    def train(epochs: int) -> None:
        for _ in range(epochs):
            fann.fann_train_epoch(net, data)

    return Contestant(f"libfann {name}", train)
