"""Functions to minimize, dressed as networks: the loss is a function of one weight."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet.layers import Layer
from glassnet.losses import Loss


class Point(Layer):
    """Gives its weight for every sample, whatever the sample is."""

    def __init__(self, start, name=None):
        super().__init__(name)
        self.start = start

    def build(self, *shapes):
        self.add_weight("w", "w", np.shape(self.start), gn.initializers.Constant(self.start))

    def output_shape(self, *shapes):
        return np.shape(self.start)

    def call(self, context, *inputs):
        return 0.0 * gn.ops.sum(inputs[0], axis=1, keepdims=True) + self.weight(context, "w")


class Surface(Loss):
    """The loss of a sample is a function of the network's output."""

    function = staticmethod(lambda w: gn.ops.sum(gn.ops.square(w), axis=1))

    def per_sample(self, targets, predictions):
        return self.function(predictions)


class Parabola(Surface):
    """Σ a (w - c)², a = 1, 10 and c = 3, -2."""

    def per_sample(self, targets, predictions):
        w = predictions
        return gn.ops.square(w[:, 0] - 3.0) + 10.0 * gn.ops.square(w[:, 1] + 2.0)


class Rosenbrock(Surface):
    """(1 - a)² + 100 (b - a²)²; its minimum lies at (1, 1) in a long bent valley."""

    def per_sample(self, targets, predictions):
        a, b = predictions[:, 0], predictions[:, 1]
        return gn.ops.square(1.0 - a) + 100.0 * gn.ops.square(b - gn.ops.square(a))


class Surroundings:
    """A surface, a point on it and an optimizer."""

    def __init__(self, optimizer, loss, start, backend="numpy"):
        self.net = gn.Sequential([gn.Input((1,)), Point(list(start))], dtype="float64", seed=0)
        self.net.compile(optimizer, loss=loss)
        self.size = len(start)
        self.backend = backend

    @property
    def w(self):
        return self.net.get_weights()[0]

    def walk(self, steps, **settings):
        """Make steps; return the weight."""
        x, y = np.ones((1, 1)), np.zeros((1, self.size))
        self.net.fit(x, y, epochs=steps, verbose=0, backend=self.backend, **settings)
        return self.w
