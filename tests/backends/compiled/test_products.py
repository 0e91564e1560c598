"""Products from registers: for every kind of sizes and processor equal to NumPy's, to the last bit
wherever the rows are cut, and nothing is written beside the result."""

import ctypes
import itertools

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends.compiled.compiler import build
from glassnet.backends.compiled.compiler.assembly import Assembly, Module
from glassnet.backends.compiled.compiler.kinds import INT64, CompileError, Pointer, Value, whole
from glassnet.backends.compiled.compiler.pieces import ENTRY
from glassnet.backends.compiled.compiler.products import call_product
from glassnet.backends.compiled.compiler.registers import Registers, registers_of

L = gn.layers
OURS = build.registers()
# Vectors that this processor lacks are put together from shorter ones by LLVM.
REGISTERS = [OURS, Registers(512, 32, True), Registers(256, 16), Registers(128, 32), Registers()]
GAP = 777.0


def function_of(dtype, known, registers):
    """Return ``product`` as a function of pointers and of the sizes that are not known."""
    module = Module(registers)
    a = Assembly(module)
    names = ("rows", "inner", "columns", "a_row", "a_step", "b_row", "b_step", "out_row")
    sizes = {name: whole(known[name]) if name in known else Value(f"%{name}", INT64)
             for name in names}  # fmt: skip
    x, y, z = (Value(f"%{name}", Pointer(dtype)) for name in "xyz")
    rows, inner, columns, a_row, a_step, b_row, b_step, out_row = sizes.values()
    call_product(a, [rows, inner, columns, x, whole(0), a_row, a_step, y, whole(0), b_row, b_step,
                     z, whole(0), out_row])  # fmt: skip
    a.do("ret void")
    ((name, text),) = module.needed.items()
    free = [name for name in names if name not in known]
    arguments = ", ".join([f"ptr %{one}" for one in "xyz"] + [f"i64 %{one}" for one in free])
    module.functions.append(a.function(f"define void @{ENTRY}({arguments})"))
    codes = [build._object(one, build.finished) for one in (text, module.text())]
    address = build._linked(codes, [ENTRY], {})[ENTRY]
    kinds = [ctypes.c_void_p] * 3 + [ctypes.c_int64] * len(free)
    return ctypes.CFUNCTYPE(None, *kinds)(address), free, name


def matrix(rng, shape, dtype, gap, is_turned=False):
    """Return random numbers whose rows (or columns) have ``gap`` numbers between them."""
    rows, columns = shape[::-1] if is_turned else shape
    room = np.full((rows, columns + gap), GAP, dtype)
    room[:, :columns] = rng.normal(size=(rows, columns))
    view = room[:, :columns]
    steps = (columns + gap, 1)  # NumPy knows none of an empty array
    return (view.T, room, steps[::-1]) if is_turned else (view, room, steps)


def compare(rng, sizes, dtype, turned, gaps, known_names, registers):
    rows, inner, columns = sizes
    a, _, (a_row, a_step) = matrix(rng, (rows, inner), dtype, gaps[0], turned[0])
    b, _, (b_row, b_step) = matrix(rng, (inner, columns), dtype, gaps[1], turned[1])
    out, room, (out_row, _) = matrix(rng, (rows, columns), dtype, gaps[2])
    every = {"rows": rows, "inner": inner, "columns": columns, "a_row": a_row, "a_step": a_step,
             "b_row": b_row, "b_step": b_step, "out_row": out_row}  # fmt: skip
    always = {"columns", "b_row", "inner"} if turned[1] else {"columns", "b_step"}
    known = {name: every[name] for name in every if name in always | known_names}
    function, free, _ = function_of(dtype, known, registers)
    function(a.ctypes.data, b.ctypes.data, out.ctypes.data, *(every[name] for name in free))
    expected = a.astype("f8") @ b.astype("f8")
    size = np.abs(a).astype("f8") @ np.abs(b) + 1e-30
    assert (np.abs(out - expected) / size).max(initial=0) < np.finfo(dtype).eps * (inner + 2)
    assert (room[:, columns:] == GAP).all()
    return function, free, every, (a, b, out)


def drawn(rng, number):
    """Draw sizes, with those around the lanes of a register among them."""
    edges = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 30, 31, 32, 33, 48, 63, 64, 65, 100, 129]
    return [int(rng.choice(edges)) for _ in range(number)]


@pytest.mark.parametrize(
    "registers", REGISTERS, ids=["this processor", "512", "256", "128/32", "128"]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_sizes(dtype, registers):
    rng = np.random.default_rng([registers.bits, registers.count, len(dtype)])
    optional = ["rows", "inner", "a_row", "a_step", "b_row", "b_step", "out_row"]
    for _ in range(12):
        turned = rng.random(2) < 0.5
        gaps = rng.choice([0, 1, 16], 3)
        known = {name for name in optional if rng.random() < 0.5}
        compare(rng, drawn(rng, 3), dtype, turned, gaps, known, registers)


def test_a_row_is_the_same_wherever_the_rows_are_cut():
    rng = np.random.default_rng(1)
    for columns in (5, 30, 100):
        known = {"inner", "a_row", "a_step", "b_row", "b_step", "out_row"}
        function, free, _, (a, b, out) = compare(
            rng, (67, 40, columns), "float32", (False, False), (0, 0, 0), known, OURS)  # fmt: skip
        assert free == ["rows"]
        whole_result = out.copy()
        for first, count in itertools.pairwise([0, 1, 3, 9, 21, 40, 67]):
            out[:] = 0
            function(a[first:].ctypes.data, b.ctypes.data, out[first:].ctypes.data, count - first)
            assert (out[first:count] == whole_result[first:count]).all()
            assert (out[:first] == 0).all() and (out[count:] == 0).all()


def test_no_rows_and_no_inner_size():
    rng = np.random.default_rng(2)
    names = {"a_row", "a_step", "b_row", "b_step", "out_row"}
    for sizes in ((0, 5, 7), (4, 0, 7), (0, 0, 7)):
        compare(rng, sizes, "float64", (False, False), (0, 0, 0), names, OURS)


def test_infinities_and_nan_stay_in_their_own_numbers():
    rng = np.random.default_rng(3)
    known = {"inner", "a_row", "a_step", "b_row", "out_row"}
    for columns, turned in itertools.product((5, 13, 40), (False, True)):
        function, free, every, (a, b, out) = compare(
            rng, (30, 17, columns), "float32", (False, turned), (0, 3, 0), known, OURS)  # fmt: skip
        before = out.copy()
        a[7, 2], b[3, 4] = np.inf, np.nan
        function(a.ctypes.data, b.ctypes.data, out.ctypes.data, *(every[name] for name in free))
        changed = np.zeros(out.shape, bool)
        changed[7] = changed[:, 4] = True
        assert (out[~changed] == before[~changed]).all() and not np.isfinite(out[changed]).any()


def test_what_is_outside_is_refused():
    known = {"rows": 4, "inner": 4, "a_row": 4, "a_step": 1, "b_row": 4, "b_step": 1, "out_row": 4}
    with pytest.raises(CompileError, match="known number of columns"):
        function_of("float32", known, OURS)
    with pytest.raises(CompileError, match="rows without gaps"):
        function_of("float32", known | {"columns": 4, "b_row": 9, "b_step": 2}, OURS)


def test_a_schedule_names_the_forms():
    net = gn.Sequential([gn.Input((20,)), L.Dense(30, "tanh"), L.Dense(2)], seed=0)
    net.compile("adam", "mse")
    text = str(net.schedule(batch_size=64, rows=640))
    assert "blocks in registers" in text and "number by number" in text
    assert "product(" in net.compiled_source(64)


def test_registers_of_processors():
    assert registers_of({"avx512vl": True, "avx": True}) == Registers(512, 32, True)
    assert registers_of({"neon": True}) == Registers(128, 32)
    assert registers_of({}) == Registers()
