"""One counter-based random generator, threefry2x32, for everything random in glassnet.

A counter-based generator is a function: key and counter in, two 32-bit numbers out.
There is no state to carry, so every backend, any number of threads and any batch size
draw the same numbers, and a resumed run draws what the uninterrupted one would have.

Source: Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3"
(SC 2011), 20 rounds.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np

__all__ = [
    "bits",
    "derive_key",
    "fill_bits",
    "normal",
    "permutation",
    "stream_number",
    "threefry2x32",
    "uniform",
]

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_MASK = 0xFFFFFFFF
_CHUNK = 4096  # counters at a time: the scratch of three such arrays stays in the cache


def stream_number(name: str | int) -> int:
    """Return the 32-bit number of a stream, the same in every process."""
    return int(name) & _MASK if isinstance(name, int) else zlib.crc32(name.encode())


def threefry2x32(key: tuple[int, int], c0: int, c1: int) -> tuple[int, int]:
    """Return two random 32-bit numbers for a key and a counter, in plain Python.

    Examples
    --------
    >>> [hex(word) for word in threefry2x32((0, 0), 0, 0)]
    ['0x6b200159', '0x99ba4efe']
    """
    schedule = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    x0 = (c0 + schedule[0]) & _MASK
    x1 = (c1 + schedule[1]) & _MASK
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            x0 = (x0 + x1) & _MASK
            x1 = ((x1 << rotation) | (x1 >> (32 - rotation))) & _MASK
            x1 ^= x0
        x0 = (x0 + schedule[(block + 1) % 3]) & _MASK
        x1 = (x1 + schedule[(block + 2) % 3] + block + 1) & _MASK
    return x0, x1


def derive_key(seed: int, stream: str | int, step: int = 0) -> tuple[int, int]:
    """Return the key of one stream of draws at one step."""
    return threefry2x32(
        (int(seed) & _MASK, (int(seed) >> 32) & _MASK), stream_number(stream), int(step) & _MASK
    )


def _threefry_array(key: tuple[int, int], counters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both words for many counters at once; the counters are overwritten."""
    schedule = [np.uint32(word) for word in (key[0], key[1], key[0] ^ key[1] ^ _PARITY)]
    x0 = counters
    x0 += schedule[0]
    x1 = np.full(x0.shape, schedule[1], np.uint32)
    high = np.empty_like(x1)
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            np.add(x0, x1, out=x0)
            np.right_shift(x1, np.uint32(32 - rotation), out=high)
            np.left_shift(x1, np.uint32(rotation), out=x1)
            np.bitwise_or(x1, high, out=x1)
            np.bitwise_xor(x1, x0, out=x1)
        x0 += schedule[(block + 1) % 3]
        x1 += np.uint32((int(schedule[(block + 2) % 3]) + block + 1) & _MASK)
    return x0, x1


def fill_bits(
    out: np.ndarray, seed: int, stream: str | int, step: int, shift: int = 0
) -> np.ndarray:
    """Fill a flat array with random 32-bit numbers, each shifted right by ``shift``.

    Element i is word i % 2 of counter i // 2. The work is done in chunks, so that nothing
    larger than a chunk is allocated, however long the array.

    Examples
    --------
    >>> [hex(word) for word in fill_bits(np.empty(2, np.uint32), 0, "demo", 1)]
    ['0x158a3afd', '0xfe7d8146']
    """
    key = derive_key(seed, stream, step)
    blocks = (len(out) + 1) // 2
    for start in range(0, blocks, _CHUNK):
        stop = min(start + _CHUNK, blocks)
        words = _threefry_array(key, np.arange(start, stop, dtype=np.uint32))
        for place, word in enumerate(words):
            if shift:
                np.right_shift(word, np.uint32(shift), out=word)
            room = out[2 * start + place : 2 * stop : 2]
            room[...] = word[: len(room)]
    return out


def bits(seed: int, stream: str | int, step: int, count: int) -> np.ndarray:
    """Return ``count`` random uint32 numbers: element i is word i % 2 of counter i // 2."""
    return fill_bits(np.empty(count, np.uint32), seed, stream, step)


def uniform(
    seed: int,
    stream: str | int,
    shape: Sequence[int],
    low: float = 0.0,
    high: float = 1.0,
    step: int = 0,
) -> np.ndarray:
    """Return float64 numbers uniform in [low, high), with 53 random bits each.

    Examples
    --------
    >>> uniform(0, "demo", (2,)).shape
    (2,)
    """
    count = math.prod(shape)
    pairs = bits(seed, stream, step, 2 * count).reshape(-1, 2).astype(np.float64)
    unit = (
        np.floor(pairs[:, 0] / 32) * 67108864.0 + np.floor(pairs[:, 1] / 64)
    ) / 9007199254740992.0
    return (low + (high - low) * unit).reshape(shape)


def normal(
    seed: int,
    stream: str | int,
    shape: Sequence[int],
    mean: float = 0.0,
    stddev: float = 1.0,
    step: int = 0,
) -> np.ndarray:
    """Return float64 numbers of a normal distribution (Box and Muller, 1958)."""
    count = math.prod(shape)
    draws = uniform(seed, stream, (2, count), step=step)
    standard = np.sqrt(-2.0 * np.log1p(-draws[0])) * np.cos(2.0 * np.pi * draws[1])
    return (mean + stddev * standard).reshape(shape)


def permutation(seed: int, stream: str | int, count: int, step: int = 0) -> np.ndarray:
    """Return the numbers 0 .. count-1 in random order: those of sorted 64-bit draws."""
    pairs = bits(seed, stream, step, 2 * count).reshape(-1, 2).astype(np.uint64)
    return np.argsort((pairs[:, 0] << np.uint64(32)) | pairs[:, 1], kind="stable")
