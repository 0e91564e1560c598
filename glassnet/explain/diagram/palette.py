"""The colours of diagrams and pictures.

Blue and orange are those of Okabe and Ito, which people of every colour vision can tell apart. They
also differ in lightness, and nothing is said by colour alone.
"""

from __future__ import annotations

__all__ = ["BLUE", "GRID", "INK", "MUTED", "ORANGE", "PAPER"]

INK = "#1d2733"
MUTED = "#5d6b7a"
GRID = "#d8dee6"
PAPER = "#ffffff"
BLUE = "#0072b2"
ORANGE = "#d55e00"
