"""One training at a time: two that change the same weights would lose each other's steps.

Every training claims its network and the weights it changes while it runs; another that would
change claimed weights is refused with a `TrainingError`. ``fit``, ``train_on_batch``, the classic
networks and FANN's training claim here.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from glassnet.errors import TrainingError

__all__ = ["alone", "check_untrained", "is_claimed", "widen"]


@dataclass(frozen=True, eq=False)
class _Claim:
    owner: object
    weights: frozenset[int]
    thread: int
    token: object  # of the training, whose claim may be widened


_lock = threading.Lock()
_claims: list[_Claim] = []
if hasattr(os, "register_at_fork"):
    # The threads that held claims are not in the child.
    os.register_at_fork(after_in_child=_claims.clear)


@contextlib.contextmanager
def alone(owner: object, weights: Iterable[object] = ()) -> Iterator[None]:
    """Claim a network for a training.

    Parameters
    ----------
    owner : object
        The network.
    weights : iterable of object, optional
        The weights it changes, where models may share them.

    Raises
    ------
    TrainingError
        If the network is being trained already, in another thread or by the run whose callback
        this is; or if another thread trains a model that shares some of the weights.

    Examples
    --------
    >>> network = object()
    >>> with alone(network):
    ...     is_claimed(network)
    True
    >>> is_claimed(network)
    False
    """
    claim = _Claim(owner, frozenset(map(id, weights)), threading.get_ident(), object())
    try:
        with _lock:
            for other in _claims:
                _check(claim, other)
            _claims.append(claim)
        yield
    finally:
        # Whatever ended the training, Ctrl-C too.
        with _lock:
            _claims[:] = [one for one in _claims if one.token is not claim.token]


def widen(owner: object, weights: Iterable[object]) -> None:
    """Claim more weights for a training that runs in this thread: a layer is trained from now on.

    Raises
    ------
    TrainingError
        If another thread trains a model that shares some of them.
    """
    with _lock:
        for place, old in enumerate(_claims):
            if old.owner is owner:
                new = replace(old, weights=old.weights | frozenset(map(id, weights)))
                for other in _claims:
                    if other is not old:
                        _check(new, other)
                _claims[place] = new
                return


def check_untrained(owner: object, weights: Iterable[object] = ()) -> None:
    """Raise a `TrainingError` if another thread trains a network, or some weights.

    What is written into them from outside would be lost with the next step of that training.
    """
    ids = frozenset(map(id, weights))
    with _lock:
        for claim in _claims:
            is_its = claim.owner is owner or ids & claim.weights
            if is_its and claim.thread != threading.get_ident():
                raise TrainingError(
                    "the weights are being trained by another thread, whose next step would "
                    "undo the change; set weights in a callback of the training, or wait until it "
                    "has returned"
                )


def is_claimed(owner: object) -> bool:
    """Return whether a network is being trained."""
    with _lock:
        return any(claim.owner is owner for claim in _claims)


def _check(new: _Claim, old: _Claim) -> None:
    is_here = new.thread == old.thread
    if new.owner is old.owner:
        where = "by the run that has called this callback" if is_here else "by another thread"
        raise TrainingError(
            f"this network is being trained already, {where}; two trainings of the same weights "
            "lose each other's steps. Train a copy (copy.deepcopy), or wait until the other "
            "training has returned"
        )
    # Within a callback the steps of one follow those of the other: nothing is lost.
    if not is_here and new.weights & old.weights:
        raise TrainingError(
            "another thread is training a model that shares layers with this one; two trainings "
            "of the same weights lose each other's steps. Wait until the other training has "
            "returned, set trainable = False in the shared layers of one of them, or train a copy "
            "(copy.deepcopy)"
        )
