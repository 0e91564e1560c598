"""``python -m glassnet.examples list`` and ``python -m glassnet.examples NAME [options]``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from glassnet.errors import ArgumentError, GlassnetError, suggestion
from glassnet.examples import about, module_of, names
from glassnet.examples._options import run
from glassnet.quoting import terminal_text
from glassnet.streams import readable_streams

__all__ = ["main"]

USAGE = """usage: glassnet example list
       glassnet example NAME [options]
       glassnet example NAME --help"""


def main(arguments: Sequence[str]) -> None:
    """List the examples, or run one.

    Raises
    ------
    ArgumentError
        If there is no example of that name; the nearest is suggested.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
    if not arguments or arguments[0] in ("-h", "--help", "list"):
        for name in names():
            print(f"  {name:<22}{about(name)}")
        return
    name, *rest = arguments
    if name not in names():
        raise ArgumentError(f"there is no example {name!r}{suggestion(name, names())}")
    example = importlib.import_module(module_of(name))
    run(example.main, name, about(name), rest)


if __name__ == "__main__":
    with readable_streams():
        try:
            main(sys.argv[1:])
        except GlassnetError as error:
            sys.exit(f"glassnet example: {terminal_text(error)}")
