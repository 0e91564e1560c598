"""Callbacks that tests of callbacks need."""

from __future__ import annotations

import numpy as np

from glassnet.callbacks import Callback


class Curve(Callback):
    """Makes the run believe in a given validation loss; has to come before who watches it."""

    def __init__(self, values, name="val_loss"):
        self.values, self.name = values, name

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


class Weights(Callback):
    """Keeps the weights from the end of every epoch."""

    def __init__(self):
        self.kept = []

    def on_epoch_end(self, epoch, logs=None):
        self.kept.append(self.model.get_weights())


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
