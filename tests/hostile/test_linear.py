"""Text is read in time that grows with its length: 16 times the text, not 256 times the time."""

from __future__ import annotations

import contextlib
import json
import time

import pytest

import glassnet as gn
from glassnet import datasets
from glassnet.errors import GlassnetError
from glassnet.fann import neural_net
from glassnet.formats.fann import parse_data, parse_net
from glassnet.graph import from_text

# Quadratic time is a factor of 256; linear time, with fixed costs and noise, stays below 64.
TIMES, MOST = 16, 64
LEAST = 0.004  # seconds the long text takes at least: shorter ones say nothing
HEAD = "FANN_FLO_2.1\n"


def layers_of(count: int, sparse: bool) -> str:
    """A network of many narrow layers, complete and in order."""
    rate = "0.5" if sparse else "1.0"
    neurons = "(0, 0, 0) (0, 0, 0) " + "(2, 5, 0.5) (0, 5, 0) " * (count - 1)
    if sparse:
        neurons = neurons[: -len("(2, 5, 0.5) (0, 5, 0) ")] + "(1, 5, 0.5) (0, 5, 0) "
    pairs = [f"({2 * n}, 0.5) ({2 * n + 1}, 0.25) " for n in range(count - 1)]
    if sparse:
        pairs[-1] = f"({2 * count - 4}, 0.5) "
    return (
        f"{HEAD}num_layers={count}\nconnection_rate={rate}\nlayer_sizes={'2 ' * count}\n"
        f"neurons (a, b, c)={neurons}\nconnections (a, b)={''.join(pairs)}\n"
    )


NETS = {
    "letters": lambda n: HEAD + "a" * n,
    "letters after a field": lambda n: HEAD + "num_layers=" + "a" * n,
    "blanks": lambda n: HEAD + "a" + " " * n,
    "words": lambda n: HEAD + "num_layers=2\n" + "a \t" * n,
    "open brackets": lambda n: HEAD + "a(" * n,
    "a long bracket": lambda n: HEAD + "a" * n + "(" + "b" * n,
    "closed brackets": lambda n: HEAD + "a()" * n,
    "equals signs": lambda n: HEAD + "a=" + "=" * n,
    "brackets before equals": lambda n: HEAD + "a=1 " + "(" * n + ")=" * n,
    "comments": lambda n: HEAD + "#" * n + "\n#" * n,
    "blank lines": lambda n: HEAD + "\n \t" * n,
    "fields": lambda n: HEAD + "".join(f"field_{i}={i}\n" for i in range(n // 10)),
    "sizes": lambda n: HEAD + f"num_layers={n}\nlayer_sizes={'2 ' * n}\n",
    "digits": lambda n: HEAD + "num_layers=2\nlayer_sizes=3 2\nlearning_rate=" + "1" * n + "x",
    "hex": lambda n: HEAD + "num_layers=2\nlayer_sizes=3 2\nlearning_rate=0x" + "1" * n + "!",
    "a long weight": lambda n: (
        HEAD + "num_layers=2\nlayer_sizes=2 2\nneurons (a, b, c)=(0, 0, 0) (0, 0, 0) (2, 5, 0x"
        + "1" * n + "!"
    ),
    "layers": lambda n: layers_of(n // 40, sparse=False),
    "sparse layers": lambda n: layers_of(n // 40, sparse=True),
    "old words": lambda n: "FANN_FLO_1.1\n2 0.7 1.0 0 5 5 1.0 1.0\n" + "2 " * n,
    "old brackets": lambda n: "FANN_FLO_1.1\n" + "(" * n,
}  # fmt: skip
DATA = {
    "words": lambda n: "1 1 1\n" + "x " * n,
    "rows": lambda n: f"{n // 4} 1 1\n" + "0.5 1 \n" * (n // 4),
    "hex": lambda n: "1 1 1\n0x" + "1" * n + "!",
    "digits": lambda n: "1 1 1\n" + "1" * n + "x",
    "comments": lambda n: "1 1 1\n" + "#\n" * n,
    "blanks": lambda n: " " * n + "#" + " \t" * n,
    "a long count": lambda n: "1" * n,
}
TABLES = {
    "columns": lambda n: ",".join(map(str, range(n // 4))) + "\n",
    "columns of one name": lambda n: "x,y\n".replace("x", ",".join(f"c{i}" for i in range(n // 8)))
    .replace("y", "d,d") + "1,2\n",
    "separators": lambda n: "a;b,c\td\n" + ";,\t" * n + "\n1,2\n",
    "an open quote": lambda n: 'a,b\n1,2\n"' + "3,4\n" * n,
    "quotes": lambda n: "a,b\n1,2\n" + '"' * n,
    "blank lines": lambda n: "a,b\n" + "\n \n" * n + "1,2\n",
    "digits": lambda n: "a,b\n1," + "1" * n + "\n1,2\n3,4\n",
    "blanks": lambda n: "a,b\n1," + " " * n + "\n1,2\n3,4\n",
    "rows": lambda n: "a,b\n" + "1,2\n2,3.5\n" * (n // 8),
    "text": lambda n: "a,b\n" + "1,x\n2,y\n" * (n // 8),
    "line ends": lambda n: "a,b\r1,2\r\n" + "\r" * n,
}  # fmt: skip
PROGRAMS = {
    "quotes": lambda n: "input '" + "': a[" * n,
    "letters": lambda n: "input " + "a" * n,
    "brackets": lambda n: "input a: float32[" + "]" * n,
    "nested": lambda n: "output a = " + "(" * n,
    "signs": lambda n: "output a = " + "-" * n + "1",
    "products": lambda n: "input a: float32[" + "2*" * n + "2]",
    "inputs": lambda n: "".join(f"input a{i}: float32[2]\n" for i in range(n // 40)),
    "steps": lambda n: "input v: float32[2]\nw0: float32[2] = tanh(v)\n"
    + "".join(f"w{i + 1}: float32[2] = tanh(w{i})\n" for i in range(n // 40))
    + f"output o = w{n // 40}\n",
}  # fmt: skip


def read_net(text, tmp_path):
    parse_net(text.encode())
    net = neural_net()
    (tmp_path / "a.net").write_text(text)
    net.create_from_file(str(tmp_path / "a.net"))


def read_table(text, tmp_path):
    (tmp_path / "a.csv").write_text(text)
    datasets.read_table(tmp_path / "a.csv")


def read_data(text, tmp_path):
    parse_data(text.encode())


CASES = [
    *(("net", name, make, read_net) for name, make in NETS.items()),
    *(("data", name, make, read_data) for name, make in DATA.items()),
    *(("table", name, make, read_table) for name, make in TABLES.items()),
    *(("program", name, make, lambda text, _: from_text(text)) for name, make in PROGRAMS.items()),
]  # fmt: skip


def seconds(read, text, tmp_path, repeats=3):
    least = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        with contextlib.suppress(GlassnetError):
            read(text, tmp_path)
        least = min(least, time.process_time() - start)
        if least > 1:
            break
    return least


@pytest.mark.parametrize(
    ("make", "read"),
    [pytest.param(*one[2:], id=f"{one[0]}: {one[1]}") for one in CASES],
)
def test_sixteen_times_the_text(make, read, tmp_path):
    size = 1_250
    seconds(read, make(100), tmp_path, 1)  # imports and caches of a first read
    for _attempt in range(4):
        long = seconds(read, make(size * TIMES), tmp_path)
        if long < LEAST:  # nothing of 20 kB that is quick can be quadratic
            return
        short = seconds(read, make(size), tmp_path)
        if long < MOST * short or long < LEAST:
            return
    raise AssertionError(f"{long:.3f} s for {TIMES} times the text, {short:.4f} s before")


def test_a_header_of_json_that_is_nested_or_long(tmp_path):
    net = gn.Sequential([gn.Input((2,)), gn.layers.Dense(1)], seed=0)
    content = net.save(tmp_path / "a.safetensors").read_bytes()
    for inner in ("[" * 100_000, '{"a":' * 100_000, "1" * 100_000, '"' * 100_000):
        header = json.dumps({"__metadata__": {
            "format": "glassnet", "version": "1", "description": inner}}).encode()  # fmt: skip
        path = tmp_path / "b.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header + content[-8:])
        start = time.process_time()
        with pytest.raises(GlassnetError):
            gn.load(path)
        assert time.process_time() - start < 5
