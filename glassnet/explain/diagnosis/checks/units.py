"""Checks of the units: dead, or stuck where their curve is flat."""

from __future__ import annotations

from glassnet.explain.diagnosis import registry
from glassnet.explain.diagnosis.case import Case
from glassnet.training import health
from glassnet.training.health import Finding, capped


@registry.check
def dead_units(case: Case) -> list[Finding]:
    """ReLU units that are 0 for every row."""
    return _judged(case, health.dead_units(case.vitals))


@registry.check
def saturated_units(case: Case) -> list[Finding]:
    """Hidden sigmoid and tanh units at the flat ends of their curve."""
    return _judged(case, health.saturated_units(case.vitals))


def _judged(case: Case, found: list[Finding]) -> list[Finding]:
    """In a network that has learned they do little harm."""
    return capped(found, "note") if case.is_good else found
