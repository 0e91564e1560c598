"""Ways of damaging a file: blind to its format, and with knowledge of it."""

from __future__ import annotations

import copy
import gzip
import io
import json
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

__all__ = ["json_text", "of_bytes", "of_idx", "of_model", "of_npz", "of_table", "of_text", "packed"]

NUMBERS = (
    *(0, 1, -1, 2, 3, 7, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64),
    *(10**30, -(10**30), 0.5, -0.5, 1e-320, 1e300, -1e300),
    *(float("nan"), float("inf"), float("-inf")),
)
_DEEP = "deep-nesting-goes-here"
VALUES = (
    *NUMBERS, None, True, False, "", "x", "nan", "1", "é", "\ud800", "a" * 5000, "\n", "None",
    [], [1], [[]], [None], ["a"], [0] * 100, [1.5, float("nan")], {}, {"a": 1}, {"class": "Dense"},
    {"class": "Steep", "activation": "tanh", "steepness": "x"}, {"class": "Constant"},
    {"class": None},
    {"array": [1, 2], "dtype": "float32"}, {"array": [[1], [2, 3]], "dtype": "O"}, [_DEEP], _DEEP,
    "relu", "adam", "mse", "softmax", "l2", "float16", "float64", "Sequential",
)  # fmt: skip
TOKENS = [
    *(b"-1", b"0", b"1", b"999999", b"4294967295", b"99999999999999999999999", b"1e9", b"1e400"),
    *(b"nan", b"inf", b"0x1p9", b"-0.0", b"1,5", b"1e-400", b"\x00", b"\xff\xfe", b"\xed\xa0\x80"),
    *(b"\n", b"\r", b" ", b"\t", b",", b";", b'"', b"'", b"#", b"=", b"(", b")", b"[", b"{", b"}"),
    *(b"'" * 9, b"NA", b"True", b"\xe2\x80\xae", b"1" * 400, b"a" * 3000, b"\xef\xbb\xbf", b"None"),
]
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def of_bytes(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Damage that knows nothing: bits, cuts, doubles, words, another file's bytes."""
    text = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 9))):
        at, far = rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)
        low, high = min(at, far), min(max(at, far), min(at, far) + rng.choice((1, 2, 8, 100)))
        kind = rng.randrange(8)
        if kind == 0 and at < len(text):
            text[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(text):
            text[at] = rng.choice((0, 255, 127, 128, rng.randrange(256)))
        elif kind == 2:
            text[at:at] = rng.choice(TOKENS)
        elif kind == 3:
            del text[low:high]
        elif kind == 4:
            text[far:far] = text[low:high]
        elif kind == 5 and rng.random() < 0.3:
            del text[at:]
        elif kind == 6:
            start = rng.randrange(len(other) + 1)
            text[at:at] = other[start : start + rng.choice((1, 8, 64, 1000))]
        elif kind == 7 and rng.random() < 0.3:
            text = text[:at] + bytearray(other[rng.randrange(len(other) + 1) :])
    return bytes(text)


def of_text(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Numbers become other numbers, lines change places, go or come twice; or blind damage."""
    kind = rng.randrange(4)
    if kind == 0:
        return of_bytes(content, other, rng)
    if kind == 1:
        lines = content.splitlines(keepends=True)
        at = rng.randrange(len(lines))
        change = rng.randrange(4)
        if change == 0:
            del lines[at]
        elif change == 1:
            lines.insert(rng.randrange(len(lines)), lines[at])
        elif change == 2:
            rng.shuffle(lines)
        else:
            strange = other.splitlines(keepends=True)
            lines[at : at + 1] = strange[: rng.randrange(len(strange) + 1)]
        return b"".join(lines)
    found = list(_NUMBER.finditer(content))
    for match in sorted(rng.sample(found, min(len(found), kind)), key=lambda one: -one.start()):
        new = rng.choice([*TOKENS[:16], *(str(n).encode() for n in NUMBERS)])
        content = content[: match.start()] + new + content[match.end() :]
    return content


def of_table(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """As `of_text`, and cells, separators, quotes and line ends."""
    kind = rng.randrange(8)
    if kind > 3:
        return of_text(content, other, rng)
    if kind == 0:
        return content.replace(b",", rng.choice((b";", b"\t", b",,", b"|", b" , ", b'","')))
    if kind == 1:
        return content.replace(b"\n", rng.choice((b"\r", b"\r\n", b"\n\n", b"", b",\n", b'"\n')))
    rows = [line.split(b",") for line in content.split(b"\n")]
    for _ in range(rng.choice((1, 1, 5))):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(TOKENS)
    if kind == 3:
        for row in rows:
            del row[rng.choice((0, 1, -1)) :]
    return b"\n".join(b",".join(row) for row in rows)


# JSON --------------------------------------------------------------------------------------


def json_text(value: Any, rng: random.Random) -> str:
    """Return JSON with some values replaced, moved, removed or given twice."""
    value = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            break
        holder, key = rng.choice(places)
        kind = rng.randrange(8)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            source, name = rng.choice(places)
            holder[key] = json.loads(json.dumps(source[name]))
        elif kind == 2 and isinstance(holder, dict):
            holder[rng.choice(("x", "", "class", "name", key + "_"))] = holder.pop(key)
        elif kind == 3 and isinstance(holder, list):
            holder.insert(rng.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
        elif kind == 4 and isinstance(holder[key], int | float):
            holder[key] = rng.choice(NUMBERS)
        else:
            # A copy: further changes would put a shared list into itself.
            holder[key] = copy.deepcopy(rng.choice(VALUES))
    text = json.dumps(value)
    if rng.random() < 0.05:  # a key twice
        match = rng.choice(list(re.finditer(r'"\w+": ', text)) or [None])
        if match:
            text = text[: match.start()] + match[0] + rng.choice(("1, ", "null, ", "[], "))
            text += json.dumps(value)[match.start() :]
    depth = rng.choice((5, 500, 900, 20_000))
    return text.replace(f'"{_DEEP}"', "[" * depth + "]" * depth)


def _places(value: Any) -> Any:
    """Yield containers with a key of theirs, however deep: a description may be all brackets."""
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        pairs: Any = ()
        if isinstance(holder, dict):
            pairs = list(holder.items())
        elif isinstance(holder, list):
            pairs = list(enumerate(holder))[:20]
        for key, inner in pairs:
            yield holder, key
            waiting.append(inner)


# Formats -----------------------------------------------------------------------------------


def of_model(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Damage to a safetensors file: to the description mostly, to header and numbers."""
    kind = rng.randrange(12)
    if kind == 0:
        return of_bytes(content, other, rng)
    size = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + size]), bytearray(content[8 + size :])
    if kind == 1:
        return _joined(json_text(header, rng).encode("utf-8", "surrogatepass"), bytes(data), rng)
    if kind == 2:
        for _ in range(rng.choice((1, 5))):
            at = rng.randrange(0, max(len(data) - 8, 1), 4)
            data[at : at + 4] = struct.pack(
                "<f", rng.choice((float("nan"), float("inf"), 1e38, -1))
            )
    elif kind == 3:
        for _ in range(rng.choice((1, 3))):
            at = rng.randrange(0, max(len(data) - 7, 1), 8)
            data[at : at + 8] = rng.choice((b"\xff" * 8, b"\xff" * 7 + b"\x7f", bytes(7) + b"\x80"))
    else:
        metadata = header["__metadata__"]
        metadata["description"] = json_text(json.loads(metadata["description"]), rng)
    return _joined(json.dumps(header).encode(), bytes(data), random.Random(1))


def _joined(header: bytes, data: bytes, rng: random.Random) -> bytes:
    length = (
        len(header) if rng.random() < 0.9 else rng.choice((0, 1, 2**63, 10**8, len(header) + 1))
    )
    return length.to_bytes(8, "little") + header + data


def of_idx(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Damage to an IDX file: to type, axes and sizes mostly."""
    if rng.randrange(4) == 0:
        return of_bytes(content, other, rng)
    text = bytearray(content)
    for _ in range(rng.choice((1, 2))):
        kind = rng.randrange(3)
        if kind == 0:
            text[2] = rng.choice((0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0, 255))
        elif kind == 1:
            text[3] = rng.choice((0, 1, 2, 3, 4, 33, 64, 255))
        else:
            at = 4 + 4 * rng.randrange(max(text[3] % 8, 1))
            text[at : at + 4] = struct.pack(">I", rng.choice((0, 1, 2, 5, 10, 2**31, 2**32 - 1)))
    return bytes(text)


def packed(inner: Callable[..., bytes]) -> Callable[..., bytes]:
    """Damage to a gzip file: to what is packed, or to the packing."""

    def damage(content: bytes, other: bytes, rng: random.Random) -> bytes:
        kind = rng.randrange(4)
        if kind == 0:
            return of_bytes(content, other, rng)
        inside = inner(gzip.decompress(content), gzip.decompress(other), rng)
        if kind == 1:
            return gzip.compress(inside) + gzip.compress(inside)
        if kind == 2:
            packer = zlib.compressobj(9, wbits=31)
            return (
                packer.compress(inside)
                + packer.compress(bytes(rng.choice((1, 10**7))))
                + (packer.flush())
            )
        return gzip.compress(inside)

    return damage


def of_npz(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Damage to a zip file of arrays: to members, their headers, and the zip's own records."""
    kind = rng.randrange(6)
    if kind == 0:
        return of_bytes(content, other, rng)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = {one.filename: file.read(one) for one in file.infolist()}
    name = rng.choice(list(members))
    if kind == 1:  # flags, methods and sizes in the records
        text = bytearray(content)
        for mark, length in ((b"PK\x01\x02", 46), (b"PK\x03\x04", 30)):
            at = text.find(mark)
            while at >= 0:
                if rng.random() < 0.6:
                    place = at + rng.randrange(4, length)
                    text[place] = rng.choice((0, 1, 8, 9, 12, 14, 255, rng.randrange(256)))
                at = text.find(mark, at + 4)
        return bytes(text)
    if kind == 2:
        with zipfile.ZipFile(io.BytesIO(other)) as file:
            members[name] = file.read(rng.choice(file.namelist()))
    elif kind == 3:
        members[rng.choice(("x.npy", "y.npy", "x_train.npy", "class_names.npy"))] = members.pop(
            name
        )
    else:
        members[name] = _header_changed(members[name], rng)
    stream = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(stream, "w", method) as file:
        for one, inside in members.items():
            file.writestr(one, inside)
    return stream.getvalue()


DTYPES = (
    *(
        "<f8",
        "<f4",
        "<f2",
        ">f4",
        "<i8",
        "|u1",
        "|i1",
        "|b1",
        "<U1",
        "<U3",
        "|S2",
        "|O",
        "|V4",
        "<c8",
    ),
    *("<M8[s]", "<m8[D]", "<f16", "", "x", "<U0", "|S0", "|V0", "<U99999999"),
)


def _header_changed(member: bytes, rng: random.Random) -> bytes:
    """Return the bytes of a .npy file that says something else of itself."""
    length = int.from_bytes(member[8:10], "little")
    header, data = member[10 : 10 + length].decode("latin-1"), member[10 + length :]
    kind = rng.randrange(5)
    shapes = (
        *("()", "(0,)", "(0, 3)", "(1,)", "(2, 2)", "(-1, 2)", "(10**9,)", "(99999999999,)"),
        *(
            "(4, 0)",
            "(1, 1, 1, 4)",
            "(True,)",
            "(1.0,)",
            "4",
            "None",
            "(" * 90,
            "(4611686018427, 9)",
        ),
    )
    if kind == 0:
        header = re.sub(r"\(.*?\)", lambda _: rng.choice(shapes), header)
    elif kind == 1:
        header = re.sub(r"'descr': '[^']*'", lambda _: f"'descr': {rng.choice(DTYPES)!r}", header)
    elif kind == 2:
        fields = rng.choice(("[('a', '<f4'), ('b', '<i4')]", "('<f4', (2,))", "{}", "None", "3"))
        header = re.sub(r"'descr': '[^']*'", f"'descr': {fields}", header)
    elif kind == 3:
        header = of_bytes(header.encode("latin-1"), b"shape", rng).decode("latin-1")
    else:
        data = data[:: rng.choice((1, -1))] + bytes(rng.choice((0, 1, 64)))
        header = header.replace("False", rng.choice(("True", "None", "0", "False")))
    text = header.encode("latin-1")[:65535]
    version = rng.choice((b"\x01\x00",) * 8 + (b"\x02\x00", b"\x03\x00", b"\x09\x09"))
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return member[:6] + version + size + text + data
