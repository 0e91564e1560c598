"""``python -m glassnet.examples list`` and ``python -m glassnet.examples NAME [options]``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from glassnet.errors import ArgumentError, GlassnetError
from glassnet.examples import about, module_of, named, names, nicknames, suggested
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
            also = f" (also: {', '.join(nicknames(name))})" if nicknames(name) else ""
            print(f"  {name:<22}{about(name)}{also}")
        return
    word, *rest = arguments
    found = named(word)
    if found is None:
        raise ArgumentError(
            f"there is no example {word!r}{suggested(word)} `glassnet example list` names them all"
        )
    example = importlib.import_module(module_of(found))
    run(example.main, found, about(found), rest)


if __name__ == "__main__":
    with readable_streams():
        try:
            main(sys.argv[1:])
        except GlassnetError as error:
            sys.exit(f"glassnet example: {terminal_text(error)}")
