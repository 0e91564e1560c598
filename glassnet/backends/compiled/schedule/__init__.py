"""What is decided before anything is written: units, their order, sharing and memory.

It takes a program, made ready by :mod:`prepare`, and gives a plan (:mod:`plan`), or for a very
small program only the places of what lasts (:mod:`small`). The emitter reads it.
"""
