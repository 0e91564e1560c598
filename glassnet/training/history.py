"""What a training run leaves behind for people: the curves, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["History", "Scores"]


@dataclass
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

    history: dict[str, list[float]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    stopped: str = ""
    seconds: float = 0.0

    def add(self, epoch: int, logs: dict[str, float]) -> None:
        """Append the numbers of one epoch."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))

    def best(self, name: str = "val_loss", mode: str = "min") -> tuple[int, float]:
        """Return epoch and value of the best entry of one curve."""
        values = self.history[name]
        choose = min if mode == "min" else max
        place = values.index(choose(values))
        return self.epoch[place], values[place]


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

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.as_dict()[key]
        return super().__getitem__(key)

    def __getattr__(self, name: str) -> float:
        if name in self.__dict__.get("names", ()):
            return self.as_dict()[name]
        raise AttributeError(f"there is no score {name!r}; there are {', '.join(self.names)}")

    def __float__(self) -> float:
        return float(super().__getitem__(0))

    def as_dict(self) -> dict[str, float]:
        """Return name to value."""
        return dict(zip(self.names, self, strict=True))

    def __repr__(self) -> str:
        return (
            "Scores("
            + ", ".join(f"{name}={value:.6g}" for name, value in self.as_dict().items())
            + ")"
        )
