"""Source for very small programs: every element is a local variable, and no loop is left.

Weights are read before the first batch and written after the last, so that they stay in
registers in between. The rows of a batch lie side by side in the lanes of a vector register: a
local of row work holds one number for each of them, and the arithmetic is written as if there were
only one row.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.backends.compiled.emit.expressions import converted, expression_text
from glassnet.backends.compiled.emit.source import Source, SourceWriter
from glassnet.backends.compiled.schedule.prepare import in_order
from glassnet.backends.compiled.schedule.small import SHAPING, SmallSchedule, row_axis, without_rows
from glassnet.graph.node import Node
from glassnet.quoting import visible

__all__ = ["write_scalarised"]


def write_scalarised(schedule: SmallSchedule) -> Source:
    """Return the source of one small program."""
    return _Scalarised(schedule).write()


class _Scalarised(SourceWriter):
    """Writes one line an element.

    ``texts`` has an array of source texts for every array node: names of locals or constants.
    The axis of rows has length 1 there.
    """

    schedule: Any

    def __init__(self, schedule: SmallSchedule) -> None:
        super().__init__(schedule)  # type: ignore[arg-type]
        self.rows = schedule.fixed_rows
        self.texts: dict[int, np.ndarray] = {}
        self.lanes: set[str] = set()  # names that hold a number for each row
        self.singles: dict[str, str] = {}  # names of numbers, rounded to float32

    # The function ---------------------------------------------------------------------

    def write(self) -> Source:
        self._head()
        if "n" not in self.schedule.program.inputs:
            self.line(f"n = {self.rows}")
        self._read_state()
        if self.rows > 1:
            self._read_rows()
        if self.schedule.program.state:
            self.line("setting = tiny_as_zero()")
        self.line("while done < wanted:")
        self.depth = 2
        self._batch()
        for node in in_order(self.schedule.program):
            self._node(node)
        self._results()
        self._go_on()
        self.depth = 1
        self._write_state()
        if self.schedule.program.state:
            self.line("tiny_as_before(setting)")
        return self.finished()

    def _batch(self) -> None:
        if "step" in self.schedule.program.inputs:
            self.names[id(self.schedule.program.inputs["step"])] = "step_now"
            self.line("step_now = step + done")
        if self.rows > 1:
            return
        self.line("row = order[batch] if has_order else batch")
        for number, (_, node) in enumerate(self.data):
            width = int(np.prod(without_rows(node.shape)))
            self._name_elements(node, f"given{number}[row * {width} + {{}}]")

    def _read_rows(self) -> None:
        """Few rows, all in one batch: they are the same in every step."""
        for number, (_, node) in enumerate(self.data):
            width = int(np.prod(without_rows(node.shape)))
            self._name_elements(node, f"column{self.rows}(given{number}, {{}}, {width})")
            self.lanes |= set(self.texts[id(node)].ravel())

    def _read_state(self) -> None:
        for name, place in self.memory.inputs.items():
            node = self.schedule.program.inputs[name]
            if node.shape != ():
                self._name_elements(node, f"{place.pointer}[{place.offset} + {{}}]")

    def _name_elements(self, node: Node, read: str) -> None:
        """Make a local for each element of an input; ``read`` has a gap for its number."""
        names = self._new(node)
        for k, name in enumerate(names.ravel()):
            self.line(f"{name} = {read.format(k)}")

    def _new(self, node: Node) -> np.ndarray:
        """Return new names for the elements of a node."""
        base = self.name(node)
        names = np.empty(without_rows(node.shape), object)
        for index in np.ndindex(names.shape):
            names[index] = "_".join([base, *map(str, index)])
        self.texts[id(node)] = names
        return names

    def _go_on(self) -> None:
        outputs, inputs = self.schedule.program.outputs, self.schedule.program.inputs
        pairs: list[tuple[str, str]] = []
        for name in self.schedule.program.state:
            old, new = inputs[name], outputs[name]
            if old.shape == ():
                pairs.append((self.scalar_name(old), self.scalar(new)))
            else:
                values = np.broadcast_to(self.texts[id(new)], self.texts[id(old)].shape)
                pairs += zip(self.texts[id(old)].ravel(), values.ravel(), strict=True)
        olds = {old for old, _ in pairs}
        for place, (old, new) in enumerate(pairs):
            if new in olds and new != old:  # it would be overwritten before it is read
                pairs[place] = (old, self._local(new))
        for old, new in pairs:
            if new != old:
                self.line(f"{old} = {new}")
        for text in ("done += 1", "batch += 1", "if batch == per_epoch:"):
            self.line(text)
        self.line("batch = 0", 1)
        self.line("epoch += 1", 1)

    def _write_state(self) -> None:
        for name in self.schedule.program.state:
            node, place = self.schedule.program.inputs[name], self.memory.inputs[name]
            names = [self.scalar_name(node)] if node.shape == () else self.texts[id(node)].ravel()
            for k, text in enumerate(names):
                self.line(f"{place.pointer}[{int(place.offset) + k}] = {text}")

    def _results(self) -> None:
        program = self.schedule.program
        for number, name in enumerate(program.totals):
            total = f"totals[epoch * {len(program.totals)} + {number}]"
            self.line(f"{total} += {self.scalar(program.outputs[name])}  # {visible(name)}")
        for name, place in self.memory.results.items():
            node = program.outputs[name]
            if name in program.state:
                continue
            texts = [self.scalar(node)] if node.shape == () else self.texts[id(node)].ravel()
            for k, text in enumerate(texts):
                text = f"uint8({text})" if node.dtype == "bool" else text
                self.line(f"{place.pointer}[{int(place.offset) + k}] = {text}")

    # Values ---------------------------------------------------------------------------

    def _local(self, text: str, is_lanes: bool = False) -> str:
        name = self.fresh()
        self.line(f"{name} = {text}")
        if is_lanes:
            self.lanes.add(name)
        return name

    def _assign(self, node: Node, values: np.ndarray, are_lanes: np.ndarray | bool) -> None:
        """Make a local of each text that is more than a name."""
        names = self._new(node)
        flags = np.broadcast_to(np.asarray(are_lanes), names.shape)
        self.comment(f"{node.op.name} -> {node.name or 'no name'}")
        for index in np.ndindex(names.shape):
            self.line(f"{names[index]} = {values[index]}")
            if flags[index]:
                self.lanes.add(str(names[index]))

    def _has_lanes(self, *texts: str) -> bool:
        return any(text in self.lanes for text in texts)

    def _element(self, node: Node) -> str:
        text = self.scalar(node) if node.shape == () else self._of(node).ravel()[0]
        return converted(text, node.dtype, "float64" if node.dtype == "float32" else node.dtype)

    def _of(self, node: Node, dtype: str | None = None) -> np.ndarray:
        """Return the texts of a node's elements; a single number in the given type."""
        if id(node) not in self.texts and node.is_constant and node.shape != ():
            shape = without_rows(node.shape)
            values = np.broadcast_to(node.attrs["value"], shape)
            texts = [self.constants.name(value, node.dtype) for value in values.ravel().tolist()]
            self.texts[id(node)] = np.array(texts, object).reshape(shape)
        if node.shape == ():
            return np.array(self._number(node, dtype or node.dtype), object)
        return self.texts[id(node)]

    def _number(self, node: Node, dtype: str) -> str:
        if node.is_constant:
            return self.constants.name(node.attrs["value"], dtype)
        text = self.scalar(node)
        if node.dtype != "float32" or dtype != "float32":
            return text
        if text not in self.singles:  # numbers are kept in double precision
            self.singles[text] = self._local(f"float32({text})")
        return self.singles[text]

    # Ops ------------------------------------------------------------------------------

    def _node(self, node: Node) -> None:
        name = node.op.name
        if name == "input" or node.is_constant:
            return
        if name in SHAPING and node.shape != ():
            self.texts[id(node)] = self._shaped(node)
        elif name in ("sum", "max"):
            self._reduced(node)
        elif node.shape == ():
            self._scalar_unit(node)
        elif name in ("matmul", "one_hot", "argmax"):
            getattr(self, f"_{name}")(node)
        else:
            self._elementwise(node)

    def _shaped(self, node: Node) -> np.ndarray:
        parts = [self._of(child) for child in node.inputs]
        shape, attrs = without_rows(node.shape), node.attrs
        if node.op.name == "transpose":
            return parts[0].transpose(attrs["axes"])
        if node.op.name == "slice":
            stop = attrs["start"] + shape[attrs["axis"]]
            return parts[0].take(range(attrs["start"], stop), attrs["axis"])
        if node.op.name == "concatenate":
            return np.concatenate(parts, attrs["axis"])
        if node.op.name == "pad":
            widths = [(0, 0)] * len(shape)
            axis, before = attrs["axis"], attrs["before"]
            widths[axis] = (before, shape[axis] - parts[0].shape[axis] - before)
            zero = self.constants.name(0, node.dtype)
            return np.pad(parts[0], widths, constant_values=zero)
        reshaped = node.op.name == "reshape"
        return parts[0].reshape(shape) if reshaped else np.broadcast_to(parts[0], shape)

    def _elementwise(self, node: Node) -> None:
        inside = node.inputs[-1].dtype
        shape = without_rows(node.shape)
        parts: list[Any] = [
            np.broadcast_to(self._of(child, None if child.shape else inside), shape)
            for child in node.inputs
        ]
        values, lanes = np.empty(shape, object), np.zeros(shape, bool)
        for index in np.ndindex(shape):
            texts = [part[index] for part in parts]
            lanes[index] = self._has_lanes(*texts)
            values[index] = self._expression(node, texts, inside)
        self._assign(node, values, lanes)

    def _expression(self, node: Node, texts: list[str], inside: str) -> str:
        if node.op.name == "cast":
            return self._converted(texts[0], node.inputs[0].dtype, node.dtype)
        if node.op.expression in (None, "x"):
            return texts[0]
        names = dict(zip(node.op.inputs, texts, strict=True))
        return expression_text(node, names, inside, self.constants, is_flat=True)

    def _converted(self, text: str, source: str, target: str) -> str:
        if text in self.lanes and source != target and target != "bool":
            return f"to_{target}({text})"
        return converted(text, source, target)

    def _one_hot(self, node: Node) -> None:
        labels: Any = self._of(node.inputs[0], "int64")
        one, zero = (self.constants.name(value, node.dtype) for value in (1, 0))
        values = np.empty(without_rows(node.shape), object)
        lanes = np.zeros(values.shape, bool)
        for index in np.ndindex(values.shape):
            label = labels[index[:-1]]
            values[index] = f"select({label} == {index[-1]}, {one}, {zero})"
            lanes[index] = self._has_lanes(label)
        self._assign(node, values, lanes)

    def _argmax(self, node: Node) -> None:
        along = np.moveaxis(self._of(node.inputs[0]), node.attrs["axis"], -1)
        values = np.empty(along.shape[:-1], object)
        for index in np.ndindex(values.shape):
            best, place, is_lanes = along[index][0], "0", False
            for k, text in enumerate(along[index][1:], start=1):
                is_lanes = is_lanes or self._has_lanes(best, text)
                better = self._local(f"{text} > {best}", is_lanes)
                place = self._local(f"select({better}, {k}, {place})", is_lanes)
                best = self._local(f"select({better}, {text}, {best})", is_lanes)
            values[index] = place
        self._assign(node, values, np.vectorize(lambda text: text in self.lanes)(values))

    def _matmul(self, node: Node) -> None:
        a, b = (self._of(child) for child in node.inputs)
        over_rows = row_axis(node.inputs[0]) == (0 if node.attrs["transpose_a"] else 1)
        a = a.T if node.attrs["transpose_a"] else a
        b = b.T if node.attrs["transpose_b"] else b
        values = np.empty((a.shape[0], b.shape[1]), object)
        lanes = np.zeros(values.shape, bool)
        for i, j in np.ndindex(values.shape):
            pairs = list(zip(a[i], b[:, j], strict=True))
            if over_rows:
                values[i, j] = self._over_rows(f"{pairs[0][0]} * {pairs[0][1]}", *pairs[0])
            else:
                values[i, j] = _sum_of_products(pairs)
                lanes[i, j] = self._has_lanes(*itertools.chain(*pairs))
        self._assign(node, values, lanes)

    def _over_rows(self, text: str, *parts: str) -> str:
        """Return the sum of a value over all rows."""
        if self.rows == 1:
            return text
        return f"total({text})" if self._has_lanes(*parts) else f"{self.rows} * ({text})"

    def _reduced(self, node: Node) -> None:
        inner, axes = node.inputs[0], node.attrs["axes"]
        source = self._of(inner)
        over_rows = row_axis(inner) in axes
        kept = [1 if axis in axes else size for axis, size in enumerate(source.shape)]
        values, lanes = np.empty(kept, object), np.zeros(kept, bool)
        for index in np.ndindex(values.shape):
            picked = tuple(slice(None) if axis in axes else k for axis, k in enumerate(index))
            terms = list(np.ravel(source[picked]))
            wide = node.shape == () and node.dtype == "float32"
            if wide:
                terms = [self._widened(term) for term in terms]
            if node.op.name == "max":
                text = _joined("largest", terms)
            else:
                text = _joined("plus" if node.dtype.startswith("float") else "", terms)
            lanes[index] = self._has_lanes(*terms) and not over_rows
            values[index] = self._over_rows(text, *terms) if over_rows else text
        if node.shape == ():
            self.line(f"{self.scalar_name(node)} = {values.ravel()[0]}")
            return
        shape = without_rows(node.shape)
        self._assign(node, values.reshape(shape), lanes.reshape(shape))

    def _widened(self, text: str) -> str:
        if text in self.lanes:
            return self._local(f"to_float64({text})", is_lanes=True)
        return f"float64({text})"


def _joined(function: str, terms: Sequence[str]) -> str:
    """Return terms put together two by two, so that few have to wait for others."""
    if len(terms) == 1:
        return terms[0]
    half = (len(terms) + 1) // 2
    left, right = _joined(function, terms[:half]), _joined(function, terms[half:])
    return f"{function}({left}, {right})" if function else f"({left} + {right})"


def _sum_of_products(pairs: Sequence[tuple[str, str]]) -> str:
    """Return a sum of products; from four on in two halves, of which none waits for the other."""
    if len(pairs) >= 4:
        half = len(pairs) // 2
        return f"plus({_sum_of_products(pairs[:half])}, {_sum_of_products(pairs[half:])})"
    text = f"{pairs[0][0]} * {pairs[0][1]}"
    for a, b in pairs[1:]:
        text = f"plus_product({text}, {a}, {b})"
    return text
