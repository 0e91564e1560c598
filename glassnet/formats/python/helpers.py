"""The functions a printed program defines at its top, each only if it is used."""

from __future__ import annotations

__all__ = ["Helpers"]


class Helpers:
    """Collects the functions a program needs.

    Parameters
    ----------
    library : dict of str to tuple
        The helpers there are: name to (names of what it needs itself, lines of text).

    Attributes
    ----------
    taken : set of str
        Names of values, which no function may have.
    """

    def __init__(self, library: dict[str, tuple[tuple[str, ...], str]]) -> None:
        self.library = library
        self.taken: set[str] = set()
        self.texts: dict[str, list[str]] = {}

    def need(self, name: str) -> None:
        """Take a function from the library, and what it needs before it."""
        if name in self.texts:
            return
        needs, text = self.library[name]
        for other in needs:
            self.need(other)
        self.texts[name] = text.strip("\n").split("\n")

    def add(self, name: str, lines: list[str]) -> str:
        """Add a function; return its name, which is another where two differ under one name."""
        plain, number = name, 1
        while self.texts.get(name, lines) != lines or name in self.taken:
            number += 1
            name = f"{plain}_{number}"
            lines = [lines[0].replace(f"def {plain}(", f"def {name}("), *lines[1:]]
        self.texts[name] = lines
        return name

    def lines(self) -> list[str]:
        """Return all functions, with empty lines between them and after them."""
        gap = [""] * min(len(self.texts), 2)
        found: list[str] = []
        for text in self.texts.values():
            found += [*gap, *text]
        return [*found, *(gap or [""])]

    def uses(self, word: str) -> bool:
        """Tell whether any function mentions a word."""
        return any(word in line for text in self.texts.values() for line in text)
