"""A compiler for the little language that the backend generates.

``build.compiled(source, arguments)`` takes a source, a small and fully typed part of Python, and
gives a function of machine code; LLVM (llvmlite) optimises it. In this order:

- :mod:`translate` and :mod:`pieces`: from Python's syntax tree to LLVM's own language, with
  :mod:`kinds` (types), :mod:`arithmetic`, :mod:`functions`, :mod:`polynomials`, :mod:`waiting`
  (other threads) and :mod:`assembly` (the text itself);
- :mod:`build`: to machine code, into the cache and into the process.
"""
