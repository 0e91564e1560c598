"""What writes the source of a program from its plan; :func:`lowering.lowered` does both.

The source is Python of a small and fully typed kind;
:mod:`~glassnet.backends.compiled.compiler` translates it.
"""
