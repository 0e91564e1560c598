"""What a training run leaves behind for people: the curves, and how it ended."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, shown, suggestion
from glassnet.quoting import visible
from glassnet.translation import plural

__all__ = ["History", "Scores", "mode_of"]

_HIGHER_IS_BETTER = ("acc", "auc", "exact_match", "f1", "precision", "recall", "r2")
# Of several outputs each number begins with the name of its own: out1_f1, val_out1_loss.
_ENDS_OF_GAINS = ("accuracy", "auc", *(f"_{name}" for name in _HIGHER_IS_BETTER))
_LOWER_IS_BETTER = ("loss", "_error", "bit_fail")


def mode_of(monitor: str, mode: str = "auto") -> str:
    """Return "max" or "min" for a number of the history: what its name says, or the mode.

    Examples
    --------
    >>> mode_of("val_loss"), mode_of("val_accuracy"), mode_of("accuracy", "min")
    ('min', 'max', 'min')
    """
    if mode not in ("auto", "min", "max"):
        raise ArgumentError(f"mode={shown(mode)} must be 'auto', 'min' or 'max'")
    if mode != "auto":
        return mode
    name = monitor.removeprefix("val_")
    if name.endswith(_LOWER_IS_BETTER):  # of an output that is called precision, say
        return "min"
    is_gain = name.startswith(_HIGHER_IS_BETTER) or name.endswith(_ENDS_OF_GAINS)
    return "max" if is_gain else "min"


class History:
    """The record of one call of fit.

    Attributes
    ----------
    history : dict of str to list of float
        One number per epoch: ``loss``, metrics, and the same with ``val_`` in front. A number that
        a callback logs in some epochs only has a shorter list; `epochs_of` says which they are.
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
        # The epochs of the curves that do not have a number for every epoch.
        self._own_epochs: dict[str, list[int]] = {}
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
        self._own_epochs = {}

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
            lists = {name: numbers.tolist() for name, numbers in logs.items()}
            count = max(map(len, lists.values()), default=0)
            self._extend(list(range(first, first + count)), lists)

    def _extend(self, epochs: list[int], logs: dict[str, list[float]]) -> None:
        """Append epochs, each curve with the numbers it has for all of them or for none."""
        for name in {**self._curves, **logs}:
            is_new = name not in self._curves and bool(self._epochs)
            if name not in self._own_epochs and (is_new or name not in logs):
                self._own_epochs[name] = [] if is_new else list(self._epochs)
            if name in logs:
                self._curves.setdefault(name, []).extend(logs[name])
                if name in self._own_epochs:
                    self._own_epochs[name].extend(epochs)
        self._epochs.extend(epochs)

    def last(self) -> dict[str, float]:
        """Return the newest number of every curve."""
        if self._waiting:
            return {name: float(numbers[-1]) for name, numbers in self._waiting[-1][1].items()}
        return {name: values[-1] for name, values in self._curves.items() if values}

    def __repr__(self) -> str:
        epochs = plural("{n} epoch", "{n} epochs", len(self.epoch))
        last = "".join(
            f", {visible(name)}={curve[-1]:.6g}" for name, curve in self.history.items() if curve
        )
        return f"<History: {epochs}{last}; {self.stopped or 'not ended'}>"

    def add(self, epoch: int, logs: dict[str, float]) -> None:
        """Append the numbers of one epoch."""
        numbers = {name: _number(name, value) for name, value in logs.items()}
        self._settle()
        self._extend([epoch], {name: [number] for name, number in numbers.items()})

    def add_many(self, first: int, logs: dict[str, np.ndarray]) -> None:
        """Append the numbers of several epochs, an array each."""
        self._waiting.append((first, logs))

    def epochs_of(self, name: str) -> list[int]:
        """Return the numbers of the epochs, from 0, that one curve has values for.

        Parameters
        ----------
        name : str
            Key in ``history``.

        Raises
        ------
        ArgumentError
            If there is no such curve, or it was put there by hand with another length.

        Examples
        --------
        >>> history = History()
        >>> for epoch in range(4):
        ...     history.add(
        ...         epoch, {"loss": 1.0, "slow": 0.1 * epoch} if epoch % 2 else {"loss": 1.0}
        ...     )
        >>> history.epochs_of("slow"), history.best("slow", "max")
        ([1, 3], (3, 0.30000000000000004))
        """
        values = self._curve(name)
        for epochs in (self._own_epochs.get(name), self.epoch):
            if epochs is not None and len(epochs) == len(values):
                return list(epochs)
        raise ArgumentError(
            f"the history has {len(values)} values of {name!r} for {len(self.epoch)} epochs and "
            "does not know which epochs they are from; a callback that puts a number into the "
            "logs in on_epoch_end is recorded with its epoch"
        )

    def _curve(self, name: str) -> list[float]:
        if not self.history.get(name):
            raise ArgumentError(f"the history has no {name!r}{suggestion(name, self.history)}")
        return self.history[name]

    def best(self, name: str = "val_loss", mode: str = "auto") -> tuple[int, float]:
        """Return epoch (from 0) and value of the best entry of one curve, the first if several.

        Parameters
        ----------
        name : str, default "val_loss"
        mode : {"auto", "min", "max"}
            "auto" goes by the name, as callbacks that monitor a number do: the highest accuracy,
            the lowest loss.

        Raises
        ------
        ArgumentError
            If there is no such curve, or none of its values is a number.
        """
        values, wanted = self._curve(name), mode_of(name, mode)
        numbers = [value for value in values if value == value]
        if not numbers:
            raise ArgumentError(f"the history of {name!r} has no best entry: every value is NaN")
        place = values.index(min(numbers) if wanted == "min" else max(numbers))
        return self.epochs_of(name)[place], values[place]

    def sparse_epochs(self) -> dict[str, list[int]]:
        """Return the epochs of those curves that lack some, for a checkpoint."""
        self._settle()
        return {name: list(epochs) for name, epochs in self._own_epochs.items()}

    def restore(
        self,
        curves: dict[str, list[float]],
        epochs: list[int],
        sparse: dict[str, list[int]],
    ) -> None:
        """Take up the record of a run that is resumed."""
        self.history, self.epoch = curves, epochs
        self._own_epochs = sparse


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
    >>> "accuracy" in scores, dict(scores)
    (True, {'loss': 0.5, 'accuracy': 0.9})
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

    def __contains__(self, key: object) -> bool:
        return key in self.names if isinstance(key, str) else super().__contains__(key)

    def keys(self) -> tuple[str, ...]:
        """Return the names; with them ``dict(scores)`` works."""
        return self.names

    def items(self) -> list[tuple[str, float]]:
        """Return pairs of name and value."""
        return list(self.as_dict().items())

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
            + ", ".join(f"{visible(name)}={value:.6g}" for name, value in self.as_dict().items())
            + ")"
        )
