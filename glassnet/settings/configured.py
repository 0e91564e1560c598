"""Objects that know their own settings, and note when they change.

A layer, loss, optimizer or initializer is described by the arguments it was made with.
That description is what goes into a model file.

A setting may be given another value later. It is checked by the same rule as in the
constructor (``rules``), and :func:`changes` counts it, so that a program that was made from
the old value is made anew.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import DTypeError, GlassnetError, shown
from glassnet.settings.rules import Rule, held

__all__ = ["Configured", "changes", "fingerprint"]

# How many settings were changed in this process: one number tells that nothing was.
_changes = 0
_numbers = itertools.count(1)  # no two threads get the same


def changes() -> int:
    """Return a number that is another one after any setting of any object was changed.

    >>> from glassnet.activations import LeakyRelu
    >>> activation = LeakyRelu(0.1)
    >>> before = changes()
    >>> activation.negative_slope = 0.3
    >>> changes() == before
    False
    """
    return _changes


def _plain(value: Any, owner: Any) -> Any:
    """Return a setting in a form that JSON can hold."""
    if isinstance(value, Configured):
        return value.to_config()
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [_plain(part, owner) for part in value]
    if value is None or isinstance(value, bool | int | float | str | dict):
        return value
    name = getattr(value, "glassnet_name", None)
    if name is not None:
        return name
    raise DTypeError(
        f"{type(owner).__name__} holds {value!r}, which cannot be written to a file; use a named "
        "function, or a class with settings (a subclass of glassnet.settings.Configured)"
    )


@functools.cache
def _names_of(kind: type) -> tuple[str, ...]:
    """Return the names of a class's arguments: asking Python for them takes 70 µs."""
    parameters = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
    others = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return tuple(n for n, one in parameters.items() if n != "self" and one.kind not in others)


_NOTHING = object()
_CONTAINERS = (list, tuple, dict, np.ndarray)


def _held(value: Any) -> Any:
    try:
        return held(value)
    except RecursionError:  # a list without end is refused where it is written
        return value


class Configured:
    """Base of objects that are described by the arguments they were made with.

    Attributes
    ----------
    rules : mapping of str to Rule
        What the settings may be, by name; a class adds to those of its bases. A rule holds
        wherever the setting is given a value: in the constructor and later.
    alterations : int
        How often an attribute that is no setting was given a value.
    """

    rules: ClassVar[Mapping[str, Rule]] = MappingProxyType({})
    # Attributes that say nothing about what the object computes.
    bookkeeping: ClassVar[frozenset[str]] = frozenset()
    alterations = 0
    _rules: ClassVar[Mapping[str, Rule]] = MappingProxyType({})

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        own = [base.__dict__.get("rules", {}) for base in reversed(cls.__mro__)]
        cls._rules = {name: rule for one in own for name, rule in one.items()}

    def __setattr__(self, name: str, value: Any) -> None:
        rule = self._rules.get(name)
        if rule is not None:
            value = self._checked(rule, name, value)
        elif name in self.bookkeeping:
            object.__setattr__(self, name, value)
            return
        elif isinstance(value, _CONTAINERS) and name in self._setting_names():
            value = _held(value)
        old = self.__dict__.get(name, _NOTHING)
        object.__setattr__(self, name, value)
        is_setting = name in self._setting_names()
        try:
            if is_setting:
                self._check_together()
        except BaseException:
            if old is not _NOTHING:
                object.__setattr__(self, name, old)
            raise
        self._note(is_setting, name, old, value)

    def __setstate__(self, state: Any) -> None:
        """Take over the attributes of another object: copies of arrays can be written to."""
        own, slots = state if isinstance(state, tuple) else (state, {})  # of a class with slots
        self.__dict__.update(own or {})
        for name, value in (slots or {}).items():
            object.__setattr__(self, name, value)
        for name in self._setting_names():
            value = self.__dict__.get(name)
            if isinstance(value, _CONTAINERS):
                self.__dict__[name] = _held(value)

    def _checked(self, rule: Rule, name: str, value: Any) -> Any:
        """Return the value of a setting as its rule makes it."""
        try:
            return rule(type(self).__name__, name, value)
        except GlassnetError as error:
            if name not in self.__dict__:
                raise
            text = f"{name} was set to {shown(value)} later: {error}"
            raise type(error)(text) from error

    def check_settings(self) -> None:
        """Raise an error if the settings do not go together; called after each change."""

    def _check_together(self) -> None:
        if type(self).check_settings is not Configured.check_settings:
            known = self.__dict__
            if all(name in known for name in self._setting_names()):  # else it is being made
                self.check_settings()

    def _note(self, is_setting: bool, name: str, old: Any, new: Any) -> None:
        """Take note that an attribute was given a value."""
        global _changes
        _changes = next(_numbers)
        if not is_setting:
            object.__setattr__(self, "alterations", self.alterations + 1)

    def fingerprint(self) -> Hashable:
        """Return a key that is equal only for objects that compute the same."""
        return (
            type(self).__qualname__,
            type(self).__module__,
            self.alterations,
            *map(fingerprint, self.setting_values().values()),
        )

    def setting_values(self) -> dict[str, Any]:
        """Return the settings by name, as they are."""
        return {name: getattr(self, name, None) for name in self._setting_names()}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments this object was made with, in a form JSON can hold."""
        try:
            return {name: _plain(getattr(self, name), self) for name in self._setting_names()}
        except RecursionError:
            raise DTypeError(
                f"a setting of {type(self).__name__} is nested too deeply to be written to a file"
            ) from None

    def _setting_names(self) -> tuple[str, ...]:
        return _names_of(type(self))  # type: ignore[arg-type]

    def to_config(self) -> dict[str, Any]:
        """Return the class name and the settings."""
        return {"class": type(self).__name__, **self.get_config()}

    def __repr__(self) -> str:
        try:
            config = self.get_config()
        except DTypeError:  # a function of one's own can be shown, if not written
            config = {name: getattr(self, name) for name in self._setting_names()}
        settings = ", ".join(
            f"{name}={value!r}" for name, value in config.items() if value is not None
        )
        return f"{type(self).__name__}({settings})"


def fingerprint(value: Any) -> Hashable:
    """Return a key that is equal only for equal settings.

    >>> fingerprint([1, "tanh"]) == fingerprint([1, "tanh"]) != fingerprint([True, "tanh"])
    True
    """
    if isinstance(value, Configured):
        return value.fingerprint()
    if isinstance(value, list | tuple):
        return tuple(fingerprint(part) for part in value)
    if isinstance(value, np.ndarray):
        return (value.shape, str(value.dtype), value.tobytes())
    if value is None or isinstance(value, bool | int | float | str | dict):
        return repr(value)
    # Anything else is itself; one that cannot be a key stays alive as long as its owner.
    return value if isinstance(value, Hashable) else id(value)
