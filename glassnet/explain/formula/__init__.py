"""How formulas are built from a graph, and how they are set as text, MathML and LaTeX."""
