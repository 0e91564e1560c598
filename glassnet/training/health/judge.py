"""The judge of a run: what its learning curves say, as facts.

Takes the curves by name and how the run ended; gives a :class:`RunCurves`. The Doctor asks it while
a network trains, the diagnosis, the report and the pictures of curves afterwards; each puts the
facts in its own words. The limits stand in ``limits.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from glassnet.training.health.limits import (
    GROWN,
    HARMS,
    LAST_FALL,
    LAST_PART,
    LITTLE,
    MATTERS,
    REST,
    RISEN,
    SINCE_BEST,
    STILL,
    STILL_FALLING,
    STUCK,
)
from glassnet.translation import _

__all__ = ["Curve", "RunCurves"]


@dataclass(frozen=True)
class Curve:
    """A loss by epoch.

    Examples
    --------
    >>> Curve([1.0, 0.4, 0.5, 0.6, 0.8]).has_turned, Curve([1.0, 0.4, 0.41, 0.42, 0.4]).has_turned
    (True, False)
    >>> Curve([1.0, 0.8, 0.6, 0.4]).is_still_falling, Curve([1.0, 0.2, 0.101, 0.1]).is_still_falling
    (True, False)
    """

    values: Sequence[float]

    @property
    def best(self) -> int:
        """Place of the lowest value."""
        return int(np.argmin(self.values))

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.values).all())

    @property
    def way(self) -> float:
        """How far it fell from the first value to the lowest."""
        return self.values[0] - min(self.values)

    @property
    def has_moved(self) -> bool:
        """Whether the lowest value is clearly below the first."""
        return self.way > STUCK * max(abs(self.values[0]), 1e-12)

    @property
    def has_turned(self) -> bool:
        """Whether it has risen well above its lowest value, and not just now."""
        if not len(self.values):
            return False
        low, last = self.values[self.best], self.values[-1]
        is_old = len(self.values) - 1 - self.best >= SINCE_BEST
        return is_old and last > RISEN * low and last - low > MATTERS * self.values[0]

    @property
    def has_grown(self) -> bool:
        """Whether it is far above its first value."""
        values = self.values
        return len(values) > 1 and values[0] > 0 and values[-1] > GROWN * values[0]

    @property
    def late(self) -> int:
        """Place where the last part of the run begins."""
        return min(int(LAST_PART * len(self.values)), len(self.values) - 2)

    @property
    def late_fall(self) -> float:
        """How far it fell in the last part of the run."""
        return self.values[self.late] - self.values[-1]

    @property
    def is_still_falling(self) -> bool:
        """Whether it was still getting better in the last epochs."""
        if len(self.values) < 2 or self.best + 1 < STILL_FALLING * len(self.values):
            return False
        return self.way > STUCK * self.values[0] and self.late_fall >= LAST_FALL * self.way

    def rest_above(self, guess: float) -> float | None:
        """Return where it has come to rest if that is no better than a guess, else None."""
        if len(self.values) < REST or not guess > 0 or not self.is_finite:
            return None
        half = np.asarray(self.values[len(self.values) // 2 :])
        early, late = half[: len(half) // 2].mean(), half[len(half) // 2 :].mean()
        is_better = late < (1 - LITTLE) * guess
        return None if is_better or abs(early - late) > STILL * guess else float(late)


@dataclass(frozen=True)
class RunCurves:
    """The curves of a run, and how it ended.

    Attributes
    ----------
    curves : mapping of str to sequence of float
        As in ``History.history``.
    stopped : str
        As in ``History.stopped``.
    """

    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    stopped: str = ""

    @cached_property
    def loss(self) -> Curve:
        return Curve(list(self.curves.get("loss", ())))

    @cached_property
    def validation(self) -> Curve:
        return Curve(list(self.curves.get("val_loss", ())))

    @property
    def watched(self) -> str:
        """The curve that tells most: the validation loss where there is one."""
        return "val_loss" if "val_loss" in self.curves else "loss"

    @property
    def watched_curve(self) -> Curve:
        return self.validation if self.watched == "val_loss" else self.loss

    @property
    def watched_name(self) -> str:
        """What the watched curve is called, for people."""
        return _("validation loss") if self.watched == "val_loss" else _("training loss")

    @property
    def has_diverged(self) -> bool:
        """Whether the run ended because a number was no longer finite."""
        if any(f" became {word}" in self.stopped for word in ("nan", "inf", "-inf")):
            return True
        # A metric may be NaN in a healthy run: ROC AUC is, where a class is absent.
        return not (self.loss.is_finite and self.validation.is_finite)

    @property
    def is_used_up(self) -> bool:
        """Whether all epochs that were wanted were made."""
        return self.stopped == "all epochs done"

    @property
    def is_unfinished(self) -> bool:
        """Whether the watched loss was still falling when the epochs were used up."""
        return self.is_used_up and self.watched_curve.is_still_falling

    @property
    def is_overfitting(self) -> bool:
        """Whether the validation loss has turned while the training loss fell on."""
        losses, turned = self.loss.values, self.validation
        if not turned.has_turned or len(losses) != len(turned.values):
            return False
        return losses[-1] < losses[turned.best]

    @property
    def rise_harms(self) -> bool:
        """Whether the validation loss has risen by more than chance may make it."""
        values = self.validation.values
        first = max([values[0], *self.loss.values[:1]])
        return values[-1] - min(values) >= HARMS * first
