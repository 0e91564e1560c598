"""What a model takes along to another process: classes and functions, which are found by name.

Python carries an object as the name of its class and its attributes. A class or function of the
user's own is found there by module and name, if it is defined in a module. Before a model is
pickled, :func:`check_carried` checks that all of them can be found, so that the error is raised
here and not in the other process. The check imports and runs nothing.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError

__all__ = ["check_carried"]

_PLAIN = (str, bytes, int, float, complex, bool, type(None), np.ndarray, np.generic)


def check_carried(value: Any) -> None:
    """Raise an `ArgumentError` if a value holds a class or function that has no place of its own.

    Examples
    --------
    >>> check_carried({"activation": len, "rate": 0.1})
    >>> check_carried([lambda x: x])
    Traceback (most recent call last):
    ...
    glassnet.errors.ArgumentError: the model cannot be pickled, for it holds '<lambda>', which is \
defined within other code; define it at the top of a module, a file that is imported, where \
the other process finds it. A model file carries it as well: net.save(path), and \
gn.load(path, custom_objects={...})
    """
    stack: list[Any] = [value]
    seen: dict[int, Any] = {}  # keeps states alive that were made for this: their ids stay theirs
    while stack:
        one = stack.pop()
        if isinstance(one, _PLAIN) or id(one) in seen:
            continue
        seen[id(one)] = one
        if isinstance(one, dict):
            stack += [*one, *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            stack += one
        elif isinstance(one, type | types.FunctionType | types.BuiltinFunctionType):
            _check_place(one)
        elif isinstance(one, types.MethodType):
            stack.append(one.__self__)
        else:
            _check_place(type(one))
            stack += _parts(one)


def _parts(value: Any) -> list[Any]:
    """Return the parts that pickle takes of an object, by its own ``__reduce__`` if any."""
    kind: Any = type(value)
    plain: Any = object
    has_own_way = (kind.__reduce__, kind.__reduce_ex__) != (plain.__reduce__, plain.__reduce_ex__)
    try:
        made = value.__reduce_ex__(2) if has_own_way else ("", value.__getstate__())
    except TypeError as error:  # a lock, an open file
        raise ArgumentError(
            f"the model cannot be pickled: {error}; keep it outside of the model, or make it anew "
            "where it is needed"
        ) from error
    return list(made[1:3]) if isinstance(made, tuple) else []


def _check_place(thing: Any) -> None:
    """Raise an error if a class or function is not found under its own name."""
    module, name = getattr(thing, "__module__", None), thing.__qualname__
    if module == "__main__":
        where = "is defined in the program that is run, or in a notebook"
    elif "<" in name:
        where = "is defined within other code"
    elif module is None or _found(module, name) is thing:
        return
    else:
        where = f"is another object than {module}.{name}"
    raise ArgumentError(
        f"the model cannot be pickled, for it holds {name.rpartition('.')[2]!r}, which {where}; "
        "define it at the top of a module, a file that is imported, where the other process finds "
        "it. A model file carries it as well: net.save(path), and gn.load(path, "
        "custom_objects={...})"
    )


def _found(module: str, name: str) -> Any:
    found = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
