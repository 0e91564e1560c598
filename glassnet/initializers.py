"""Initial weights: how the numbers of a network are drawn before training.

``n_in`` and ``n_out`` are the sizes of the last two axes of a weight. All draws come from
the seed and the name of the weight, so a layer's initial weights do not depend on the
layers around it.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet import random
from glassnet.errors import ArgumentError, ShapeError
from glassnet.settings import Configured, Family, fixed, is_number, number, refuse

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "Zeros",
    "drawn_from",
    "get",
]


class Initializer(Configured, abc.ABC):
    """Base of initializers: ``initializer(shape, seed, stream)`` gives a float64 array."""

    @abc.abstractmethod
    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        """Return the initial values.

        Parameters
        ----------
        shape : sequence of int
        seed : int, default 0
        stream : str, default "weights"
            Name of the weight; draws of different streams are independent.
        """


FAMILY: Family[Initializer] = Family("initializer", Initializer)


def get(initializer: Any) -> Initializer:
    """Return an initializer from an object, a name or a description.

    Examples
    --------
    >>> get("he_normal")
    HeNormal()
    """
    return FAMILY.get(initializer)


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return (n_in, n_out): inputs and outputs of one unit, kernel positions counted in.

    >>> fans((64, 30)), fans((3, 3, 8, 16))
    ((64, 30), (72, 144))
    """
    if len(shape) < 2:
        size = int(shape[0]) if shape else 1
        return size, size
    positions = math.prod(shape[:-2])
    return positions * shape[-2], positions * shape[-1]


@FAMILY.add
class Zeros(Initializer):
    """w = 0.

    Examples
    --------
    >>> Zeros()((2,))
    array([0., 0.])
    """

    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        return np.zeros(shape)


@FAMILY.add
class Ones(Initializer):
    """w = 1."""

    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        return np.ones(shape)


def _value(owner: str, name: str, value: Any) -> float | np.ndarray:
    """Return a finite number, or an array of them that cannot be changed in place."""
    if is_number(value):
        return number()(owner, name, value)
    given = value.get("array") if isinstance(value, dict) else value
    kind = value.get("dtype") if isinstance(value, dict) else None
    if not isinstance(given, list | tuple | np.ndarray):
        refuse(owner, name, value, "a finite number, or an array of them")
    try:
        array = np.asarray(given, kind)
    except (TypeError, ValueError):
        array = np.array("")
    if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        refuse(owner, name, value, "a finite number, or an array of them")
    return fixed(array)


@FAMILY.add
class Constant(Initializer):
    """w = value.

    Parameters
    ----------
    value : float or array, default 0
        An array must have the shape of the weight.
    """

    rules = MappingProxyType({"value": _value})

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        value = np.asarray(self.value, np.float64)
        if value.shape not in ((), tuple(shape)):
            raise ShapeError(
                f"Constant holds values of shape {value.shape}, but the weight {stream!r} has the "
                f"shape {tuple(shape)}"
            )
        return np.broadcast_to(value, shape).copy()


_LOW_HIGH = "it needs finite numbers with low < high"
_SPREAD = "it needs a finite mean and a finite stddev, 0 or greater"


@FAMILY.add
class RandomUniform(Initializer):
    """w uniform in [low, high).

    Parameters
    ----------
    low, high : float, default -0.05 and 0.05
    """

    rules = MappingProxyType({"low": number(why=_LOW_HIGH), "high": number(why=_LOW_HIGH)})

    def __init__(self, low: float = -0.05, high: float = 0.05) -> None:
        self.low = low
        self.high = high

    def check_settings(self) -> None:
        """Raise an `ArgumentError` unless low < high."""
        if not self.low < self.high:
            raise ArgumentError(
                f"RandomUniform needs low < high, got low={self.low}, high={self.high}"
            )

    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        return random.uniform(seed, stream, shape, self.low, self.high)


@FAMILY.add
class RandomNormal(Initializer):
    """w normal with the given mean and standard deviation.

    Parameters
    ----------
    mean : float, default 0
    stddev : float, default 0.05
    """

    rules = MappingProxyType(
        {"mean": number(why=_SPREAD), "stddev": number(at_least=0, why=_SPREAD)}
    )

    def __init__(self, mean: float = 0.0, stddev: float = 0.05) -> None:
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        return random.normal(seed, stream, shape, self.mean, self.stddev)


class _Scaled(Initializer):
    """Draws whose variance is ``gain / count`` for a count made from n_in and n_out."""

    gain = 1.0
    is_normal = False

    def count(self, n_in: int, n_out: int) -> float:
        return n_in

    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        return self.scaled_to(shape)(shape, seed, stream)

    def scaled_to(self, shape: Sequence[int]) -> RandomUniform | RandomNormal:
        """Return the draws for a weight of this shape."""
        variance = self.gain / max(1.0, self.count(*fans(shape)))
        if self.is_normal:
            return RandomNormal(0.0, math.sqrt(variance))
        limit = math.sqrt(3.0 * variance)
        return RandomUniform(-limit, limit)


def drawn_from(
    initializer: Initializer, shape: Sequence[int]
) -> RandomUniform | RandomNormal | None:
    """Return an initializer as plain uniform or normal draws, None if it is something else.

    >>> drawn_from(get("he_normal"), (8, 3))
    RandomNormal(mean=0.0, stddev=0.5)
    """
    if isinstance(initializer, _Scaled):
        return initializer.scaled_to(shape)
    return initializer if isinstance(initializer, RandomUniform | RandomNormal) else None


class _Glorot(_Scaled):
    def count(self, n_in: int, n_out: int) -> float:
        return (n_in + n_out) / 2


@FAMILY.add
class GlorotUniform(_Glorot):
    """w uniform in ±sqrt(6 / (n_in + n_out)).

    Source: Glorot and Bengio: "Understanding the difficulty of training deep feedforward
    neural networks" (AISTATS 2010), eq. 16.

    Examples
    --------
    >>> w = GlorotUniform()((300, 300))
    >>> bool(abs(w).max() <= 0.1)
    True
    """


@FAMILY.add
class GlorotNormal(_Glorot):
    """w normal with standard deviation sqrt(2 / (n_in + n_out)).

    Source: Glorot and Bengio (AISTATS 2010), eq. 12. Differs: Keras truncates at two deviations.
    """

    is_normal = True


@FAMILY.add
class HeUniform(_Scaled):
    """w uniform in ±sqrt(6 / n_in).

    Source: He, Zhang, Ren, Sun: "Delving deep into rectifiers" (ICCV 2015), eq. 10.
    """

    gain = 2.0


@FAMILY.add
class HeNormal(_Scaled):
    """w normal with standard deviation sqrt(2 / n_in).

    Source: He, Zhang, Ren, Sun (ICCV 2015), eq. 10. Differs: Keras truncates at two deviations.
    """

    gain = 2.0
    is_normal = True


@FAMILY.add
class LecunUniform(_Scaled):
    """w uniform in ±sqrt(3 / n_in).

    Source: LeCun, Bottou, Orr, Müller: "Efficient BackProp" (1998), section 4.6.
    """


@FAMILY.add
class LecunNormal(_Scaled):
    """w normal with standard deviation sqrt(1 / n_in).

    Source: LeCun, Bottou, Orr, Müller (1998), eq. 16. Differs: Keras truncates at two deviations.
    """

    is_normal = True


@FAMILY.add
class Orthogonal(Initializer):
    """w = gain · Q: rows or columns are orthogonal and of length ``gain``.

    Parameters
    ----------
    gain : float, default 1

    Source: Saxe, McClelland, Ganguli: "Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks" (ICLR 2014).
    """

    rules = MappingProxyType({"gain": number()})

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Sequence[int], seed: int = 0, stream: str = "weights") -> np.ndarray:
        if len(shape) < 2:
            raise ShapeError(
                f"Orthogonal needs a weight with at least two axes; {stream!r} has the shape "
                f"{tuple(shape)}"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        draws = random.normal(seed, stream, (max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(draws)
        q *= np.sign(np.diag(r))  # makes the result uniform over all rotations
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


def __dir__() -> list[str]:
    return list(__all__)
