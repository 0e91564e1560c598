"""OR: one neuron learns the table."""

from __future__ import annotations

from glassnet.examples._logic import show


def main(
    epochs: int = 500,
    rate: float = 0.1,
    hidden: int = 0,
    seed: int = 0,
    picture: str = "or.png",
) -> None:
    """Train a network on the table of OR.

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
    show("or", hidden, epochs, rate, seed, picture)
    print("Notice: one straight line parts the ones from the zeros, so one neuron is enough.")
