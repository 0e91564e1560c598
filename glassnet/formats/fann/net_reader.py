"""Reads FANN network files, every layout in the wild.

Fields are found by name: in any order, with whatever blanks; unknown ones are kept, missing ones
get FANN's defaults. Whatever is counted is checked before room is made for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import suggestion
from glassnet.formats.fann.connections import check_connections
from glassnet.formats.fann.net import FIELDS, SCALES, SHORTCUT, FannNet, Field
from glassnet.formats.fann.old_reader import read_old
from glassnet.formats.fann.scan import REAL, Source, read_source, source_of

__all__ = ["parse_net", "read_net"]

_VERSION = re.compile(r"FANN_(FLO|FIX)_(\d+)\.(\d+)[ \t]*(?=[\r\n]|$)")
_COMMENT = re.compile(r"(?m)^[ \t]*#[^\r\n]*")
_TOKEN = re.compile(r"\S+")
_GAP = re.compile(r"[\s,;]*")
_NUMBER = REAL.replace("inf(?:inity)?|nan", "[a-z]+")
_NEURON = re.compile(rf"\s*\(\s*([+-]?\w+)\s*,\s*([+-]?\w+)\s*,\s*({_NUMBER})\s*\)", re.IGNORECASE)
_CONNECTION = re.compile(rf"\s*\(\s*([+-]?\w+)\s*,\s*({_NUMBER})\s*\)", re.IGNORECASE)
_MOST_HINTS = 100  # unknown fields that are compared with a missing one's name
_KNOWN = {one.name for one in FIELDS}
_OTHER = {
    "num_layers",
    "layer_sizes",
    "scale_included",
    "decimal_point",
    "neurons",
    "connections",
    "cascade_activation_functions_count",
    "cascade_activation_steepnesses_count",
    *(f"scale_{what}_{side}" for what in SCALES for side in ("in", "out")),
}


@dataclass
class _Key:
    """The name of a field, from its first letter to behind its equals sign."""

    name: str
    start: int
    end: int


@dataclass
class _Value:
    """What stands behind a field's equals sign, and where."""

    text: str
    position: int


def read_net(path: str | Path) -> FannNet:
    """Read a FANN network file.

    Parameters
    ----------
    path : str or path
        A file of FANN 1.1 to 2.x, of the floating-point or the fixed-point library. The numbers
        of the latter become real ones.

    Raises
    ------
    FileFormatError
        If it is broken, with the line, the field, what was expected and what stands there.
    """
    return _parse(read_source(path))


def parse_net(content: bytes, name: str = "the network") -> FannNet:
    """Read a FANN network from the bytes of a file."""
    return _parse(source_of(content, name))


def _parse(source: Source) -> FannNet:
    match = _VERSION.match(source.text)
    if match is None:
        source.fail(0, "version", "FANN_FLO_2.1 or another FANN header", source.text[:13])
    kind, major, minor = match[1], match[2], match[3]
    if (major, minor) == ("1", "1"):
        return read_old(source, match.end(), is_fixed=kind == "FIX")
    if major != "2":
        source.fail(0, "version", "a version from 1.1 to 2.x", match[0])
    reader = _Reader(source, match.end(), is_fixed=kind == "FIX")
    net = reader.net()
    net.layout = f"FANN_{kind}_{major}.{minor}"
    check_connections(source, net, reader.connection_position)
    return net


def _keys(text: str, start: int) -> Iterator[_Key]:
    """Yield ``name=`` and ``name (notes)=``, each found backwards from its equals sign.

    A pattern that looks for the name first would look again from every letter and blank.
    """
    equals = text.find("=", start)
    while equals >= 0:
        left = text[start:equals].rstrip(" \t")
        if left.endswith(")"):
            bracket = left.rfind("(")
            noted = bracket >= 0 and ")" not in left[bracket:-1]
            left = left[:bracket].rstrip(" \t") if noted else ""
        word = _last_word(left)
        if word:
            yield _Key(word, start + len(left) - len(word), equals + 1)
        start, equals = equals + 1, text.find("=", equals + 1)


def _last_word(text: str) -> str:
    """Return the letters, digits and underscores a text ends with, from the first letter on."""
    first = len(text)
    while first and (text[first - 1].isalnum() or text[first - 1] == "_"):
        first -= 1
    letter = re.search("[A-Za-z_]", text[first:])
    return text[first + letter.start() :] if letter else ""


class _Reader:
    """The fields of one file by name."""

    def __init__(self, source: Source, start: int, is_fixed: bool) -> None:
        self.source = source
        # Comments become blanks, so that positions stay what they are.
        source.text = _COMMENT.sub(lambda found: " " * len(found[0]), source.text)
        self.fields = self._fields(start)
        self.scale = 1
        if is_fixed:
            digits = self._count("decimal_point", self._needed("decimal_point"), 30)
            self.scale = 2**digits

    def _fields(self, start: int) -> dict[str, _Value]:
        source = self.source
        keys = list(_keys(source.text, start))
        before = source.text[start : keys[0].start if keys else None]
        if before.strip() or not keys:
            position = start + len(before) - len(before.lstrip())
            source.fail(position, "num_layers", "num_layers=", before.strip())
        fields: dict[str, _Value] = {}
        for key, after in zip(keys, [*keys[1:], None], strict=True):
            name = key.name.lower()
            if name in fields:
                second = source.text[key.start : key.end]
                source.fail(key.start, name, "the field once", f"a second {second}")
            end = after.start if after else len(source.text)
            fields[name] = _Value(source.text[key.end : end], key.end)
        return fields

    def net(self) -> FannNet:
        """Return the network, its connections not yet checked."""
        sizes = self._layer_sizes()
        parameters = {one.name: self._parameter(one) for one in FIELDS}
        self._check_ends(sizes, is_shortcut=parameters["network_type"] == SHORTCUT)
        counts, activations, steepness = self._neurons(sizes)
        sources, weights = self._connections(int(counts.sum()))
        net = FannNet(sizes, counts, activations, steepness, sources, weights, parameters)
        net.scaling = self._scaling(net)
        net.extra = {
            name: value.text.strip()
            for name, value in self.fields.items()
            if name not in _KNOWN | _OTHER
        }
        return net

    # One field ------------------------------------------------------------------------

    def _needed(self, name: str) -> _Value:
        if name in self.fields:
            return self.fields[name]
        others = sorted(set(self.fields) - _KNOWN - _OTHER)[:_MOST_HINTS]
        hint = next((f" (is {other!r} meant?)" for other in others
                     if f"{name!r}" in suggestion(other, [name])), "")  # fmt: skip
        self.source.fail(len(self.source.text), name, f"a line {name}=...{hint}", "")

    def _tokens(self, value: _Value) -> list[tuple[str, int]]:
        return [(one[0], value.position + one.start()) for one in _TOKEN.finditer(value.text)]

    def _single(self, name: str, value: _Value) -> tuple[str, int]:
        tokens = self._tokens(value)
        if len(tokens) != 1:
            self.source.fail(value.position, name, "one number", value.text.strip())
        return tokens[0]

    def _count(self, name: str, value: _Value, top: int | None = None) -> int:
        token, position = self._single(name, value)
        return self.source.whole(token, position, name, top)

    def _list(self, name: str, count: int) -> list[tuple[str, int]]:
        """Return the words of a list, whose length is checked."""
        value = self._needed(name)
        tokens = self._tokens(value)
        if len(tokens) != count:
            self.source.fail(value.position, name, f"{count} numbers", f"{len(tokens)} numbers")
        return tokens

    def _parameter(self, one: Field) -> Any:
        source, name = self.source, one.name
        if one.kind in ("counts", "reals"):
            return self._list_parameter(one)
        if name not in self.fields:
            return one.default
        if one.kind == "count":
            return self._count(name, self.fields[name], one.top)
        token, position = self._single(name, self.fields[name])
        if one.kind == "float":
            return source.single(token, position, name)
        return source.real(token, position, name) / self.scale

    def _list_parameter(self, one: Field) -> list[Any]:
        name = one.name
        if name not in self.fields and f"{name}_count" not in self.fields:
            return list(one.default)
        value = self._needed(f"{name}_count")
        count = self._count(f"{name}_count", value)
        if count == 0:
            self.source.fail(value.position, f"{name}_count", "1 or more", "0")
        tokens = self._list(name, count)
        if one.kind == "counts":
            return [self.source.whole(token, at, name, one.top) for token, at in tokens]
        return [self.source.real(token, at, name) / self.scale for token, at in tokens]

    # Sizes, scaling -------------------------------------------------------------------

    def _layer_sizes(self) -> list[int]:
        value = self._needed("num_layers")
        count = self._count("num_layers", value)
        if count < 2:
            self.source.fail(value.position, "num_layers", "2 or more", str(count))
        sizes = []
        for token, position in self._list("layer_sizes", count):
            size = self.source.whole(token, position, "layer_sizes")
            if size < 1:
                self.source.fail(position, "layer_sizes", "1 or more neurons in a layer", token)
            sizes.append(size)
        return sizes

    def _check_ends(self, sizes: list[int], is_shortcut: bool) -> None:
        if sizes[0] < 2 or sizes[-1] < (1 if is_shortcut else 2):
            position = self._needed("layer_sizes").position
            expected = "an input and an output besides the bias"
            self.source.fail(position, "layer_sizes", expected, " ".join(map(str, sizes)))

    def _scaling(self, net: FannNet) -> dict[str, np.ndarray] | None:
        if "scale_included" not in self.fields:
            return None
        value = self.fields["scale_included"]
        flag = self._count("scale_included", value)
        if flag != 1:
            if flag and any(name.startswith("scale_mean") for name in self.fields):
                self.source.fail(value.position, "scale_included", "0 or 1", str(flag))
            return None
        scaling = {}
        for side, size in (("in", net.num_input), ("out", net.num_output)):
            for what in SCALES:
                name = f"scale_{what}_{side}"
                tokens = self._list(name, size)
                numbers = [self.source.single(token, at, name) for token, at in tokens]
                scaling[f"{what}_{side}"] = np.array(numbers)
        return scaling

    # Neurons and connections ----------------------------------------------------------

    def _tuples(self, name: str, pattern: re.Pattern[str], count: int, form: str) -> Iterator[Any]:
        """Yield the tuples of a field, each with its position; their number is checked."""
        value = self._needed(name)
        text, end = self.source.text, value.position + len(value.text)
        position, found = value.position, 0
        while match := pattern.match(text, position, end):
            found += 1
            if found > count:
                break
            yield match, match.end() - len(match[0].lstrip())
            position = match.end()
        rest = text[position:end].lstrip()
        if found < count:
            here = end - len(rest)
            self.source.fail(here, f"{name} {found + 1} of {count}", form, rest.split("\n")[0])
        if found > count or rest.startswith("("):
            self.source.fail(position, name, f"{count} of them", "another " + rest.split("\n")[0])

    def _neurons(self, sizes: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        source, total = self.source, sum(sizes)
        rows: list[tuple[int, int, float]] = []
        form = "(num_inputs, activation_function, activation_steepness)"
        for match, position in self._tuples("neurons", _NEURON, total, form):
            field = f"neuron {len(rows)}"
            rows.append((
                source.whole(match[1], position, f"num_inputs of {field}", 2**31),
                source.whole(match[2], position, f"activation_function of {field}", 19),
                source.real(match[3], position, f"activation_steepness of {field}") / self.scale,
            ))  # fmt: skip
        counts, activations, steepness = zip(*rows, strict=True)
        return np.array(counts), np.array(activations), np.array(steepness, float)

    def _connections(self, total: int) -> tuple[np.ndarray, np.ndarray]:
        source = self.source
        sources: list[int] = []
        weights: list[float] = []
        self.connection_position = self._needed("connections").position
        form = "(connected_to_neuron, weight)"
        for match, position in self._tuples("connections", _CONNECTION, total, form):
            field = f"connection {len(sources)}"
            sources.append(source.whole(match[1], position, f"connected_to_neuron of {field}"))
            weights.append(source.real(match[2], position, f"weight of {field}") / self.scale)
        return np.array(sources, int), np.array(weights, float)
