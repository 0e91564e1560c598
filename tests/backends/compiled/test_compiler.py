"""The compiler for generated source: its results are those of the same source run by Python."""

import ctypes
import math
import random

import numpy as np
import pytest

from glassnet.backends.compiled.compiler import build, pieces
from glassnet.backends.compiled.compiler.kinds import CompileError

ARGUMENTS = ("int64", "*int64", "*float64", "*float64", "*float32", "*uint8")
NAMES = ("n", "I", "D", "E", "F", "B")
KINDS = ("i8", "f8", "f8", "f4", "u1")
SCOPE = {
    "math": math,
    "float32": np.float32,
    "float64": np.float64,
    "int64": np.int64,
    "uint8": lambda x: np.uint8(int(x) & 255),
    "uint32": lambda x: int(x) & 0xFFFFFFFF,
    "plus": lambda a, b: a + b,
    "plus_product": lambda a, b, c: a + b * c,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "largest": np.maximum,
    "select": lambda test, a, b: a if test else b,
    "whole": np.floor,
    "rolled": lambda: None,
    "masked": lambda: None,
}
SIZE = 48


def source_of(*lines):
    return "\n".join([f"def run({', '.join(NAMES)}):", *(f"    {one}" for one in lines)])


def memory(seed=0):
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=SIZE).astype(kind) if kind[0] == "f" else rng.integers(0, 9, SIZE)
              for kind in KINDS]  # fmt: skip
    return [_aligned(array, kind) for array, kind in zip(arrays, KINDS, strict=True)]


def _aligned(array, kind):
    """Return a copy that begins at a multiple of 64 bytes, as arrays in an arena do."""
    raw = np.zeros(SIZE * np.dtype(kind).itemsize + 64, np.uint8)
    start = -raw.ctypes.data % 64
    copy = raw[start : start + SIZE * np.dtype(kind).itemsize].view(kind)
    copy[:] = array
    return copy


def run_compiled(source, arrays, n=5, starts=None):
    function = build.compiled(source, ARGUMENTS, starts)
    function(n, *(array.ctypes.data_as(ctypes.c_void_p) for array in arrays))


def run_by_python(source, arrays, n=5):
    scope = dict(SCOPE)
    exec(source, scope)
    with np.errstate(all="ignore"):
        scope["run"](n, *arrays)


def compare(source, n=5, starts=None, seed=0):
    expected, found = memory(seed), memory(seed)
    run_by_python(source, expected, n)
    run_compiled(source, found, n, starts)
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6 if a.dtype == "f4" else 1e-13, atol=1e-300)


CASES = {
    "arithmetic": ["D[0] = D[1] * E[2] - E[3] / D[4] + 2.5", "F[0] = F[1] * F[2] - F[3]"],
    "types meet": ["D[0] = F[1] * D[2]", "D[1] = n * D[3]", "D[2] = n / 2", "F[0] = D[5]"],
    "whole numbers": ["I[0] = (n + 7) // 2 % 3", "I[1] = I[2] & 6 | 1", "I[3] = I[4] << 2 >> 1"],
    "comparisons": ["B[0] = D[0] < D[1]", "B[1] = I[0] != I[1]", "B[2] = not (F[0] >= F[1])"],
    "truth as numbers": ["I[0] = int64(D[0] < 0.0) * 7", "D[0] = float64(I[1] > 3)"],
    "conversions": ["I[0] = int64(D[0] * 100.0)", "F[0] = float32(I[1])", "B[0] = uint8(I[2])"],
    "functions": ["D[0] = math.exp(D[1])", "D[2] = math.sqrt(abs(D[3]))", "F[0] = whole(F[1])",
                  "D[5] = abs(D[6]) ** 1.5", "I[0] = abs(0 - I[1])", "D[7] = math.erf(D[8])"],
    "choices": ["D[0] = maximum(D[1], D[2])", "F[0] = minimum(F[1], F[2])",
                "D[3] = select(D[4] > 0.0, D[4], 0.0)", "I[0] = largest(I[1], I[2])"],
    "condition": ["if I[0] > 4:", "    D[0] = 1.0", "else:", "    D[0] = 2.0", "D[1] = 3.0"],
    "conditional expression": ["k = I[0] if n > 3 else I[1]", "I[2] = k"],
    "while": ["k = 0", "while k * k < n * 9:", "    k += 1", "I[0] = k"],
    "continue": ["s = 0", "for k in range(10):", "    if k % 3 == 1:", "        continue",
                 "    s += k", "I[0] = s"],
    "steps": ["for k in range(1, n * 4, 3):", "    D[k] = D[k] + E[k]"],
    "no turns": ["for k in range(n, 2):", "    D[k] = 0.0"],
    "nested": ["for i in range(n):", "    t = 0.0", "    for j in range(8):", "        rolled()",
               "        t = plus_product(t, D[i * 8 + j], E[j])", "    E[40 + i] = t"],
    "a sum that is read later": ["s = 0.0", "for k in range(20):", "    s = plus(s, D[k])",
                                 "for k in range(20):", "    E[k] = E[k] - s"],
    "two sums": ["s = 0.0", "t = 1.0", "for k in range(20):", "    s = plus(s, D[k])",
                 "    t = maximum(t, E[k])", "D[0] = s", "D[1] = t"],
    "a sum that goes on": ["s = 0.0", "k = 0", "while k < 3:", "    for j in range(17):",
                           "        s = plus(s, D[j])", "    k += 1", "D[20] = s"],
    "in place": ["for k in range(24):", "    masked()", "    D[24 + k] = D[k] * 2.0 + D[24 + k]"],
}  # fmt: skip


@pytest.mark.parametrize("starts", [None, {"D": [0, 24], "F": [0]}], ids=["whole", "pieces"])
@pytest.mark.parametrize("name", CASES)
def test_results_are_those_of_python(name, starts):
    compare(source_of(*CASES[name]), starts=starts)


@pytest.mark.parametrize("starts", [None, {"D": [0, 16, 32], "E": [0, 16, 32]}])
def test_random_sources(starts):
    for seed in range(25):
        compare(source_of(*_random_lines(random.Random(seed))), starts=starts, seed=seed)


def _random_lines(rng):
    """Write a few loops over parts of memory, with sums that later loops read."""
    lines, sums = [], ["D[47]"]
    for number in range(rng.randint(1, 5)):
        target, source, other = (rng.choice(["D", "E"]) for _ in range(3))
        a, b, c = (rng.choice([0, 16, 32]) for _ in range(3))
        total = f"s{number}"
        lines += [f"{total} = {rng.choice(['0.0', '1.5'])}",
                  f"for i in range({rng.choice(['n', '3'])}):",
                  f"    for j in range({rng.choice(['2', '3'])}):",
                  f"        v = {source}[{b} + i * 3 + j] * {rng.choice(sums)}",
                  f"        w = maximum(v, {other}[{c} + i * 3 + j])",
                  f"        {target}[{a} + i * 3 + j] = {rng.choice(['v', 'w', 'v - w', 'v + w'])}",
                  f"        {total} = plus({total}, {rng.choice(['v', 'w'])})"]  # fmt: skip
        sums.append(total)
    return [*lines, f"E[47] = {' + '.join(sums)}"]


def test_equal_loops_share_a_piece():
    update = "for k in range({}):\n        D[{} + k] = D[{} + k] - 0.1 * E[{} + k]"
    lines = [update.format(size, at, at, at) for size, at in ((300, 0), (400, 304), (999, 704))]
    found = pieces.translated(
        source_of(*lines), ARGUMENTS, {"D": [0, 304, 704], "E": [0, 304, 704]}
    )
    assert len(found.pieces) == 1 and found.text.count("call void @piece_") == 3


def test_arrays_within_one_place_are_one_argument():
    """A piece may only be told that arguments never meet where they are different arrays."""
    line = "for k in range(9):\n        D[1 + k] = D[k]\n        E[k] = D[2 + k]"
    found = pieces.translated(source_of(line), ARGUMENTS, {"D": [0, 24], "E": [0]})
    (piece,) = found.pieces.values()
    assert piece.count("noalias") == 2
    compare(source_of(line), starts={"D": [0, 24], "E": [0]})


REFUSED = {
    "x = y": r"line 2, 'x = y': 'y' is used before it is assigned",
    "x = 'text'": "is no number",
    "x = [1]": "List is outside the language",
    "import os": "Import is outside the language",
    "x = print(1)": "'print' is no function of the language",
    "x = __import__('os')": "is no function of the language",
    "x = math.exp(1.0, 2.0)": "does not take 2 arguments",
    "for k in [1, 2]:\n        pass": r"loops run over range",
    "for k in range(0, n, 0):\n        I[0] = k": "the step of a range",
    "x = 1\n    x = 2.5": "'x' changes its type",
    "n = 3": "'n' is assigned, but it is an argument",
    "x = D": None,
    "x = D + 1": "a pointer is used as a number",
    "x = n[0]": "a number is used as a pointer",
    "x, y = 1, 2": "Tuple is outside the language",
    "x = 1 < n < 2": "a comparison has two sides",
    "return 3": "Return is outside the language",
    "x = n ** 2": "powers of whole numbers",
    "lambda: 1": "an expression stands alone",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_outside_the_language_is_refused_with_line_and_reason(line):
    if REFUSED[line] is None:
        pieces.translated(source_of(line), ARGUMENTS)
        return
    with pytest.raises(CompileError, match=REFUSED[line]) as caught:
        pieces.translated(source_of(line), ARGUMENTS)
    assert str(caught.value).startswith("line ")


def test_a_source_without_a_function_is_refused():
    with pytest.raises(CompileError, match="no function 'run'"):
        pieces.translated("", ARGUMENTS)
    with pytest.raises(CompileError, match="6 arguments, but 1 types"):
        pieces.translated(source_of("I[0] = 1"), ["int64"])
