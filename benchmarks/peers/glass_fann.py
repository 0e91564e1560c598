"""FANN's own Python interface on glassnet; and files that say the same to the real FANN."""

from __future__ import annotations

import pathlib

import numpy as np

import glassnet.fann as libfann
from benchmarks._task import Contestant, Missing, Task
from benchmarks.peers.glass import COMPILED

_ALGORITHMS = {"sgd": libfann.TRAIN_INCREMENTAL, "rprop": libfann.TRAIN_RPROP}


def network(task: Task):
    """A network of FANN's interface with the weights of the task."""
    if task.hidden != "sigmoid" or task.output != "sigmoid" or task.optimizer not in _ALGORITHMS:
        raise Missing("FANN has no such training")
    net = libfann.neural_net()
    net.create_standard_array(task.widths)
    net.set_activation_function_hidden(libfann.SIGMOID)
    net.set_activation_function_output(libfann.SIGMOID)
    net.set_activation_steepness_hidden(0.5)
    net.set_activation_steepness_output(0.5)
    net.set_training_algorithm(_ALGORITHMS[task.optimizer])
    net.set_train_error_function(libfann.ERRORFUNC_LINEAR)
    net.set_learning_rate(task.rate)
    weights = task.weights()
    for own, w, b in zip(net.structure.weights, weights[::2], weights[1::2], strict=True):
        own[...] = np.vstack([w, b]).T
    net.structure.touch()
    return net


def weights_of(net) -> list[np.ndarray]:
    return [part for w in net.structure.weights for part in (w[:, :-1].T.copy(), w[:, -1].copy())]


def weights_in(path: str | pathlib.Path) -> list[np.ndarray]:
    """The weights of a ``.net`` file."""
    net = libfann.neural_net()
    net.create_from_file(str(path))
    return weights_of(net)


def write(task: Task, folder: str | pathlib.Path) -> pathlib.Path:
    """Write network and data as files that any FANN reads; return their folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    network(task).save(str(folder / "start.net"))
    with (folder / "rows.data").open("w") as file:
        file.write(f"{len(task.x)} {task.x.shape[1]} {task.y.shape[1]}\n")
        for x, y in zip(task.x, task.y, strict=True):
            file.write(" ".join(map(repr, x.tolist())) + "\n")
            file.write(" ".join(map(repr, y.tolist())) + "\n")
    return folder


def maker(task: Task, is_run: bool = False, is_by_row: bool = False) -> Contestant:
    net = network(task)
    net.set_backend(COMPILED)
    if is_run:
        row = task.x[0].tolist()

        def run(calls: int) -> None:
            ask = net.run
            for _ in range(calls):
                ask(row)

        return Contestant(run, lambda: [np.array(net.run(row))])
    if is_by_row:
        pairs = list(zip(task.x.tolist(), task.y.tolist(), strict=True))

        def train(epochs: int) -> None:
            teach = net.train
            for _ in range(epochs):
                for x, y in pairs:
                    teach(x, y)

        return Contestant(train, lambda: weights_of(net))
    data = libfann.training_data()
    data.set_train_data(task.x.tolist(), task.y.tolist())
    # An error below 0 is never reached, so every epoch asked for is made.
    return Contestant(
        lambda epochs: net.train_on_data(data, epochs, 0, -1.0), lambda: weights_of(net)
    )
