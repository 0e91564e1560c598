"""Several threads inside one call of machine code."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from glassnet.errors import ArgumentError

__all__ = ["thread_count", "together"]


def thread_count(threads: int | None = None) -> int:
    """Return how many threads to use at most.

    Raises
    ------
    ArgumentError
        If the number, or ``GLASSNET_NUM_THREADS``, is no whole number above 0.
    """
    given = os.environ.get("GLASSNET_NUM_THREADS", "") if threads is None else threads
    if given == "":
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        name = "GLASSNET_NUM_THREADS" if threads is None else "threads"
        raise ArgumentError(f"{name}={given!r} must be a whole number of at least 1")
    return int(text)


def together(function: Callable[..., None], arguments: Sequence[Any], threads: int) -> None:
    """Call the function on several threads at once: ``function(thread, threads, *arguments)``.

    The threads meet inside, so none may begin before it is known how many there are.
    """
    if threads == 1:
        function(0, 1, *arguments)
        return
    go, count = threading.Event(), [0]  # how many work; none do if that is 0
    ends = [threading.Event() for _ in range(threads)]

    def help_out(number: int) -> None:
        try:
            go.wait()
            if count[0]:
                function(number, count[0], *arguments)
        finally:
            ends[number].set()

    try:
        count[0] = 1 + _start(help_out, threads)
        go.set()
        function(0, count[0], *arguments)
    finally:
        # Whatever came in between, Ctrl-C above all: none may go on in memory that others take.
        try:
            go.set()
        finally:
            _wait_for(ends[1 : count[0]])


def _start(work: Callable[[int], None], threads: int) -> int:
    """Start helpers, as many as the system gives; return how many."""
    for number in range(1, threads):
        try:
            threading.Thread(target=work, args=(number,), daemon=True).start()
        except RuntimeError:
            return number - 1
    return threads - 1


def _wait_for(ends: Sequence[threading.Event]) -> None:
    """Wait for helpers: not by join, which takes one for dead if Ctrl-C comes meanwhile."""
    stopped: KeyboardInterrupt | None = None
    for end in ends:
        while not end.is_set():
            try:
                end.wait()
            except KeyboardInterrupt as error:
                stopped = error
    if stopped is not None:
        raise stopped
