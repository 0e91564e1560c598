"""Families of objects that are found by name: ``"adam"`` or ``{"class": "Adam", ...}``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import numpy as np

from glassnet.errors import ArgumentError, shown, suggestion

__all__ = ["Family", "as_given", "own_classes", "own_object", "snake_case"]


def snake_case(name: str) -> str:
    """Return ``GlorotUniform`` as ``glorot_uniform``.

    >>> snake_case("GlorotUniform"), snake_case("L1L2"), snake_case("LBFGS")
    ('glorot_uniform', 'l1_l2', 'lbfgs')
    >>> snake_case("RMSprop"), snake_case("AdamW")  # as everybody writes them
    ('rmsprop', 'adamw')
    >>> snake_case("TopKAccuracy")
    'top_k_accuracy'
    """
    words = re.findall(r"[A-Z](?=[A-Z][a-z])|[A-Z]+[a-z]*\d*|[a-z]+\d*", name)
    return re.sub(r"_([a-z])$", r"\1", "_".join(words).lower())


def as_given(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a description as they were given: arrays are arrays again."""
    return {
        name: np.array(value["array"], value["dtype"])
        if isinstance(value, dict) and value.keys() == {"array", "dtype"}
        else value
        for name, value in settings.items()
        if name != "class"
    }


T = TypeVar("T")


def own_object(name: Any) -> Any:
    """Return what the user gives by this name while a file is loaded, or None."""
    return _OWN.get().get(name) if isinstance(name, str) else None


_OWN: ContextVar[Mapping[str, Any]] = ContextVar("own classes", default=MappingProxyType({}))


@contextmanager
def own_classes(classes: Mapping[str, Any] | None) -> Iterator[None]:
    """Let every family find a user's own classes by name, at whatever depth of a description."""
    before = _OWN.set(classes or {})
    try:
        yield
    finally:
        _OWN.reset(before)


class Family(Generic[T]):
    """Classes of one kind, found by name.

    Parameters
    ----------
    kind : str
        What a member is called in messages, for example ``"optimizer"``.
    base : type
        Class all members inherit from.
    """

    def __init__(self, kind: str, base: Any) -> None:
        self.kind = kind
        # Any, for mypy takes no abstract class where a type[T] is expected.
        self.base: Any = base
        self.members: dict[str, type[T]] = {}

    def add(self, cls: type[T], *other_names: str) -> type[T]:
        """Register a class under its own name and others; usable as a decorator."""
        for name in (cls.__name__, snake_case(cls.__name__), *other_names):
            self.members[name] = cls
        return cls

    def get(self, spec: Any) -> T:
        """Return an object from an object, a class, a name or a description.

        Raises
        ------
        ArgumentError
            If there is no member of that name; the nearest is suggested.
        """
        if isinstance(spec, self.base):
            return spec
        if isinstance(spec, type) and issubclass(spec, self.base):
            return self._of_class(spec, {})
        if isinstance(spec, dict) and "class" in spec:
            return self._of_class(self._class(spec["class"]), as_given(spec))
        if isinstance(spec, str):
            return self._of_class(self._class(spec), {})
        raise ArgumentError(
            f"{shown(spec)} is no {self.kind}; give a name such as {min(self.names())!r} or an "
            "object"
        )

    def _of_class(self, cls: type[T], settings: dict[str, Any]) -> T:
        known = inspect.signature(cls).parameters
        takes_any = any(one.kind is one.VAR_KEYWORD for one in known.values())
        unknown = [one for one in settings if one not in known]
        if unknown and not takes_any:
            raise ArgumentError(
                f"{cls.__name__} has no setting {unknown[0]!r}{suggestion(unknown[0], known)}"
            )
        missing = [
            one.name
            for one in known.values()
            if one.default is one.empty
            and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
            and one.name not in settings
        ]
        if missing:
            raise ArgumentError(
                f"{cls.__name__} needs {', '.join(missing)}; give an object, "
                f"{cls.__name__}({', '.join(f'{one}=...' for one in missing)})"
            )
        return cls(**settings)

    def names(self) -> list[str]:
        """Return the snake-case names."""
        return sorted(name for name in self.members if name == name.lower())

    def _class(self, name: Any) -> type[T]:
        if not isinstance(name, str):
            raise ArgumentError(f"{shown(name)} is not the name of a {self.kind}")
        found = self.find(name)
        if found is None:
            raise ArgumentError(f"unknown {self.kind} {name!r}{suggestion(name, self.names())}")
        return found

    def find(self, name: str) -> type[T] | None:
        """Return the class of a name, in whatever case and with or without underscores."""
        own = own_object(name)
        if isinstance(own, type) and issubclass(own, self.base):
            return own
        wanted = _plain_name(name)
        matches = (cls for known, cls in self.members.items() if _plain_name(known) == wanted)
        return next(matches, None)


def _plain_name(name: str) -> str:
    """Return a name by which ``RMSprop``, ``rmsprop`` and ``RMSProp`` are the same."""
    return name.replace("_", "").lower()
