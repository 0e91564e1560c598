"""What all tests need."""

import signal


def pytest_configure(config):
    """Let Ctrl-C be heard: a shell that starts pytest in the background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
