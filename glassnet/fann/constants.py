"""FANN's constants, with its names and numbers."""

from __future__ import annotations

from glassnet.formats.fann import ACTIVATIONS

__all__ = [
    "CONSTANTS",
    "ERROR_FUNCTION_NAMES",
    "NETWORK_TYPE_NAMES",
    "STOP_FUNCTION_NAMES",
    "TRAIN_NAMES",
]

TRAIN_NAMES = ("INCREMENTAL", "BATCH", "RPROP", "QUICKPROP", "SARPROP")
ERROR_FUNCTION_NAMES = ("LINEAR", "TANH")
STOP_FUNCTION_NAMES = ("MSE", "BIT")
NETWORK_TYPE_NAMES = ("LAYER", "SHORTCUT")


def _numbered(prefix: str, names: tuple[str, ...]) -> dict[str, int]:
    return {f"{prefix}{name}": number for number, name in enumerate(names)}


CONSTANTS: dict[str, int] = {
    **_numbered("", ACTIVATIONS),
    **_numbered("TRAIN_", TRAIN_NAMES),
    **_numbered("ERRORFUNC_", ERROR_FUNCTION_NAMES),
    **_numbered("STOPFUNC_", STOP_FUNCTION_NAMES),
    **_numbered("", NETWORK_TYPE_NAMES),
}
