"""One artificial neuron as a spam filter: first by hand, then learned from real messages."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

import glassnet as gn
from glassnet import plots
from glassnet.data.tables import read_table
from glassnet.examples._show import data_file, save, table

# More than one word in capitals; the word "Viagra".
SAMPLES = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], "float64")


def neuron(weights: tuple[float, ...] = (7.0, 3.0), offset: float = -5.0) -> gn.Sequential:
    """Return one sigmoid neuron with given weights."""
    net = gn.Sequential([gn.Input((len(weights),)), gn.layers.Dense(1, "sigmoid")], "float64")
    net.build()
    net.set_weights([np.reshape(weights, (-1, 1)), [offset]])
    return net


def by_hand(weights: tuple[float, ...] = (7.0, 3.0), offset: float = -5.0) -> list[list[float]]:
    """Return weighted sum, output and decision for the four kinds of message."""
    outputs = neuron(weights, offset).predict(SAMPLES)[:, 0]
    sums = SAMPLES @ np.array(weights) + offset
    return [[float(z), float(a), round(float(a))] for z, a in zip(sums, outputs, strict=True)]


def sms(path: Path, word: str, vocabulary: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the two inputs of every message, or which frequent words are in it, and the labels."""
    lines = [line.split("\t", 1) for line in path.read_text("utf-8").splitlines()]
    words = [re.findall(r"[a-z']+|[0-9]+|£", text.lower()) for _, text in lines]
    capitals = [len(re.findall(r"\b[A-Z]{2,}\b", text)) > 1 for _, text in lines]
    columns = [capitals, [word.lower() in one for one in words]]
    if vocabulary:
        flat, counts = np.unique([w for one in words for w in set(one)], return_counts=True)
        known = flat[np.argsort(-counts, kind="stable")[:vocabulary]]
        columns = [capitals, *([w in one for one in map(set, words)] for w in known)]
    return np.array(columns, "float32").T, np.array([label == "spam" for label, _ in lines])


def mails(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the two inputs of every e-mail (a long run of capitals; "remove"), all, the labels."""
    data = read_table(path, header=False)
    longest, remove = data.x[:, 55], data.x[:, 6]
    return np.column_stack([longest > 20, remove > 0]).astype("float32"), data.x, data.y


def learn(
    x: np.ndarray, y: np.ndarray, epochs: int = 30, seed: int = 0
) -> tuple[gn.Sequential, float]:
    """Return a neuron trained on four fifths of the messages, and its accuracy on the rest."""
    (x_train, y_train), (x_test, y_test) = gn.datasets.train_test_split(
        np.log1p(x), y.astype("float32").reshape(-1, 1), stratify=False
    )
    net = gn.Sequential([gn.layers.Dense(1, "sigmoid")], seed=seed)
    net.compile(gn.optimizers.Adam(0.01), "binary_crossentropy", ["accuracy"])
    net.fit(x_train, y_train, epochs=epochs, verbose=0)
    return net, net.evaluate(x_test, y_test, verbose=0).accuracy


def _report(name: str, y: np.ndarray, two: np.ndarray, all_: np.ndarray, epochs: int) -> list[list]:
    net, accuracy = learn(two, y, epochs)
    w = net.get_weights()[0].ravel() * np.log(2)  # log1p(1) is what a 1 becomes on its way in
    weights = f"{w[0]:.2f}, {w[1]:.2f}, offset {net.get_weights()[1][0]:.2f}"
    never = max(np.mean(y), 1 - np.mean(y))
    return [
        [name, "always the commoner answer", f"{never:.1%}", ""],
        [name, "two inputs", f"{accuracy:.1%}", weights],
        [name, f"{all_.shape[1]} inputs", f"{learn(all_, y, epochs)[1]:.1%}", ""],
    ]


def _learned(word: str, vocabulary: int, epochs: int) -> None:
    """Print what neurons learn from the messages that are at hand."""
    rows: list[list] = []
    if path := data_file("text/SMSSpamCollection"):
        (two, y), (many, _) = sms(path, word), sms(path, word, vocabulary)
        rows += _report("SMS", y, two, many, epochs)
    if path := data_file("tables/spambase.data"):
        two, many, y = mails(path)
        rows += _report("e-mail", y, two, many, epochs)
    if rows:
        print(table(["messages", "neuron", "accuracy", "weights"], rows))
    else:
        print("SMSSpamCollection and spambase.data (UCI) were not found: set GLASSNET_DATA to a")
        print("folder that holds text/SMSSpamCollection and tables/spambase.data.")


def main(
    weights: tuple[float, ...] = (7.0, 3.0),
    offset: float = -5.0,
    word: str = "claim",
    vocabulary: int = 1000,
    epochs: int = 30,
    picture: str = "neuron.png",
) -> None:
    """Filter spam by hand, then let the neuron learn from data.

    Parameters
    ----------
    weights : tuple of float
        The two weights: of the capitals and of the word.
    offset : float
        The offset (bias).
    word : str
        The word to look for in text messages, of which none speaks of Viagra.
    vocabulary : int
        Frequent words the larger neuron looks for.
    epochs : int
        Passes over the messages.
    picture : str
        File for the picture; "" for none.
    """
    if len(weights) != 2:
        raise gn.errors.ArgumentError(f"--weights needs two numbers, but {len(weights)} came")
    rows = [
        [*x.astype(int), f"{z:g}", f"{a:.4f}", k, "spam" if k else "no spam"]
        for x, (z, a, k) in zip(SAMPLES, by_hand(weights, offset), strict=True)
    ]
    print(table(["capitals", "Viagra", "weighted sum", "output", "rounded", ""], rows))
    _learned(word, vocabulary, epochs)
    print("Notice: the same neuron, the same sum; what it can tell depends on what it is given.")
    save(plots.neuron_regions(weights, offset, ("capitals", "Viagra")), picture)
