"""Ctrl-C: the first one asks a run to end, the second one ends it at once.

While a run waits for a compile, the first one ends the waiting too, after a second at most.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from glassnet.backends.waiting import stop_waiting

__all__ = ["Interrupt"]


class Interrupt:
    """While it is entered, Ctrl-C is noted instead of raising; the next one raises.

    Attributes
    ----------
    pressed : bool
    """

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        before = signal.getsignal(signal.SIGINT)
        is_main = threading.current_thread() is threading.main_thread()
        # Only the main thread may set handlers; who ignores Ctrl-C means it (nohup); and a
        # handler from outside Python (None) could not be put back.
        if is_main and before not in (signal.SIG_IGN, None):
            self._before = before
            signal.signal(signal.SIGINT, self._press)
        return self

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
        stop_waiting()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
