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
    if not str(given).isdigit() or int(given) < 1:
        name = "GLASSNET_NUM_THREADS" if threads is None else "threads"
        raise ArgumentError(f"{name}={given!r} must be a whole number of at least 1")
    return int(given)


def together(function: Callable[..., None], arguments: Sequence[Any], threads: int) -> None:
    """Call the function on several threads at once: ``function(thread, threads, *arguments)``.

    The threads meet inside, so none may begin before it is known how many there are.
    """
    if threads == 1:
        function(0, 1, *arguments)
        return
    go, count = threading.Event(), [1]

    def help_out(number: int) -> None:
        go.wait()
        function(number, count[0], *arguments)

    helpers = _started(help_out, threads - 1)
    count[0] += len(helpers)
    go.set()
    function(0, count[0], *arguments)
    for helper in helpers:
        helper.join()


def _started(work: Callable[[int], None], wanted: int) -> list[threading.Thread]:
    """Start helpers, as many as the system gives."""
    helpers: list[threading.Thread] = []
    for number in range(1, wanted + 1):
        helper = threading.Thread(target=work, args=(number,), daemon=True)
        try:
            helper.start()
        except RuntimeError:
            break
        helpers.append(helper)
    return helpers
