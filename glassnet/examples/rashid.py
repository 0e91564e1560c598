"""T. Rashid's network: MNIST one image at a time, own digits, and a look backwards."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.examples._show import save
from glassnet.quoting import visible


def untrained_query(seed: int = 0) -> np.ndarray:
    """Return what a fresh 3-3-3 network with rate 0.3 answers to 1.0, 0.5, -1.5."""
    np.random.seed(seed)  # noqa: NPY002  as the book draws its weights
    return gn.classic.RashidNetwork(3, 3, 3, 0.3).query([1.0, 0.5, -1.5])


def scaled(x: np.ndarray) -> np.ndarray:
    """Return pixels from 0.01 to 1: a 0 would keep its weights from learning."""
    return x.reshape(len(x), 784) / np.float32(255) * np.float32(0.99) + np.float32(0.01)


def targets(y: np.ndarray) -> np.ndarray:
    """Return 0.99 for the digit, 0.01 elsewhere: a sigmoid reaches neither 1 nor 0."""
    return gn.utils.to_categorical(y, 10) * np.float32(0.98) + np.float32(0.01)


def rotated(x: np.ndarray, degrees: float) -> np.ndarray:
    """Return images turned about their centre, with values between pixels in proportion."""
    angle = np.deg2rad(degrees)
    grid = np.arange(28) - 13.5
    rows = np.cos(angle) * grid[:, None] - np.sin(angle) * grid[None, :] + 13.5
    columns = np.sin(angle) * grid[:, None] + np.cos(angle) * grid[None, :] + 13.5
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    wide = np.pad(x.reshape(-1, 28, 28).astype("float32"), ((0, 0), (8, 8), (8, 8)))
    turned = np.zeros((len(x), 28, 28), "float32")
    for down in (0, 1):
        for right in (0, 1):
            share = (1 - np.abs(rows - top - down)) * (1 - np.abs(columns - left - right))
            turned += share.astype("float32") * wide[:, top + down + 8, left + right + 8]
    return turned


def network(hidden: int = 200, rate: float = 0.1, seed: int = 0) -> gn.Sequential:
    """Return 784-hidden-10, sigmoid, no bias, weights from N(0, n_in^-½)."""
    layers = [
        gn.layers.Dense(
            units,
            "sigmoid",
            use_bias=False,
            kernel_initializer=gn.initializers.RandomNormal(0.0, n_in**-0.5),
        )
        for n_in, units in ((784, hidden), (hidden, 10))
    ]
    net = gn.Sequential([gn.Input((784,)), *layers], seed=seed)
    net.compile(gn.optimizers.SGD(rate), "half_sum_squared_error", ["accuracy"])
    return net


def train(
    epochs: int = 5,
    rate: float = 0.1,
    hidden: int = 200,
    seed: int = 0,
    rotations: float = 0.0,
    samples: int = 60_000,
    verbose: int = 0,
) -> tuple[gn.Sequential, np.ndarray]:
    """Return the trained network and its score card: for each test image, whether it is right."""
    (x, y), (x_test, y_test) = gn.datasets.mnist.load_data()
    x, y = x[:samples], y[:samples]
    if rotations:
        x = np.concatenate([x, rotated(x, rotations), rotated(x, -rotations)])
        y = np.tile(y, 3)
    net = network(hidden, rate, seed)
    net.fit(scaled(x), targets(y), batch_size=1, epochs=epochs, verbose=verbose)
    return net, net.predict_labels(scaled(x_test)) == y_test


def back_query(net: gn.Sequential, digit: int) -> np.ndarray:
    """Return the image that the network, run backwards from an ideal answer, has in mind."""
    signal = targets(np.array([digit]))
    for W in reversed(net.get_weights()):
        signal = np.log(signal / (1 - signal)) @ W.T  # the inverse of the sigmoid, then back
        signal = 0.98 * (signal - signal.min()) / (signal.max() - signal.min()) + 0.01
    return signal.reshape(28, 28)


def own_digits(files: tuple[str, ...]) -> list[np.ndarray]:
    """Read pictures of digits, dark on white, as images of 28x28 pixels from 0 to 255."""
    return [255 * fitted(1 - plots.read_grey(file), file) for file in files]


def fitted(ink: np.ndarray, file: str) -> np.ndarray:
    """Return a picture in 28x28 pixels: set in a square of white, each pixel a mean of those below.

    >>> fitted(np.ones((56, 28)), "one.png").mean(axis=0)[6:9]
    one.png: 28x56 pixels, scaled to 28x28
    array([0., 1., 1.])
    """
    height, width = ink.shape
    if (height, width) == (28, 28):
        return ink
    print(f"{visible(file)}: {width}x{height} pixels, scaled to 28x28")
    side = max(height, width)
    above, before = (side - height) // 2, (side - width) // 2
    square = np.pad(ink, ((above, side - height - above), (before, side - width - before)))
    # How much of each pixel of the picture lies within each of the 28.
    edges, own = np.linspace(0, side, 29), np.arange(side)
    within = np.clip(np.minimum(edges[1:, None], own + 1) - np.maximum(edges[:-1, None], own), 0, 1)
    share = within / within.sum(axis=1, keepdims=True)
    return share @ square @ share.T


def read_own_digits(net: gn.Sequential, files: tuple[str, ...], images: list[np.ndarray]) -> None:
    """Print what the network takes pictures for."""
    for file, image in zip(files, images, strict=True):
        outputs = net.predict(scaled(image[None].astype("float32")))[0]
        print(f"{visible(file)}: {outputs.argmax()} ({outputs.max():.3f})")


def main(
    epochs: int = 5,
    rate: float = 0.1,
    hidden: int = 200,
    seed: int = 0,
    rotations: float = 0.0,
    samples: int = 60_000,
    png: tuple[str, ...] = (),
    picture: str = "rashid.png",
) -> None:
    """Train on MNIST one image at a time, print the score card, look backwards.

    Parameters
    ----------
    epochs : int
        Passes over the training images.
    rate : float
        Learning rate.
    hidden : int
        Units of the hidden layer.
    seed : int
        Seed of initial weights and of the order of the images.
    rotations : float
        Degrees: every image is also shown turned by so much to either side.
    samples : int
        Training images to use.
    png : tuple of str
        Files of your own digits, one in each, dark on white; scaled to 28x28 pixels.
    picture : str
        File for the ten images of the back query; "" for none.
    """
    own = own_digits(png)  # before the training, which takes a while: a file may be missing
    print("untrained 3-3-3 network asked 1.0, 0.5, -1.5:")
    print(untrained_query(seed))
    net, card = train(epochs, rate, hidden, seed, rotations, samples, verbose=1)
    print("score card, first 20 test images:", card[:20].astype(int).tolist())
    print(f"performance = {card.mean():.4f}; the book prints 0.9747 (5 epochs, 200 hidden nodes)")
    images, titles = [back_query(net, digit) for digit in range(10)], [str(k) for k in range(10)]
    read_own_digits(net, png, own)
    for file, image in zip(png, own, strict=True):
        images.append(image / 255)
        titles.append(file.rsplit("/", 1)[-1])
    print(
        "Notice: run backwards, the network shows what it looks for: dark where ink speaks for\n"
        "the digit, light where ink speaks against it."
    )
    save(plots.image_grid(images, titles, columns=5), picture)
