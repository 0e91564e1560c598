"""A run that writes a checkpoint after every batch; test_kill.py ends it the hard way.

Called as ``python long_run.py CHECKPOINT``: says "ready" when it begins to train, goes on from
the checkpoint if there is one, and says "done" when it has come to the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import glassnet as gn
from glassnet.random import normal

EPOCHS = 20


class Ready(gn.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("ready", flush=True)


def callbacks():
    """Callbacks that carry something from epoch to epoch."""
    return [
        gn.callbacks.EarlyStopping(patience=100),
        gn.callbacks.ReduceLROnPlateau(patience=1, min_delta=0.02, factor=0.7),
    ]


def network():
    net = gn.Sequential(
        [
            gn.layers.Normalization(),
            gn.layers.Dense(40, "tanh"),
            gn.layers.Dropout(0.3),
            gn.layers.Dense(3, "softmax"),
        ],
        seed=4,
    )
    net.compile(gn.optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    return net


def train(path=None, *, resume=None, extra=()):
    """Return the network and its history after the whole run."""
    x = normal(0, "x", (70, 20)).astype("float32")
    y = (x[:, :3] ** 2).argmax(axis=1)
    writing = [gn.callbacks.ModelCheckpoint(path, save_freq=1)] if path else []
    net = network()
    history = net.fit(
        x, y, epochs=EPOCHS, batch_size=16, validation_split=0.2, verbose=0, resume=resume,
        callbacks=[*callbacks(), *writing, *extra],
    )  # fmt: skip
    return net, history


if __name__ == "__main__":
    file = Path(sys.argv[1])
    train(file, resume=file if file.exists() else None, extra=[Ready()])
    print("done", flush=True)
