"""XOR: the smallest problem that needs a hidden layer."""

from __future__ import annotations

from glassnet.examples._logic import show


def main(
    epochs: int = 500,
    rate: float = 0.1,
    hidden: int = 3,
    seed: int = 0,
    picture: str = "xor.png",
) -> None:
    """Train a network on the table of XOR.

    Parameters
    ----------
    epochs : int
        Steps, each with all four rows of the table.
    rate : float
        Learning rate of Adam.
    hidden : int
        Units of a hidden layer; 0 for none.
    seed : int
        Seed of the initial weights.
    picture : str
        File for the picture; "" for none.
    """
    show("xor", hidden, epochs, rate, seed, picture)
    print("Notice: with --hidden 0 no training helps; a few hidden units bend the line.")
