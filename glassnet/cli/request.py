"""The request to ``train``: its arguments, completed by those that a checkpoint remembers."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from glassnet.cli.network import plain_layers
from glassnet.errors import ArgumentError, FileFormatError
from glassnet.formats import safetensors

__all__ = ["Request"]

# What makes a run the run it is: a resumed one must agree in them.
_KEPT = ("target", "layers", "batch_size", "optimizer", "learning_rate", "seed", "test_size")

_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("target", "layers", "batch_size", "optimizer"), str),
    **dict.fromkeys(("seed", "epochs"), int),
    **dict.fromkeys(("learning_rate", "test_size"), (int, float)),
}


@dataclass(frozen=True)
class Request:
    """The arguments of ``train``; None is "choose for me"."""

    data: str
    target: str | None = None
    layers: str | None = None
    epochs: int | None = None
    batch_size: str | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    seed: int | None = None
    test_size: float | None = None
    output: Path | None = None
    report: Path | None = None
    resume: Path | None = None

    def settings(self) -> dict[str, Any]:
        """Return what a checkpoint has to remember."""
        return {name: getattr(self, name) for name in (*_KEPT, "epochs")}

    def resumed(self) -> Request:
        """Return this request with everything left open taken from the checkpoint.

        Raises
        ------
        FileFormatError
            If the file is no checkpoint of ``glassnet train``.
        ArgumentError
            If something was asked for that the interrupted run did otherwise.
        """
        if self.resume is None:
            return self
        remembered = _remembered(self.resume)
        changes: dict[str, Any] = {}
        for name in (one.name for one in fields(self) if one.name in remembered):
            mine, theirs = getattr(self, name), remembered[name]
            if mine is None:
                changes[name] = theirs
            elif name in _KEPT and _plain(name, mine) != _plain(name, theirs):
                option = "--" + name.replace("_", "-")
                raise ArgumentError(
                    f"{str(self.resume)!r} was written by a run "
                    f"{'without' if theirs is None else 'with'} {option}"
                    f"{'' if theirs is None else f' {theirs}'}, but this one has {option} {mine}; "
                    f"leave {option} out to go on, or leave --resume out to start anew"
                )
        return replace(self, **changes)


def _plain(name: str, value: Any) -> Any:
    return plain_layers(value) if name == "layers" and value is not None else value


def _remembered(path: Path) -> dict[str, Any]:
    _, description = safetensors.read(path)
    info = description.get("info")
    settings = info.get("run") if isinstance(info, dict) else None
    if description.get("run") is None or not isinstance(settings, dict):
        raise FileFormatError(
            f"{str(path)!r} is no checkpoint of an interrupted `glassnet train`; those are named "
            "like digits.checkpoint.safetensors and are removed when the training has ended"
        )
    for name, kinds in _KINDS.items():
        value = settings.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, kinds)):
            raise FileFormatError(
                f"{str(path)!r} is damaged: it remembers {name}={reprlib.repr(value)}; use an "
                "intact copy"
            )
    return settings
