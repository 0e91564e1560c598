"""Cascade 2: a shortcut network that grows."""

from __future__ import annotations

from typing import Any

__all__ = ["train"]


def train(*arguments: Any) -> None:
    """Train."""
    raise NotImplementedError
