"""Random networks, large enough to be shared among threads: the same bits on any number of them.

As a program it goes through as many as you have patience for, and prints those that differ:
``python -m tests.backends.compiled.random_networks --first 0 --count 500``.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import glassnet as gn
from glassnet.backends import Compiled
from glassnet.random import normal

ACTIVATIONS = ("relu", "tanh", "sigmoid", "softplus", "elu", "gelu", "silu", "softsign")
WIDTHS = (3, 9, 17, 32, 60, 100, 130, 256, 300, 512, 513, 1024)
OPTIMIZERS = (
    lambda: gn.optimizers.SGD(1e-3),
    lambda: gn.optimizers.SGD(1e-3, momentum=0.9, nesterov=True),
    lambda: gn.optimizers.Adam(1e-3),
    lambda: gn.optimizers.Adam(1e-3, clip=gn.optimizers.ClipByGlobalNorm(0.5)),
    lambda: gn.optimizers.RMSprop(1e-3),
    lambda: gn.optimizers.Adagrad(1e-2),
    lambda: gn.optimizers.RPROP(delta_zero=1e-4, delta_max=1e-3),
)
LOSSES = ("sparse_categorical_crossentropy", "mean_squared_error", "huber")
THREADS = (1, 2, 3)


def layers_of(rng, classes):
    """Dense layers with what may stand between them: dropout, two branches, a penalty."""
    inputs = gn.Input((int(rng.choice(WIDTHS)),))
    x = inputs
    for _ in range(rng.integers(1, 4)):
        width = int(rng.choice(WIDTHS))
        penalty = rng.choice(np.array([None, "l2"]))
        activation = str(rng.choice(ACTIVATIONS))
        x = gn.layers.Dense(width, activation, kernel_regularizer=penalty)(x)
        kind = rng.integers(0, 5)
        if kind == 0:
            x = gn.layers.Dropout(0.3)(x)
        if kind == 1:
            x = gn.layers.Add()([x, gn.layers.Dense(width, "tanh")(x)])
        if kind == 2:
            x = gn.layers.Concatenate()([x, gn.layers.Rescaling(0.5)(x)])
    return inputs, x


def random_network(seed):
    """Return what makes a network, its data, and how it is trained: all of it drawn."""
    rng = np.random.default_rng(seed)
    dtype = str(rng.choice(["float32", "float64"]))
    loss = str(rng.choice(LOSSES))
    state = rng.bit_generator.state
    optimizer = OPTIMIZERS[rng.integers(len(OPTIMIZERS))]

    def make():
        own = np.random.default_rng(0)
        own.bit_generator.state = state
        inputs, x = layers_of(own, 4)
        last = "softmax" if loss.startswith("sparse") else "linear"
        net = gn.Model(inputs, gn.layers.Dense(4, last)(x), dtype=dtype, seed=seed)
        net.compile(optimizer(), loss=loss, metrics=["mae"] if last == "linear" else ["accuracy"])
        return net, inputs.shape[-1]

    features = make()[1]
    batch = int(rng.choice([1, 33, 64, 128, 256, 700]))
    rows = max(batch, 12) * int(rng.integers(1, 4)) + int(rng.choice([0, 0, 1, 2, 5, 31]))
    x = normal(seed, "x", (rows, features)).astype(dtype)
    y = normal(seed, "y", (rows, 4)).astype(dtype)
    y = y.argmax(axis=1) if loss.startswith("sparse") else y
    return lambda: make()[0], x, y, batch


def trained(make, x, y, batch, backend, epochs=3):
    net = make()
    history = net.fit(x, y, batch_size=batch, epochs=epochs, verbose=0, backend=backend)
    return net.get_weights(), history.history


def difference(seed, repeats=2):
    """Return what differs between runs on one, two and three threads; empty if nothing does."""
    case = random_network(seed)
    expected, history = trained(*case, Compiled(threads=1))
    if not all(np.isfinite(w).all() for w in expected):
        return "not finite"
    for threads in THREADS * repeats:
        weights, found = trained(*case, Compiled(threads=threads))
        names = [name for name in history if history[name] != found[name]]
        places = [n for n, (a, b) in enumerate(zip(weights, expected, strict=True))
                  if a.tobytes() != b.tobytes()]  # fmt: skip
        if names or places:
            return f"{threads} threads: weights {places}, history {names}"
    is_smooth = not isinstance(case[0]().network.optimizer, gn.optimizers.RPROP)
    is_double = case[1].dtype == "float64"
    return _gap_to_numpy(case, expected) if is_smooth and is_double else ""


def _gap_to_numpy(case, found):
    """Say how far the weights are from NumPy's, if that is farther than rounding explains.

    RPROP goes by the signs of slopes, and rounding may turn the sign of one that is nearly 0.
    """
    make, x, *more = case
    expected, _ = trained(*case, "numpy")
    gap = _gap(found, expected)
    if gap <= 1e-8:
        return ""
    # Small slopes under an epsilon as small make much of the last digit: of NumPy's as well.
    own = _gap(trained(make, x * (1 + 2.0**-52), *more, "numpy")[0], expected)
    return f"{gap:.1e} away from NumPy, which moves by {own:.1e}" if gap > 3 * own else ""


def _gap(found, expected):
    pairs = zip(found, expected, strict=True)
    return max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    chosen = parser.parse_args()
    until, tried, bad = time.monotonic() + chosen.seconds, 0, 0
    for seed in range(chosen.first, chosen.first + chosen.count):
        if time.monotonic() > until:
            break
        tried += 1
        found = difference(seed, chosen.repeats)
        if found:
            bad += 1
            print(f"network {seed}: {found}", flush=True)
    print(f"{tried} networks, {bad} differ")


if __name__ == "__main__":
    main()
