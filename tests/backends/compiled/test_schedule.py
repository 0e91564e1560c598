"""Schedules are finished before anything is written, can be printed, and hold what they promise."""

import dataclasses

import numpy as np
import pytest

import glassnet as gn
from glassnet.backends.compiled.emit.lowering import lowered
from glassnet.backends.compiled.emit.source import write_source
from glassnet.backends.compiled.schedule import sharding
from glassnet.backends.compiled.schedule.places import Place, contiguous, number_of
from glassnet.backends.compiled.schedule.prepare import stepping
from glassnet.backends.compiled.schedule.schedule import Schedule
from glassnet.backends.compiled.schedule.sharing import (
    ALONE,
    EACH,
    ROWS,
    SUMS,
    Columns,
    Inner,
    Tiles,
)
from glassnet.graph.dims import Dim
from tests.backends.compiled.drawn_models import random_case

CAPACITY = 64


def wide(*units: int, optimizer: str = "adam") -> gn.Sequential:
    layers = [gn.layers.Dense(size, "relu") for size in units[1:]]
    net = gn.Sequential([gn.Input((units[0],)), *layers], seed=0)
    net.compile(optimizer, "mse")
    return net


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares out the smallest work, as large work is."""
    monkeypatch.setattr(sharding, "_WORTH", 0.0)
    monkeypatch.setattr(sharding, "_SMALL_VALUE", 1)


def schedule_of(seed: int) -> Schedule | None:
    network = random_case(seed).make().network
    if network.optimizer.is_host_side:
        return None
    step = stepping(network.step())
    return lowered(step, tuple(step.rows), CAPACITY, {})[0]


def test_a_schedule_is_not_changed_by_writing() -> None:
    schedule = wide(784, 256, 10).schedule(512)
    before = str(schedule)
    assert write_source(schedule).text == write_source(schedule).text
    assert str(schedule) == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.shards = 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.units[0].sharing = ALONE
    for held in (schedule.memory.places, schedule.memory.inputs, schedule.last_reads):
        with pytest.raises(TypeError):
            held[0] = None


def test_a_schedule_is_printed() -> None:
    schedule = wide(784, 256, 10).schedule(512)
    lines = str(schedule).split("\n")
    assert lines[0] == f"step: {len(schedule.units)} units, up to 512 rows, 2 shards"
    assert repr(schedule) == f"<Schedule of {lines[0]}>"
    numbered = [line for line in lines if line[:3].strip().isdigit()]
    assert [int(line[:3]) for line in numbered] == list(range(len(schedule.units)))
    assert all(" | " in line for line in numbered)
    assert lines.count("---- barrier ----") == len(schedule.phases) - 1 > 0
    assert any("2 parts" in line for line in lines)
    assert "made ahead, together with" in str(wide(784, 200, 10, optimizer="sgd").schedule(1))
    assert "1 row, one thread, no loops" in str(wide(3, 2).schedule(1))


def test_a_schedule_needs_what_the_source_needs() -> None:
    net = gn.Sequential([gn.Input((5,)), gn.layers.Dense(3, "tanh")], seed=0)
    with pytest.raises(gn.errors.TrainingError, match=r"call compile\(optimizer, loss\)"):
        net.schedule()
    net.compile("sgd", "mse")
    with pytest.raises(gn.errors.ArgumentError, match=r'say how many, schedule\("full", rows=10'):
        net.schedule("full")


def extents(schedule: Schedule) -> dict[str, list[tuple[range, range]]]:
    """Where values of a batch lie and from which unit to which, by arena."""
    memory, found = schedule.memory, {}
    outputs = {id(node) for node in schedule.program.outputs.values()}
    lasting = set(memory.inputs.values())
    for number, unit in enumerate(schedule.units):
        for node in unit.nodes:
            place = memory.places.get(id(node))
            if place is None or place in lasting:
                continue
            size = number_of(place.shape[0] * place.strides[0] if place.shape else 1, CAPACITY)
            size = schedule.shards * memory.partial.get(id(node), 0) or size
            last = schedule.last_reads.get(id(node), number)
            last = len(schedule.units) if id(node) in outputs or node.shape == () else last
            cells = range(place.offset, place.offset + size)
            found.setdefault(place.pointer, []).append((cells, range(number, last + 1)))
    return found


def overlap(one: range, other: range) -> bool:
    return max(one.start, other.start) < min(one.stop, other.stop)


def test_values_that_live_at_a_time_lie_apart(shared: None) -> None:
    seen = 0
    for seed in range(60):
        schedule = schedule_of(seed)
        if not isinstance(schedule, Schedule):
            continue
        for pointer, values in extents(schedule).items():
            for place, (cells, life) in enumerate(values):
                assert cells.stop <= schedule.memory.used[pointer]
                for others, other_life in values[:place]:
                    assert not (overlap(cells, others) and overlap(life, other_life)), seed
                    seen += 1
    assert seen > 1000


def evaluated(text: str, rows: int, shard: int, shards: int, length: int) -> range:
    lo, hi = length * shard // shards, length * (shard + 1) // shards
    return eval(text, {"lo": lo, "hi": hi, "m": hi - lo, "n": rows, "range": range})


@pytest.mark.parametrize("rows", [2, 7, 32])
@pytest.mark.parametrize("each", [1, 4])
@pytest.mark.parametrize("width", [1, 3])
def test_shards_cover_an_array_once(rows: int, each: int, width: int) -> None:
    """Loops and places agree, and all shards together touch every element once."""
    for sharing, dim in ((ROWS, Dim("n", each)), (Tiles(rows * each), rows * each)):
        length = rows if sharing is ROWS else rows * each
        size = dim * width
        spans = [evaluated(sharing.span(size, dim), rows, k, 3, length) for k in range(3)]
        assert [i for span in spans for i in span] == list(range(rows * each * width))
        place = Place("F", 0, (dim, width), contiguous((dim, width)), "float32")
        for k, span in enumerate(spans):
            part = sharing.cut(place, 0)
            lo, hi = length * k // 3, length * (k + 1) // 3
            assert eval(str(part.offset), {"lo": lo}) == span.start or not span
            assert part.shape[0].coefficient * (hi - lo) * width == len(span)


@pytest.mark.parametrize("sharing", [ALONE, ROWS, SUMS, Tiles(6), Columns(5), Inner(4)])
def test_the_shares_of_a_product_add_up_to_it(sharing) -> None:
    n = 6
    shape = {SUMS: ((4, Dim("n")), (Dim("n"), 5), (4, 5))}.get(
        sharing, ((Dim("n"), 4), (4, 5), (Dim("n"), 5))
    )
    if isinstance(sharing, Tiles) and type(sharing) is Tiles:
        shape = ((6, 4), (4, 5), (6, 5))
    places = [Place("D", 0, one, contiguous(one), "float64") for one in shape]
    full = [np.arange(1.0, 1 + np.prod(s)).reshape(s) for s in (
        [number_of(dim, n) for dim in one] for one in shape)]  # fmt: skip
    total = np.zeros_like(full[2])
    is_part = isinstance(sharing, (type(SUMS), Inner))
    length = sharing.own_length or n
    for shard in range(1 if sharing is ALONE else 3):
        lo, hi = length * shard // 3, length * (shard + 1) // 3
        names = {"lo": lo, "hi": hi, "m": hi - lo, "n": n}
        a, b, out = (
            cells(place, array, names)
            for place, array in zip(sharing.product(*places), [*full[:2], total], strict=True)
        )
        out[...] = out + a @ b if is_part else a @ b
    np.testing.assert_array_equal(total, full[0] @ full[1])


def cells(place: Place, array: np.ndarray, names: dict[str, int]) -> np.ndarray:
    """The cells of a place, as a view of the array in which it lies."""

    def number(dim):
        return dim.coefficient * names[dim.symbol] if isinstance(dim, Dim) else dim

    offset = eval(str(place.offset), dict(names))
    strides = [number(stride) * array.itemsize for stride in place.strides]
    return np.ndarray(
        [number(dim) for dim in place.shape], array.dtype, array, offset * array.itemsize, strides
    )


def test_a_matrix_that_blas_cannot_read_is_refused() -> None:
    """No program has one: views of matrices keep one axis without gaps, and copies have none."""
    schedule = wide(40, 50, 60).schedule(64)
    product = next(unit.nodes[0] for unit in schedule.units if unit.kind == "kernel")
    places = dict(schedule.memory.places)
    for strides in ((100, 2), (0, 2)):
        place = dataclasses.replace(places[id(product.inputs[1])], strides=strides)
        memory = dataclasses.replace(
            schedule.memory, places={**places, id(product.inputs[1]): place}
        )
        with pytest.raises(gn.errors.GraphError, match="gaps both ways"):
            write_source(dataclasses.replace(schedule, memory=memory))


def test_barriers_between_ways_of_sharing() -> None:
    """Whether own parts may be touched without a barrier; parts of others never may."""
    free = {
        (ALONE, ALONE), (EACH, EACH), (ROWS, ROWS), (ROWS, SUMS), (SUMS, ROWS), (SUMS, SUMS),
        (Tiles(6), Tiles(6)), (Inner(6), Inner(6)),
    }  # fmt: skip
    every = (ALONE, EACH, ROWS, SUMS, Tiles(6), Tiles(4), Columns(6), Inner(6))
    for new in every:
        for old in every:
            same = new == old and type(new) is not Columns
            assert new.may_follow(old, True) == ((new, old) in free or same), (new, old)
            assert new.may_follow(old, False) == (new is old is ALONE), (new, old)
