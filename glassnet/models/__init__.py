"""Models: Sequential and Model. They hold a network and hand everything on."""

from glassnet.models.functional import Model
from glassnet.models.loading import load
from glassnet.models.sequential import Sequential

__all__ = ["Model", "Sequential", "load"]


def __dir__() -> list[str]:
    return list(__all__)
