"""How much memory a piece of code takes, and a table read with little of it.

``python -m tests.hostile.memory TABLE [BYTES]`` reads a table with 1 GB more than at first.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["allow_only", "memory_used"]


@dataclass
class Used:
    bytes: int = 0


@contextlib.contextmanager
def memory_used() -> Iterator[Used]:
    """Give the most memory that Python and NumPy held at once."""
    used = Used()
    tracemalloc.start()
    try:
        yield used
    finally:
        used.bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


def allow_only(more: int) -> None:
    """Let this process take no more memory than it has, and some bytes more."""
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))


if __name__ == "__main__":
    import polars

    from glassnet import datasets
    from glassnet.errors import GlassnetError

    polars.read_csv(b"a\n1\n")  # its threads, and their buffers
    allow_only(int(sys.argv[2]) if len(sys.argv) > 2 else 10**9)
    try:
        print(datasets.read_table(sys.argv[1]))
    except GlassnetError as error:
        print(type(error).__name__, error)
