"""From the arguments of ``source`` to a printed program."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, OutputError, shown
from glassnet.formats.files import check_writable, checked_path, write_bytes, write_text
from glassnet.formats.python import Source
from glassnet.training.fit import FitOptions, check_options
from glassnet.training.inputs import check_batch_size
from glassnet.training.network import Network
from glassnet.training.samples import adapt, training_data
from glassnet.training.source import source_of
from glassnet.training.state import State

__all__ = ["save_source", "source"]


def source(
    model: Any,
    x: Any = None,
    y: Any = None,
    *,
    epochs: int | None = None,
    batch_size: int | str | None = None,
    shuffle: bool = True,
    sample_weight: Any = None,
    forward_only: bool = False,
    style: str = "numpy",
    file: str = "net.npz",
) -> Source:
    """Return a model as a program; see :meth:`glassnet.models.Sequential.source`."""
    if (x is None) != (y is None) and not forward_only:
        raise ArgumentError("source needs both x and y, or neither: then the program reads them")
    if forward_only and x is not None:
        raise ArgumentError("source(forward_only=True) defines predict(x); leave out x and y")
    last = {} if model.history is None else model.history.params
    epochs = (last.get("epochs") or 1) if epochs is None else epochs
    batch_size = last.get("batch_size", 32) if batch_size is None else batch_size
    check_options(FitOptions(batch_size=batch_size, epochs=epochs, shuffle=shuffle, verbose=0))
    if epochs < 1:
        raise ArgumentError(f"epochs={epochs}: a program that trains needs at least 1")
    is_full = batch_size == "full"
    with model._unbuilt_if_refused(), _unchanged(model, x, y) as network:
        data: dict[str, np.ndarray] = {}
        if x is not None:
            data = training_data(network, x, y, sample_weight, before_adapt=True)
            adapt(network, data)  # as fit would before its first step
        return source_of(
            network,
            data,
            epochs=int(epochs),
            batch_size=None if is_full else check_batch_size(batch_size, 1 << 62),
            shuffle=bool(shuffle),
            weighted=sample_weight is not None,
            forward_only=bool(forward_only),
            style=style,
            file=file,
        )


@contextlib.contextmanager
def _unchanged(model: Any, x: Any, y: Any) -> Iterator[Network]:
    """Give the network of a model with a state of its own: printing changes nothing."""
    network = model.network if x is None else model._ready(x, y)
    state = network.state
    own = State(dict(state.slots), state.step, state.epoch, state.seed)
    waiting = [layer for layer in network.topology.layers if layer.needs_data]
    try:
        yield dataclasses.replace(network, state=own)
    finally:
        for layer in waiting:
            layer.forget()


def save_source(model: Any, path: Any, x: Any = None, y: Any = None, **settings: Any) -> Path:
    """Write a model as a program, and beside it the arrays it reads."""
    path = checked_path(path)
    beside = path.with_suffix(".npz")
    if beside == path:
        raise ArgumentError(f"{shown(str(path))} is no name for a program; it should end in .py")
    made = source(model, x, y, file=beside.name, **settings)
    if made.arrays:
        _check_own(beside, path)
        check_writable(path, len(made.text))  # else the arrays would be replaced, the program not
        write_bytes(beside, _npz(made.arrays))
    return write_text(path, made.text)


# Stands in the file as the comment of its archive, and tells it from files of others.
_OWNER = b"arrays of a program written by glassnet"


def _npz(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = _OWNER
    return buffer.getvalue()


def _check_own(beside: Path, program: Path) -> None:
    """Refuse to write arrays over a file that was not named, unless an older program wrote it."""
    if not os.path.lexists(beside):
        return
    try:
        with zipfile.ZipFile(beside) as archive:
            is_own = archive.comment == _OWNER
    except (OSError, zipfile.BadZipFile):
        is_own = False
    if not is_own:
        raise OutputError(
            f"{str(program)!r} needs a file for its arrays, but {str(beside)!r} is there already "
            "and was not written with a program; move it away, or choose another name for the "
            "program"
        )
