"""A network shown to people: its equations, one pass step by step, its diagram, its diagnosis.

Five folders, each of which imports earlier ones only: ``formula`` (how formulas are built and
set), ``account`` (one pass, step by step), ``why`` (the paths from one number to the loss),
``diagram``, ``diagnosis``. ``explanation.py`` puts account, chain and diagram together for
``net.explain``. Models call it; pictures draw the diagram.
"""

from glassnet.explain.explanation import Explanation, explain
from glassnet.explain.formula.equations import Equations, equations

__all__ = ["Equations", "Explanation", "equations", "explain"]
