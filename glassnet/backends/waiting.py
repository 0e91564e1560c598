"""Waiting for a compile, so that Ctrl-C is heard meanwhile.

A compiler takes seconds, and must not be interrupted halfway: what it keeps for the process (types,
registries, locks) would be left half changed. So the main thread, the only one that signals
reach, lets another thread compile and waits. If Ctrl-C ends the waiting, the compile goes on to its
end, into the cache; at the exit of the process it is broken off.
"""

from __future__ import annotations

import atexit
import contextvars
import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["WaitStopped", "in_thread", "stop_waiting"]

_T = TypeVar("_T")
# Seconds between looks at signals, where waiting cannot be interrupted (Windows).
_LOOK = 0.1
# Bytes of the thread's stack: deep graphs are walked by recursion, and some systems give 0.5 MB.
_STACK = 64 << 20
# Seconds that the exit waits for a compile it breaks off: machine code cannot be interrupted.
_EXIT = 5.0

# Seconds that a compile may go on after Ctrl-C: a short one is finished, and some steps follow.
_GRACE = 1.0

_waits = 0  # how many calls of in_thread the main thread is in
_stop_at = float("inf")  # when the waiting ends


class WaitStopped(KeyboardInterrupt):
    """Ctrl-C was pressed while the main thread waited: nothing has been changed."""


class _Broken(BaseException):
    """The process ends."""


class _Job(Generic[_T]):
    """Work for a thread, and its result."""

    def __init__(self, work: Callable[[], _T]) -> None:
        self.work = work
        self.context = contextvars.copy_context()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run, name="glassnet compile", daemon=True)
        self.found: list[_T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.found.append(self.context.run(self.work))
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def start(self) -> bool:
        """Start the thread; return False if the system gives none."""
        before = threading.stack_size()
        try:
            threading.stack_size(_STACK)
            self.thread.start()
        except (RuntimeError, ValueError):
            return False
        finally:
            threading.stack_size(before)
        return True

    def result(self) -> _T:
        if self.error is not None:
            raise self.error
        return self.found[0]

    def break_off(self) -> None:
        """End the work at the exit of the process."""
        if self.thread.is_alive() and self.thread.ident is not None:
            ident = ctypes.c_ulong(self.thread.ident)
            raise_in: Any = ctypes.pythonapi.PyThreadState_SetAsyncExc
            raise_in(ident, ctypes.py_object(_Broken))
            self.thread.join(_EXIT)


def stop_waiting() -> None:
    """Let the main thread, if it waits, raise WaitStopped in a second: for handlers of Ctrl-C."""
    global _stop_at
    if _waits:
        _stop_at = time.monotonic() + _GRACE


def in_thread(work: Callable[[], _T]) -> _T:
    """Return the result of work that must not be interrupted, and that Ctrl-C need not wait for.

    Examples
    --------
    >>> in_thread(lambda: 2 + 2)
    4
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    job = _Job(work)
    return job.result() if _waited_for(job) else work()


def _waited_for(job: _Job[Any]) -> bool:
    """Wait for a job; return False if it could not be started."""
    global _waits, _stop_at
    _waits += 1
    _stop_at = float("inf")
    try:
        if not job.start():
            return False
        while not job.done.wait(_LOOK):
            if time.monotonic() >= _stop_at:
                raise WaitStopped
        return True
    except BaseException:
        # The last one that is registered is called first, before the compiler's own.
        atexit.register(job.break_off)
        raise
    finally:
        _waits -= 1
