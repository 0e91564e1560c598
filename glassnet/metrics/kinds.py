"""What targets are, and which classes or answers predictions mean.

Longer than other files: all cases of labels, one-hot rows and scores are decided in one place, and
each refusal has a message of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.data.classes import is_one_hot, levels_of
from glassnet.errors import ArgumentError, DataError, ShapeError

__all__ = ["Decided", "Kind", "decide", "kind_of", "merged", "scored"]

NAMES = ("labels", "one_hot", "binary", "values")


class Kind(str):
    """What targets are: a name, and the two levels between which a row says no and yes.

    It is a string, so that ``kind == "labels"`` can be asked.

    Parameters
    ----------
    name : {"labels", "one_hot", "binary", "values"}
        Class numbers, one row a sample with a place for each class, a yes or no in every place, or
        quantities.
    low, high : float, default 0 and 1
        The levels; -1 and 1 for outputs of tanh.

    Examples
    --------
    >>> kind = Kind("binary", -1, 1)
    >>> kind == "binary", kind.threshold
    (True, 0.0)
    """

    low: float
    high: float

    def __new__(cls, name: str, low: float = 0.0, high: float = 1.0) -> Kind:
        if name not in NAMES:
            raise ArgumentError(f"kind={name!r} must be one of {', '.join(NAMES)}")
        kind = super().__new__(cls, name)
        kind.low, kind.high = float(low), float(high)
        return kind

    def __getnewargs__(self) -> tuple[str, float, float]:  # type: ignore[override]
        return str(self), self.low, self.high

    def __repr__(self) -> str:
        return f"Kind({str(self)!r}, {self.low:g}, {self.high:g})"

    @property
    def threshold(self) -> float:
        """The number from which on an output says yes: half way between the levels."""
        return (self.low + self.high) / 2

    def fits(self, y: np.ndarray) -> bool:
        """Return whether targets of a loss of values can be of this kind."""
        if self == "values":
            return True
        if not np.all((y == self.low) | (y == self.high)):
            return False
        return self != "one_hot" or is_one_hot(y, self.high)


def kind_of(name: str, y: np.ndarray) -> Kind:
    """Return what targets are: as their loss says, and where it takes any numbers, as they look.

    Parameters
    ----------
    name : str
        The loss's ``target_kind``.
    y : ndarray

    Examples
    --------
    >>> kind_of("values", np.array([[0.0, 1.0], [1.0, 0.0]]))
    Kind('one_hot', 0, 1)
    >>> kind_of("values", np.array([[-1.0], [1.0]]))
    Kind('binary', -1, 1)
    >>> kind_of("binary", np.array([[0.0, 1.0], [1.0, 0.0]]))
    Kind('binary', 0, 1)
    """
    if name != "values":
        return Kind(name)
    levels = levels_of(y)
    if levels is None or not _are_usual(*levels):
        return Kind("values")
    return Kind("one_hot" if is_one_hot(y, levels[1]) else "binary", *levels)


def _are_usual(low: float, high: float) -> bool:
    """Return whether two values can stand for no and yes: a few quantities may be but two."""
    is_even = min(abs(low + high), abs(low + high - 1)) < 1e-6  # -1 and 1, 0.1 and 0.9
    return is_even or (low.is_integer() and high.is_integer())


def merged(one: Kind, other: Kind) -> Kind:
    """Return the kind that the targets of both kinds have in common."""
    if (one.low, one.high) != (other.low, other.high) or "values" in (one, other):
        return Kind("values")
    return one if one == other else Kind("binary", one.low, one.high)


@dataclass(frozen=True)
class Decided:
    """Targets and predictions in one form.

    Attributes
    ----------
    true, predicted : ndarray
        Class numbers ``(n,)``; where a row has several answers, truth values ``(n, k)``.
    labels : ndarray
        The label of every class number, in ascending order; the numbers of the columns where a
        row has several answers.
    """

    true: np.ndarray
    predicted: np.ndarray
    labels: np.ndarray

    @property
    def is_multi_label(self) -> bool:
        return self.true.ndim == 2


def decide(y_true: Any, y_pred: Any, kind: str | None = None) -> Decided:
    """Return which class, or which answers, targets and predictions mean.

    Raises
    ------
    ShapeError, DataError
        If they do not fit together, or hold no classes.
    """
    _check_kind(kind)
    true, predicted = arrays(y_true, y_pred)
    _check_numbers(predicted)
    if true.ndim == 2:
        return _of_rows(true, predicted, kind)
    if predicted.ndim == 2:
        labels = _labels_of_columns(true, predicted.shape[1], kind)
        return Decided(np.searchsorted(labels, true), predicted.argmax(axis=1), labels)
    if kind == "binary":
        kind = _with_levels(kind, true)
        yes = (true >= kind.threshold).astype(np.int64)
        said = (predicted >= kind.threshold).astype(np.int64)
        return Decided(yes, said, np.array([kind.low, kind.high]))
    return _of_columns(true, predicted)


def arrays(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one row a sample, columns flat."""
    true, predicted = _array(y_true, "y_true"), _array(y_pred, "y_pred")
    if len(true) != len(predicted):
        raise ShapeError(f"y_true has {len(true)} samples but y_pred has {len(predicted)}")
    if len(true) == 0:
        raise DataError("a metric of no samples is not defined: y_true is empty")
    if true.ndim > 1 and predicted.ndim == true.ndim + 1:  # one class for every step of a sequence
        true, predicted = true.reshape(-1), predicted.reshape(-1, predicted.shape[-1])
    if true.ndim > 2 or predicted.ndim > 2:
        if true.shape != predicted.shape:
            raise ShapeError(
                f"y_true has the shape {true.shape} but y_pred has {predicted.shape}; arrays of "
                "more than two axes must be of one shape"
            )
        true, predicted = (array.reshape(-1, array.shape[-1]) for array in (true, predicted))
    if true.dtype.kind == "f" and not np.isfinite(true).all():
        raise DataError("y_true holds NaN or infinity; leave such samples out")
    if predicted.dtype.kind == "f" and np.isnan(predicted).any():
        raise DataError(
            "y_pred holds NaN, which belongs to no class: the network has diverged, or its inputs "
            "hold NaN"
        )
    return tuple(_flat(array) for array in (true, predicted))  # type: ignore[return-value]


def _flat(array: np.ndarray) -> np.ndarray:
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _array(values: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ShapeError(f"{name} cannot be made an array: {error}") from None
    if array.ndim == 0:
        raise ShapeError(f"{name} is the single value {array}; give one row a sample")
    if array.dtype.kind == "O":
        kinds = {str if isinstance(one, str) else type(one) for one in array.reshape(-1).tolist()}
        if kinds <= {str}:
            return array.astype(str)
        if kinds <= {bool, int, float, np.bool_}:
            return np.asarray(array.tolist())
    if array.dtype.kind not in "biufUST":
        raise DataError(
            f"{name} holds {array.dtype} values; labels are numbers or text, not both, and scores "
            "are numbers"
        )
    return array


def _check_kind(kind: str | None) -> None:
    if kind is not None and Kind(kind) == "values":
        raise ArgumentError(
            "targets of kind 'values' are quantities and have no classes; use mean_absolute_error "
            "or r2"
        )


def _check_numbers(predicted: np.ndarray) -> None:
    if predicted.ndim == 2 and predicted.dtype.kind not in "biuf":
        raise DataError(
            f"y_pred of shape {predicted.shape} holds text; give one label a sample, or "
            "a score for every class"
        )


def _with_levels(kind: str, true: np.ndarray) -> Kind:
    return kind if isinstance(kind, Kind) else Kind(kind, *(levels_of(true) or (0.0, 1.0)))


# Rows of several columns ------------------------------------------------------------------


def _of_rows(true: np.ndarray, predicted: np.ndarray, kind: str | None) -> Decided:
    """Decide where every row of targets has several columns."""
    levels = _levels_of_rows(true, kind)
    count = true.shape[1]
    if kind == "binary" or (kind is None and not _are_classes(true, predicted, levels)):
        if predicted.shape != true.shape:
            raise ShapeError(
                f"y_true has the shape {true.shape} and several answers a row, but y_pred has "
                f"{predicted.shape}; they must be equal"
            )
        if kind is None:
            _check_other_level(true, predicted)
        yes = _says_yes(predicted, *levels)
        return Decided(true >= sum(levels) / 2, yes, np.arange(count))
    numbers = true.argmax(axis=1)
    if predicted.ndim == 2 and predicted.shape[1] != count:
        raise ShapeError(
            f"y_true has {count} columns, one a class, but y_pred has {predicted.shape[1]}"
        )
    if predicted.ndim == 2:
        return Decided(numbers, predicted.argmax(axis=1), np.arange(count))
    return _of_columns(numbers, predicted, np.arange(count))


def _levels_of_rows(true: np.ndarray, kind: str | None) -> tuple[float, float]:
    if isinstance(kind, Kind):
        return kind.low, kind.high
    levels = levels_of(true)
    if levels is None and kind is None:
        raise DataError(
            f"y_true of shape {true.shape} holds more than two different values, so its rows are "
            "neither one-hot nor answers of yes and no; give labels, one a sample, or "
            "kind='one_hot' for rows of probabilities"
        )
    return levels or (0.0, 1.0)


def _are_classes(true: np.ndarray, predicted: np.ndarray, levels: tuple[float, float]) -> bool:
    """Return whether rows are one-hot, and predictions are not answers that are not."""
    if not is_one_hot(true, levels[1]):
        return False
    is_answers = predicted.ndim == 2 and bool(np.isin(predicted, levels).all())
    return not is_answers or is_one_hot(predicted, levels[1])


def _check_other_level(true: np.ndarray, predicted: np.ndarray) -> None:
    """Refuse scores that are cut at 0.5 or at 0, depending on a label that does not occur."""
    if predicted.dtype.kind != "f" or predicted.min() >= 0 or not np.all(true == 1):
        return
    if not np.isin(predicted, (-1, 1)).all():
        raise DataError(
            "y_true holds the single label 1 and y_pred holds scores below 0, so it cannot be told "
            "whether the other label is 0 or -1; give labels, or kind=Kind('binary', -1, 1)"
        )


def _says_yes(predicted: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return where numbers say yes: labels, probabilities, or numbers between the levels."""
    if predicted.dtype.kind == "b":
        return predicted
    is_labels = bool(np.isin(predicted, (low, high)).all())
    is_probability = bool(np.all((predicted >= 0) & (predicted <= 1)))
    threshold = 0.5 if is_probability and not is_labels else (low + high) / 2
    return np.asarray(predicted >= threshold)


# One column --------------------------------------------------------------------------------


def _of_columns(
    true: np.ndarray, predicted: np.ndarray, classes: np.ndarray | None = None
) -> Decided:
    """Decide where targets are one label a sample, and predictions one label or one score."""
    own = _own_labels(true) if classes is None else classes
    if true.dtype.kind in "UST" and len(own) == 2 and _are_shares(predicted):
        predicted = np.where(predicted >= 0.5, own[1], own[0])
    if (true.dtype.kind in "UST") != (predicted.dtype.kind in "UST"):
        raise DataError(
            f"y_true holds {_words(true)} but y_pred holds {_words(predicted)}; give both as "
            "labels of one type"
        )
    pair = _pair(own)
    predicted = _as_labels(predicted, own, pair)
    labels = np.union1d(own, predicted)
    if pair is not None and np.isin(labels, pair).all():
        labels = np.asarray(pair)
    if classes is not None and len(labels) > len(classes):
        raise DataError(
            f"y_pred holds the label {np.setdiff1d(labels, classes)[0]}, but y_true has "
            f"{len(classes)} columns; labels go from 0 to {len(classes) - 1}"
        )
    return Decided(np.searchsorted(labels, true), np.searchsorted(labels, predicted), labels)


def _are_shares(predicted: np.ndarray) -> bool:
    return predicted.dtype.kind == "f" and bool(np.all((predicted >= 0) & (predicted <= 1)))


def _words(array: np.ndarray) -> str:
    return "text" if array.dtype.kind in "UST" else "numbers"


def _own_labels(true: np.ndarray) -> np.ndarray:
    own = np.unique(true)
    if true.dtype.kind == "f" and len(own) > 2 and not np.all(own == np.floor(own)):
        raise DataError(
            f"y_true holds {len(own)} different numbers, not all of them whole: quantities, no "
            "classes; use mean_absolute_error or r2, or kind='binary' for probabilities"
        )
    return own


def _pair(own: np.ndarray) -> tuple[Any, Any] | None:
    """Return the lower and the higher of two labels, None where there are others."""
    if len(own) == 2:
        return own[0], own[1]
    if len(own) == 1 and own.dtype.kind in "biuf":
        return {0: (0, 1), 1: (0, 1), -1: (-1, 1)}.get(own[0].item())
    return None


def _as_labels(predicted: np.ndarray, own: np.ndarray, pair: tuple[Any, Any] | None) -> np.ndarray:
    """Return the labels that predictions are, or whose scores they are."""
    if predicted.dtype.kind in "UST" or own.dtype.kind in "UST":
        return predicted
    known = own if pair is None else np.asarray(pair)
    is_known = bool(np.isin(predicted, known).all())
    is_answer = predicted.dtype.kind == "b" and pair is not None
    if is_known and not (is_answer and own.dtype.kind != "b" and tuple(known) != (0, 1)):
        return predicted
    is_whole = predicted.dtype.kind != "f" or bool(np.all(predicted == np.floor(predicted)))
    if is_whole and not is_answer and not (pair and _are_shares(predicted)):
        return predicted  # labels that y_true does not have
    if pair is None:
        raise DataError(
            f"y_pred holds one score a sample, which tells two classes apart, but y_true holds "
            f"{'the single label ' + str(own[0]) if len(own) == 1 else f'{len(own)} labels'}; give "
            "labels, or one score a class"
        )
    _check_other_level(own, predicted)
    return np.where(_says_yes(predicted, float(pair[0]), float(pair[1])), pair[1], pair[0])


def _labels_of_columns(true: np.ndarray, count: int, kind: str | None) -> np.ndarray:
    """Return the label of every column of scores."""
    numbers = np.arange(count)
    is_numbers = true.dtype.kind in "biuf" and bool(np.isin(true, numbers).all())
    if is_numbers:
        return numbers
    own = _own_labels(true)
    if len(own) == count and kind is None:
        return own
    raise DataError(
        f"y_pred has {count} columns, one a class, but y_true holds {len(own)} different labels "
        f"from {own[0]} to {own[-1]}; labels are the numbers 0 to {count - 1}, or as many others "
        "as there are columns"
    )


# Scores ------------------------------------------------------------------------------------


def scored(y_true: Any, y_pred: Any, kind: str | None = None) -> Decided:
    """Return classes, or answers, as `decide` does, with the scores as they are in ``predicted``.

    Scores are ``(n,)`` for two classes, of the higher label, and ``(n, k)`` else.
    """
    _check_kind(kind)
    true, scores = arrays(y_true, y_pred)
    if scores.dtype.kind not in "biuf":
        raise DataError("y_pred holds text; scores are numbers: the higher, the more likely")
    scores = scores.astype(np.float64)
    if true.ndim == 2:
        return _scored_rows(true, scores, kind)
    if scores.ndim == 2:
        labels = _labels_of_columns(true, scores.shape[1], kind)
        return Decided(np.searchsorted(labels, true), _of_two(scores), labels)
    if kind == "binary":
        kind = _with_levels(kind, true)
        return Decided((true >= kind.threshold).astype(np.int64), scores, np.arange(2))
    own = _own_labels(true)
    labels = np.asarray(_pair(own) or own)
    if len(labels) > 2:
        raise ShapeError(
            f"y_true holds {len(labels)} classes; one score a class is needed, shape "
            f"(n, {len(labels)}), but y_pred has one a sample"
        )
    return Decided(np.searchsorted(labels, true), scores, labels)


def _scored_rows(true: np.ndarray, scores: np.ndarray, kind: str | None) -> Decided:
    levels, count = _levels_of_rows(true, kind), true.shape[1]
    is_classes = kind != "binary" and (kind is not None or is_one_hot(true, levels[1]))
    if scores.shape != true.shape and not (is_classes and scores.ndim == 1 and count == 2):
        raise ShapeError(
            f"y_true has the shape {true.shape} but the scores have {scores.shape}; they must be "
            "equal"
        )
    if is_classes:
        return Decided(true.argmax(axis=1), _of_two(scores), np.arange(count))
    return Decided(true >= sum(levels) / 2, scores, np.arange(count))


def _of_two(scores: np.ndarray) -> np.ndarray:
    """Return the scores of the second class where there are two, else all."""
    return scores[:, 1] if scores.ndim == 2 and scores.shape[1] == 2 else scores
