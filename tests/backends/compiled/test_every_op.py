"""Every op over batches of 1, 2, 7 and 128 rows, alone, among others, and in a training step.

Nothing here may fall back to NumPy: the backend under test has no NumPy to fall back to.
"""

import zlib

import numpy as np
import pytest

from glassnet import ops
from glassnet.backends import Numpy, Work
from glassnet.backends.compiled import Compiled
from glassnet.backends.compiled.schedule import sharding
from glassnet.graph import REGISTRY, simplify
from glassnet.random import permutation
from tests.backends.compiled import lifted

pytestmark = pytest.mark.unoptimised

assert ops


class Nothing:
    """In the place of the backend that takes over."""

    def __getattr__(self, name):
        raise AssertionError("it was not compiled")


def compiled(threads=2):
    backend = Compiled(threads=threads)
    backend._fallback = Nothing()
    backend.taking = lambda program: backend  # of any number of units
    return backend


@pytest.fixture
def shared(monkeypatch):
    """Shares out the smallest work, as large work is."""
    monkeypatch.setattr(sharding, "_WORTH", 0.0)
    monkeypatch.setattr(sharding, "_SMALL_VALUE", 1)


NAMES = sorted(REGISTRY)
DTYPES = ("float32", "float64")
# Ops with code of their own, in one type and one form; the slow tests go through all there are.
OWN = [name for name in NAMES if not REGISTRY[name].is_elementwise]
SOME = [(name, DTYPES[zlib.crc32(name.encode()) % 2]) for name in OWN]
ALL = [(name, dtype) for name in NAMES for dtype in DTYPES]
# How rows are shared, and how steps are repeated, does not depend on which elementwise op it is.
OWN_IN_BOTH = [(name, dtype) for name in OWN for dtype in DTYPES]
EACH = [(name, DTYPES[zlib.crc32(name.encode()) % 2]) for name in NAMES]
SIZES = lifted.SIZES


def test_nearly_every_op_has_rows():
    fixed = {
        name
        for name in NAMES
        if not any(lifted.N in node.shape for call in lifted.calls(name, "float64")
                   for node in [*call.nodes, call.output])
    }  # fmt: skip
    assert fixed == {"random_bits"}


def check_run(program, made, sizes, dtype):
    backends = [compiled(threads) for threads in (3, 2, 1)]
    for rows in sizes:
        values = {k: v for call in made for k, v in lifted.values_of(call, rows, dtype).items()}
        three, two, one = (backend.run(program, values) for backend in backends)
        lifted.close(one, Numpy().run(program, values), dtype)
        for name, value in one.items():
            assert value.tobytes() == two[name].tobytes() == three[name].tobytes(), name


def check_step(name, dtype, sizes):
    """Three epochs over 135 rows: the last batch is short, and the last epoch is shuffled."""
    program, made = lifted.step(name, dtype)
    program = simplify(program)
    values = {k: v for call in made for k, v in lifted.values_of(call, ROWS, dtype).items()}
    data = {key: values.get(key, np.zeros(ROWS, dtype)) for key in program.rows}
    fixed = {key: values[key] for key in program.state if key != "factor"}
    orders = [None, None, permutation(0, name, ROWS)]
    for size in sizes:
        work = Work(orders, size, batches=10**6, scalars={"rate": 0.01}, step=3)
        results = []
        for backend in (compiled(), Numpy()):
            state = {"factor": np.ones(1, dtype)} | {k: np.array(v) for k, v in fixed.items()}
            results.append((backend.stepper(program, state, data).run(work), state))
        ((done, totals), state), ((done_, totals_), state_) = results
        assert done == done_ == 3 * -(-ROWS // size)
        lifted.close({"totals": totals, **state}, {"totals": totals_, **state_}, dtype)


ROWS = 135


@pytest.mark.parametrize(("name", "dtype"), SOME)
def test_among_others(name, dtype):
    program, made = lifted.among_others(name, dtype)
    check_run(simplify(program), made, (2, 7), dtype)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), ALL)
@pytest.mark.parametrize("form", ["alone", "among_others"])
def test_every_form(name, dtype, form):
    program, made = getattr(lifted, form)(name, dtype)
    program = program if form == "alone" else simplify(program)
    check_run(program, made, SIZES, dtype)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), OWN_IN_BOTH)
@pytest.mark.parametrize("form", ["alone", "among_others"])
def test_every_form_shared_among_threads(name, dtype, form, shared):
    program, made = getattr(lifted, form)(name, dtype)
    check_run(simplify(program), made, (33, 128), dtype)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), EACH)
def test_multiples_of_the_batch_shared_among_threads(name, dtype, shared):
    """The first axis is 3n, as where Dense takes samples of several rows."""
    program, made = lifted.among_others(name, dtype, times=3)
    check_run(simplify(program), made, (33, 128), dtype)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), EACH)
def test_step(name, dtype):
    check_step(name, dtype, SIZES)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), SOME)
def test_step_shared_among_threads(name, dtype, shared):
    check_step(name, dtype, (128,))
