"""A. Trask's study of the learning rate: from far too small to far too large."""

from __future__ import annotations

from glassnet import plots
from glassnet.examples._show import save, table, twelve
from glassnet.examples.trask_three_layers import errors, network

TOLD, EVERY = 10_000, 250  # steps between two errors that are printed, and two of the picture
ALPHAS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


def main(
    alphas: tuple[float, ...] = ALPHAS,
    steps: int = 60_000,
    picture: str = "trask-learning-rates.png",
) -> None:
    """Train the 3-4-1 network with each learning rate from the same initial weights.

    Parameters
    ----------
    alphas : tuple of float
        Learning rates.
    steps : int
        Steps of gradient descent for each.
    picture : str
        File for the picture; "" for none.
    """
    curves = {}
    for alpha in alphas:
        print(f"\nTraining With Alpha:{alpha:g}")
        curves[f"{alpha:g}"] = found = errors(network(alpha), steps, EVERY, to_the_end=False)
        for number in range(0, len(found), TOLD // EVERY):
            print(f"Error after {number * EVERY} iterations:{twelve(found[number])}")
    print()
    print(
        table(
            ["alpha", "last error"],
            [[name, twelve(f[:: TOLD // EVERY][-1])] for name, f in curves.items()],
        )
    )
    print(
        "Notice: 0.001 barely moves, 10 is best, 100 jumps about, and 1000 ends on the flat part\n"
        "of the sigmoid, where every slope is 0 and nothing is learned any more."
    )
    places = [number * EVERY for number in range(len(found))]
    picture_of = plots.runs(
        curves, places, xlabel="step", ylabel="mean absolute error", legend="learning rate"
    )
    save(picture_of, picture)
