"""What a training run leaves behind for people: the curves, and how it ended."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, shown, suggestion

__all__ = ["History", "Scores"]


class History:
    """The record of one call of fit.

    Attributes
    ----------
    history : dict of str to list of float
        One number per epoch: ``loss``, metrics, and the same with ``val_`` in front.
    epoch : list of int
        Numbers of the epochs, from 0.
    params : dict
        Settings of the run: epochs, batch_size, seed, backend ...
    stopped : str
        Why the run ended: ``"all epochs done"``, ``"interrupted"``, or a callback's words.
    seconds : float
        Time spent training.
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.stopped = ""
        self.seconds = 0.0
        self._curves: dict[str, list[float]] = {}
        self._epochs: list[int] = []
        # Arrays of many epochs. To make lists of them may take longer than the epochs did, so
        # it is left until somebody looks.
        self._waiting: list[tuple[int, dict[str, np.ndarray]]] = []

    @property
    def history(self) -> dict[str, list[float]]:
        self._settle()
        return self._curves

    @history.setter
    def history(self, curves: dict[str, list[float]]) -> None:
        self._settle()
        self._curves = curves

    @property
    def epoch(self) -> list[int]:
        self._settle()
        return self._epochs

    @epoch.setter
    def epoch(self, numbers: list[int]) -> None:
        self._settle()
        self._epochs = numbers

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        for first, logs in waiting:
            for name, numbers in logs.items():
                self._curves.setdefault(name, []).extend(numbers.tolist())
            self._epochs.extend(range(first, first + len(numbers)))

    def last(self) -> dict[str, float]:
        """Return the numbers of the last epoch."""
        if self._waiting:
            return {name: float(numbers[-1]) for name, numbers in self._waiting[-1][1].items()}
        return {name: values[-1] for name, values in self._curves.items() if values}

    def __repr__(self) -> str:
        last = "".join(f", {name}={curve[-1]:.6g}" for name, curve in self.history.items() if curve)
        return f"<History: {len(self.epoch)} epochs{last}; {self.stopped or 'not ended'}>"

    def add(self, epoch: int, logs: dict[str, float]) -> None:
        """Append the numbers of one epoch."""
        numbers = {name: _number(name, value) for name, value in logs.items()}
        self.epoch.append(epoch)
        for name, number in numbers.items():
            self.history.setdefault(name, []).append(number)

    def add_many(self, first: int, logs: dict[str, np.ndarray]) -> None:
        """Append the numbers of several epochs, an array each."""
        self._waiting.append((first, logs))

    def best(self, name: str = "val_loss", mode: str = "min") -> tuple[int, float]:
        """Return epoch and value of the best entry of one curve."""
        if not self.history.get(name):
            raise ArgumentError(f"the history has no {name!r}{suggestion(name, self.history)}")
        if mode not in ("min", "max"):
            raise ArgumentError(f"mode={mode!r} must be 'min' or 'max'")
        values = self.history[name]
        choose = min if mode == "min" else max
        place = values.index(choose(values))
        return self.epoch[place], values[place]


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"a callback put {name!r}={shown(value)} into the logs of an epoch; only numbers can "
            "stand in the history"
        ) from None


class Scores(tuple):
    """Loss and metrics of an evaluation: unpacks like a list, and has names.

    Examples
    --------
    >>> scores = Scores({"loss": 0.5, "accuracy": 0.9})
    >>> loss, accuracy = scores
    >>> scores["accuracy"], scores.loss, scores[1]
    (0.9, 0.5, 0.9)
    """

    names: tuple[str, ...]

    def __new__(cls, values: dict[str, float]) -> Scores:
        scores = super().__new__(cls, values.values())
        scores.names = tuple(values)
        return scores

    def __getnewargs__(self) -> tuple[dict[str, float]]:
        return (self.as_dict(),)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self.names:
                raise ArgumentError(f"there is no score {key!r}{suggestion(key, self.names)}")
            return self.as_dict()[key]
        return super().__getitem__(key)

    def __getattr__(self, name: str) -> float:
        names = self.__dict__.get("names", ())
        if name in names:
            return self.as_dict()[name]
        raise AttributeError(f"there is no score {name!r}; there are {', '.join(names)}")

    def __float__(self) -> float:
        return float(super().__getitem__(0))

    def __format__(self, spec: str) -> str:
        """Format every number: f"{scores:.3f}" gives the loss alone, or all with their names."""
        if not spec:
            return repr(self)
        if len(self) == 1:
            return format(float(self), spec)
        return ", ".join(f"{name} {format(value, spec)}" for name, value in self.as_dict().items())

    def as_dict(self) -> dict[str, float]:
        """Return name to value."""
        return dict(zip(self.names, self, strict=True))

    def __repr__(self) -> str:
        return (
            "Scores("
            + ", ".join(f"{name}={value:.6g}" for name, value in self.as_dict().items())
            + ")"
        )
