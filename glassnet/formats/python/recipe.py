"""What a printed program is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from glassnet.formats.python.library import LOOPS, NUMPY
from glassnet.graph import REGISTRY, Program

__all__ = ["RESERVED", "Draw", "Recipe", "Source"]

# Names the written program needs for itself.
RESERVED = frozenset(
    {
        *(set(REGISTRY) - {"step"}),  # the number of the step is called so
        *NUMPY,
        *LOOPS,
        *(
            "np",
            "Path",
            "math",
            "zlib",
            "n",
            "epoch",
            "epochs",
            "batch_size",
            "rows",
            "order",
            "start",
        ),
        *("total", "saved", "table", "result", "minimize", "unpack", "predict", "result"),
        *("SHUFFLE", "data", "file", "weights", "places", "first", "options", "new_value"),
        *("loss_and_gradient", "next_step", "buffers", "latest", *"ijklpqrstuvw"),
    }
)


@dataclass(frozen=True)
class Draw:
    """How a weight was drawn: by which function, and what that was given."""

    function: str
    stream: str
    numbers: tuple[float, float]


@dataclass
class Source:
    """A printed program.

    Attributes
    ----------
    text : str
    arrays : dict of str to ndarray
        What it reads from a ``.npz`` file; empty if it needs none.
    """

    text: str
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass
class Recipe:
    """A network and how it is trained.

    Attributes
    ----------
    title : str
        The first line of the program.
    program : Program
        The step with everything a reader wants to see, or the prediction.
    dtype : {"float32", "float64"}
    values : mapping of str to ndarray
        Weights and what the optimizer keeps, by the name of their input.
    draws : mapping of str to Draw
        Weights that still are as they were drawn.
    scalars : mapping of str to float
        Hyperparameters.
    data : mapping of str to ndarray
        Samples, targets and sample weights; empty if they are not known.
    streams : mapping of int to str
        Names of the streams of random numbers.
    rule : str
        What the function of one update is called.
    options : mapping, optional
        Where SciPy makes the steps: its options.
    """

    title: str
    program: Program
    dtype: str
    values: Mapping[str, np.ndarray]
    draws: Mapping[str, Draw] = field(default_factory=dict)
    scalars: Mapping[str, float] = field(default_factory=dict)
    data: Mapping[str, np.ndarray] = field(default_factory=dict)
    streams: Mapping[int, str] = field(default_factory=dict)
    seed: int = 0
    step: int = 0
    epoch: int = 0
    epochs: int = 1
    batch_size: int | None = None
    shuffle: bool = True
    is_sum: bool = False
    rule: str = "update"
    options: Mapping[str, float] | None = None
    file: str = "net.npz"
