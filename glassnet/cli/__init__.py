"""The ``glassnet`` command: one file a subcommand."""

# Ctrl-C may come while this is read: nothing is imported here that Python has not loaded already.
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

INTERRUPTED = 130  # the exit code of a command that Ctrl-C has ended


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; Ctrl-C ends it in words at any time, also while it is being loaded.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the name of the command; by default what the shell passed.
    """
    try:
        _loaded()(arguments)
    except KeyboardInterrupt:  # outside of the subcommand, which prints its own message
        os.write(2, b"Aborted!\n")
        raise SystemExit(INTERRUPTED) from None


def _loaded() -> Callable[[Sequence[str] | None], None]:
    """Return the command; Ctrl-C ends the process at once, for half an import cannot be undone."""
    import signal
    import threading

    def end(number: int, frame: object) -> None:
        os.write(2, b"Aborted!\n")
        os._exit(INTERRUPTED)

    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    # Only Python's own handler is replaced: another one, or none (nohup), was set on purpose.
    is_ours = is_main and before is signal.default_int_handler
    if is_ours:
        signal.signal(signal.SIGINT, end)
    try:
        from glassnet.cli.app import main as run
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, before)
    return run
