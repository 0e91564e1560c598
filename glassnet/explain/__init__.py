"""A network told to people: its equations, and one pass of it step by step."""

from glassnet.explain.account import Explanation, explain
from glassnet.explain.formulas import Equations, equations

__all__ = ["Equations", "Explanation", "equations", "explain"]
