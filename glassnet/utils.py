"""Small helpers with Keras's names."""

from glassnet.data.encoding import to_categorical

__all__ = ["to_categorical"]


def __dir__() -> list[str]:
    return list(__all__)
