"""Layers with buffers, to test what a network does with them."""

from glassnet import ops
from glassnet.layers.base import Layer, single


class MovingMean(Layer):
    """a = x - m, m the moving mean of the batches before: m ← momentum · m + (1 - momentum) x̄."""

    def __init__(self, momentum=0.75, name=None):
        super().__init__(name)
        self.momentum = momentum

    def build(self, *input_shapes):
        self.add_weight("mean", "m", single(input_shapes, self)[-1:], "zeros", is_parameter=False)

    def output_shape(self, *input_shapes):
        return single(input_shapes, self)

    def call(self, context, *inputs):
        x, mean = inputs[0], self.weight(context, "mean")
        batch = ops.mean(x, axis=tuple(range(x.ndim - 1)))
        new = self.momentum * mean + (1.0 - self.momentum) * batch
        if context.is_training:
            self.update(context, "mean", new)
        return x - mean


class Counter(Layer):
    """a = x: counts the calls in training; the buffer has no axes."""

    def build(self, *input_shapes):
        self.add_weight("count", "c", (), "zeros", is_parameter=False)

    def output_shape(self, *input_shapes):
        return single(input_shapes, self)

    def call(self, context, *inputs):
        # As an older layer may do it, and in prediction too, where it has no effect.
        context.updates[self.weights["count"].name] = self.weight(context, "count") + 1.0
        return inputs[0]


class Scaled(Layer):
    """a = s x + b / (1 + c): a parameter s, and buffers b and c that the output depends on."""

    def build(self, *input_shapes):
        shape = single(input_shapes, self)[-1:]
        self.add_weight("scale", "s", shape, "ones")
        self.add_weight("last", "l", shape, "ones", is_parameter=False)
        self.add_weight("count", "c", (), "zeros", is_parameter=False)

    def output_shape(self, *input_shapes):
        return single(input_shapes, self)

    def call(self, context, *inputs):
        x, last, count = inputs[0], self.weight(context, "last"), self.weight(context, "count")
        if context.is_training:
            # The new values read each other's old ones.
            mean = ops.mean(x, axis=tuple(range(x.ndim - 1)))
            self.update(context, "last", 0.5 * last + 0.25 * mean / (1.0 + count))
            self.update(context, "count", count + 0.125 * ops.sum(last))
        return x * self.weight(context, "scale") + last / (1.0 + count)


CUSTOM = {cls.__name__: cls for cls in (MovingMean, Counter, Scaled)}
