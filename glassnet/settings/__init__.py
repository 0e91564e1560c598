"""Objects described by their settings, the rules that settings keep, and families found by name."""

from glassnet.settings.configured import Configured, changes, fingerprint
from glassnet.settings.family import Family, as_given, own_classes, own_object, snake_case
from glassnet.settings.rules import (
    FixedList,
    Rule,
    a_function,
    as_float,
    fixed,
    flag,
    is_number,
    made_by,
    number,
    numbers,
    one_of,
    refuse,
    sizes,
    whole,
)

__all__ = [
    "Configured",
    "Family",
    "FixedList",
    "Rule",
    "a_function",
    "as_float",
    "as_given",
    "changes",
    "fingerprint",
    "fixed",
    "flag",
    "is_number",
    "made_by",
    "number",
    "numbers",
    "one_of",
    "own_classes",
    "own_object",
    "refuse",
    "sizes",
    "snake_case",
    "whole",
]
