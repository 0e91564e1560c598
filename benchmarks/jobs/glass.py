"""glassnet: ``fit``, the backend left to "auto"."""

from __future__ import annotations

import glassnet as gn
from benchmarks.jobs._job import Net, Weights, trained


def train(net: Net, x, y) -> Weights:
    hidden = [gn.layers.Dense(width, net.hidden) for width in net.widths[1:-1]]
    model = gn.Sequential([*hidden, gn.layers.Dense(net.widths[-1], "softmax")], seed=net.seed)
    model.compile(gn.optimizers.Adam(net.rate), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=net.batch, epochs=net.epochs, verbose=0)
    return model.get_weights()


trained(train)
