"""Every kind of file that is read: intact examples, how they are damaged, how they are read."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet import datasets, layers, optimizers
from glassnet.activations import Elu, LeakyRelu, PerUnit, Steep
from glassnet.backends.compiled.compiler import cache
from glassnet.callbacks import EarlyStopping, ReduceLROnPlateau, StopWhen
from glassnet.cli import main
from glassnet.cli.request import Request
from glassnet.cli.run import Run
from glassnet.data.idx import read_idx
from glassnet.fann import neural_net, training_data
from glassnet.formats.fann import format_data, read_data
from glassnet.graph import from_text, to_text
from tests.formats.fann.xor import XOR
from tests.hostile import mutations

__all__ = ["KINDS", "Kind"]

Damage = Callable[[bytes, bytes, random.Random], bytes]
ROWS = np.linspace(-1, 1, 24).reshape(8, 3)
OLD = (
    "FANN_FLO_1.1\n3 0.7 1.0 0 5 5 1.0 1.0\n2 2 2\n0 0 2 0 2 0\n(0 1.5) (1 -2.5) (2 3.5) (3 0.5)\n"
)


@dataclass
class Kind:
    """A kind of file.

    Attributes
    ----------
    examples : function of a folder to list of bytes
    damage : function of content, another example's content and a generator to bytes
    read : function of a path and a folder of its own
    ending : str
    """

    examples: Callable[[Path], list[bytes]]
    damage: Damage
    read: Callable[[Path, Path], Any]
    ending: str = ""


def _quietly(arguments: list[str]) -> None:
    """Run the command; its exit is a result."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        main(arguments)


# Models ------------------------------------------------------------------------------------


def _chain() -> Any:
    net = gn.Sequential(
        [
            gn.Input((3,)),
            layers.Normalization(),
            layers.Dense(4, Elu(0.5), kernel_regularizer="l2", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            layers.Dense(3, PerUnit(["relu", LeakyRelu(0.1), "tanh"]), use_bias=False),
            layers.MaskedDense([[1, 0], [1, 1], [0, 1]], Steep("sigmoid", [0.5, 2.0], 3.0)),
            layers.Rescaling(2.0, 0.5),
            layers.Dense(2, "softmax", name="output"),
        ],
        seed=1,
        name="mine",
    )
    rate = optimizers.ExponentialDecay(0.01, 10, 0.9)
    net.compile(
        optimizers.Adam(rate, clip=optimizers.ClipByGlobalNorm(1.0)),
        "categorical_crossentropy",
        ["accuracy", "f1"],
    )
    net.fit(ROWS, np.eye(2)[[0, 1] * 4], epochs=2, verbose=0)
    return net


def _branches() -> Any:
    one, two = gn.Input((3,), name="one"), gn.Input((2, 2), name="two")
    flat = layers.Reshape((4,))(layers.Activation("tanh")(two))
    wide = layers.Concatenate()([layers.Dense(4, "relu")(one), layers.Flatten()(flat)])
    sum_ = layers.Add()([layers.Dense(4)(wide), layers.Dense(4, Steep("tanh", 0.5, 9.0))(wide)])
    net = gn.Model([one, two], layers.Dense(1)(sum_), seed=2, dtype="float64")
    net.compile(optimizers.SGD(0.1, momentum=0.9), "huber", ["mean_absolute_error"])
    return net


def _two_outputs() -> Any:
    x = gn.Input((3,))
    hidden = layers.Dense(3, "tanh")(x)
    size = layers.Dense(1, name="size")(hidden)
    kind = layers.Dense(2, "softmax", name="kind")(hidden)
    net = gn.Model(x, [size, kind], seed=3)
    net.compile(
        "adam", {"size": "mse", "kind": "sparse_categorical_crossentropy"},
        {"kind": ["accuracy"]}, {"size": 0.5},
    )  # fmt: skip
    net.fit(ROWS, [ROWS[:, :1], [0, 1] * 4], verbose=0)
    return net


def _noted() -> Any:
    net = gn.Sequential([gn.Input((3,)), layers.Dense(2, "softmax")], seed=0, name="noted")
    net.compile("rmsprop", "sparse_categorical_crossentropy", ["accuracy"])
    net.info |= {
        "task": "classification", "class_names": ["no", "yes"], "target_name": "answer",
        "feature_names": ["a", "b", "c"], "image_shape": None, "layers": "2", "test_rows": 3,
        "test": {"loss": 0.5, "accuracy": 0.9}, "run": {"seed": 0, "test_size": 0.2},
        "data": {"kind": "file", "name": "t.csv", "rows": 8, "notes": [], "description": "d"},
    }  # fmt: skip
    return net


def _models(folder: Path) -> list[bytes]:
    return [
        make().save(folder / "a.safetensors").read_bytes()
        for make in (_chain, _branches, _two_outputs, _noted, _noted)
    ]


def _use_model(path: Path, folder: Path) -> None:
    """Load a model and do with it what people do."""
    text = path.read_bytes()
    if len(text) % 4 == 0:
        table = folder / "t.csv"
        table.write_text("a,b,c,answer\n1,2,3,no\n2,3,4,yes\n3,4,5,no\n4,5,6,yes\n")
        command = (["show"], ["predict"], ["evaluate"])[len(text) // 4 % 3]
        given = [str(table)] if command != ["show"] else []
        _quietly([*command, str(path), *given])
        return
    net = gn.load(path)
    shapes = net.network.topology.input_shapes
    x: Any = [np.full((4, *shape), 0.5) for shape in shapes]
    x = x[0] if len(x) == 1 else x
    repr(net)
    net.summary_text()
    shown = net.predict(x)
    net.save(folder / "b.safetensors")
    if net.loss is not None:
        arrays = shown if isinstance(shown, list) else [shown]
        losses = net.loss if isinstance(net.loss, dict) else {net.output_names[0]: net.loss}
        parts = {
            name: np.zeros(4, int) if losses[name].takes_labels else np.zeros(array.shape)
            for name, array in zip(net.output_names, arrays, strict=True)
            if name in losses
        }
        y = parts if len(arrays) > 1 else next(iter(parts.values()))
        net.fit(x, y, epochs=1, verbose=0)
        net.evaluate(x, y, verbose=0)
    gn.load(net.save(folder / "b.safetensors"))


# Checkpoints -------------------------------------------------------------------------------


def _resumable(path: Path | None, written: Path | None) -> None:
    net = gn.Sequential(
        [gn.Input((3,)), layers.Dense(4, "tanh"), layers.Dropout(0.1), layers.Dense(1)], seed=3
    )
    net.compile(optimizers.Adam(0.01), "mse", ["mean_absolute_error"])
    after = [EarlyStopping(patience=3), ReduceLROnPlateau(patience=2), StopWhen("loss", 1e-9)]
    if written is not None:
        after.append(gn.callbacks.ModelCheckpoint(written))
    epochs = 2 if path is None else 4
    net.fit(
        ROWS, ROWS[:, :1], epochs=epochs, batch_size=4, validation_split=0.25, verbose=0,
        callbacks=after, resume=path,
    )  # fmt: skip


def _checkpoints(folder: Path) -> list[bytes]:
    _resumable(None, folder / "a.safetensors")
    return [(folder / "a.safetensors").read_bytes()]


def _resume(path: Path, folder: Path) -> None:
    if path.stat().st_size % 5:
        _resumable(path, None)
        return
    gn.load(path)


def _started(request: Request) -> Run:
    """Begin a run of ``glassnet train`` as the command does, up to its training."""
    run = Run(request)
    run.prepare()
    return run


def _runs(folder: Path) -> list[bytes]:
    table = folder / "run.csv"
    table.write_bytes(_tables(folder)[0])
    request = {"data": str(table), "output": folder / "run.safetensors", "layers": "4, 2 softmax"}
    _started(Request(**request, epochs=1)).train()
    return [(folder / "run.checkpoint.safetensors").read_bytes()]


def _resume_run(path: Path, folder: Path) -> None:
    table = folder / "run.csv"
    table.write_bytes(_tables(folder)[0])
    with contextlib.redirect_stderr(io.StringIO()):
        _started(
            Request(str(table), output=folder / "r.safetensors", epochs=2, resume=path)
        ).train()


# FANN --------------------------------------------------------------------------------------


def _nets(folder: Path) -> list[bytes]:
    net = neural_net()
    found = [XOR, XOR.replace("FLO_2.1", "FLO_2.0"), OLD, OLD.replace("FLO_1.1", "FIX_1.1\n1")]
    net.create_sparse_array(0.5, (3, 4, 2))
    for name, save in (("a", net.save), ("b", net.save_to_fixed)):
        save(str(folder / name))
        found.append((folder / name).read_text())
    net = neural_net()
    net.create_shortcut_array((2, 2, 1))
    data = training_data()
    data.set_train_data([[0, 1], [1, 3]], [[1], [0]])
    net.set_scaling_params(data, -1, 1, -1, 1)
    net.save(str(folder / "c"))
    found.append((folder / "c").read_text())
    return [text.encode() for text in found]


def _use_net(path: Path, folder: Path) -> None:
    with contextlib.suppress(gn.errors.GlassnetError):
        neural_net().create_from_file(str(path))
    net = gn.load(path)
    net.predict(np.full((2, *net.network.topology.input_shapes[0]), 0.5))
    gn.load(net.save(folder / "b.safetensors"))


def _use_data(path: Path, folder: Path) -> None:
    with contextlib.suppress(gn.errors.GlassnetError):
        training_data().read_train_from_file(str(path))
    read_data(path)


# Data --------------------------------------------------------------------------------------


def _tables(folder: Path) -> list[bytes]:
    rows = "".join(f"{n},{n * 0.5 - 1:.2f},{n % 3},{'ab'[n % 2]}\n" for n in range(12))
    quoted = rows.replace("a\n", '"a, ""x"""\n')
    return [
        f"one,two,three,kind\n{rows}".encode(),
        rows.encode(),
        f"one,two,three,kind\n{quoted}".encode(),
        rows.replace(",a", "").replace(",b", "").replace(",", "\t").encode(),
        ("a;b;c\n" + "1,5;2;0,25\n2,25;3;1,5\n" * 5).encode(),
    ]


def _read_table(path: Path, folder: Path) -> None:
    with contextlib.suppress(gn.errors.GlassnetError):
        datasets.read_features(path)
    data = datasets.read_table(path)
    repr(data)
    data.split(0.3)


def _arrays(folder: Path) -> list[bytes]:
    x = np.arange(24, dtype=np.float32).reshape(8, 3)
    images = np.arange(8 * 4 * 4, dtype=np.uint8).reshape(8, 4, 4)
    whole = [
        {"x": x, "y": np.arange(8) % 2, "class_names": np.array(["no", "yes"])},
        {"x": x, "y": np.array(["a", "b"] * 4), "feature_names": np.array(["a", "b", "c"])},
        {"x": images, "y": np.eye(2)[[0, 1] * 4]},
        {"x_train": x, "y_train": x[:, 0], "x_test": x[:4], "y_test": x[:4, 0]},
    ]
    found = []
    for number, arrays in enumerate(whole):
        stream = io.BytesIO()
        (np.savez if number % 2 else np.savez_compressed)(stream, **arrays)
        found.append(stream.getvalue())
    return found


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


IMAGES, LABELS = _idx(np.arange(5 * 16).reshape(5, 4, 4)), _idx(np.arange(5))


def _mnist(part: str, ending: str, path: Path, folder: Path) -> None:
    """Read a folder in which one of the four files is the damaged one."""
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (folder / f"{name}-ubyte").write_bytes(IMAGES if "images" in name else LABELS)
    (folder / f"{part}-ubyte").unlink(missing_ok=True)
    damaged = folder / f"{part}-ubyte{ending}"
    damaged.write_bytes(path.read_bytes())
    try:
        datasets.mnist.load_data(folder)
        datasets.fashion_mnist.info(folder)
    finally:
        damaged.unlink()
    read_idx(path)


# Others ------------------------------------------------------------------------------------


def _programs(folder: Path) -> list[bytes]:
    return [to_text(make().network.prediction).encode() for make in (_chain, _branches)]


def _cached(folder: Path) -> list[bytes]:
    with _cache_in(folder):
        for key in ("a" * 32, "b" * 32):
            cache.store(key, "source", key.encode() * 9)
        return [(cache.folder() / f"{key}.o").read_bytes() for key in ("a" * 32, "b" * 32)]


@contextlib.contextmanager
def _cache_in(folder: Path) -> Any:
    before = os.environ.get("GLASSNET_CACHE")
    os.environ["GLASSNET_CACHE"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("GLASSNET_CACHE")
        if before is not None:
            os.environ["GLASSNET_CACHE"] = before


def _use_cached(path: Path, folder: Path) -> None:
    """Under a key only the code that was stored under it may be loaded."""
    with _cache_in(folder):
        for key in ("a" * 32, "b" * 32):
            cache.folder().mkdir(parents=True, exist_ok=True)
            (cache.folder() / f"{key}.o").write_bytes(path.read_bytes())
            assert cache.load(key) in (None, key.encode() * 9)


def _always(*contents: bytes) -> Callable[[Path], list[bytes]]:
    return lambda folder: list(contents)


KINDS = {
    "model": Kind(_models, mutations.of_model, _use_model, ".safetensors"),
    "checkpoint": Kind(_checkpoints, mutations.of_model, _resume, ".safetensors"),
    "run": Kind(_runs, mutations.of_model, _resume_run, ".safetensors"),
    "net": Kind(_nets, mutations.of_text, _use_net, ".net"),
    "data": Kind(
        _always(
            format_data(np.arange(12.0).reshape(4, 3) / 7, np.eye(4)[:, :2]).encode(),
            b"# xor\n4 2 1\n0 0\n0\n0 1\n1\n1 0\n1\n1 1\n0\n",
        ),
        mutations.of_text,
        _use_data,
        ".data",
    ),
    "table": Kind(_tables, mutations.of_table, _read_table, ".csv"),
    "npz": Kind(_arrays, mutations.of_npz, _read_table, ".npz"),
    "idx": Kind(
        _always(IMAGES), mutations.of_idx, functools.partial(_mnist, "train-images-idx3", "")
    ),
    "labels": Kind(
        _always(LABELS), mutations.of_idx, functools.partial(_mnist, "t10k-labels-idx1", "")
    ),
    "idx.gz": Kind(
        _always(gzip.compress(IMAGES)),
        mutations.packed(mutations.of_idx),
        functools.partial(_mnist, "t10k-images-idx3", ".gz"),
        ".gz",
    ),
    "program": Kind(
        _programs, mutations.of_text, lambda path, _: from_text(path.read_text("utf-8", "replace"))
    ),
    "cache": Kind(_cached, mutations.of_bytes, _use_cached, ".o"),
}
