"""A network told to people: its equations."""

from glassnet.explain.formulas import Equations, equations

__all__ = ["Equations", "equations"]
