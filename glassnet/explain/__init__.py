"""A network told to people: its equations."""

from glassnet.explain.equations import Equations, equations

__all__ = ["Equations", "equations"]
