"""``run``, ``train`` and ``test`` of one row at a time: by Python at first, then in machine code.

Where many rows come, or machine code is asked for, a program is compiled that works on rows at
fixed places, and a builtin function calls it with the numbers of lists. ``run`` and ``test`` copy
weights that have changed. Those of ``train`` lie in the memory of the compiled step, and are the
same that all other code sees.
"""

from __future__ import annotations

import abc
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet import backends
from glassnet.errors import DataError, ShapeError
from glassnet.fann.learning import Learner
from glassnet.fann.programs import INCREMENTAL, counting_program, forward_program, step_program
from glassnet.fann.settings import FAITHFUL, is_faithful
from glassnet.fann.written import weights_for, written
from glassnet.graph import Program

if TYPE_CHECKING:
    from glassnet.backends.compiled.run.builtin import Builtin
    from glassnet.backends.compiled.run.onerow import OneRow, RowMemory

__all__ = ["RowRunner", "RowTester", "RowTrainer"]

# Calls that take half a second, about as long as a compile: of a network written out by neurons
# or layers, of its graph, and of train and test by NumPy.
_MANY = {"neurons": 400_000, "layers": 40_000, "graph": 4_000, "numpy": 5_000}
_NEVER = 2**63


class _RowFunction(abc.ABC):
    """A function of one row, called again and again.

    Parameters
    ----------
    learner : Learner
    backend : str
        ``"compiled"`` is machine code, ``"auto"`` after many calls; else Python.
    fallback : callable
        Called with the arguments where machine code cannot handle them.
    """

    name: str
    arguments: tuple[str, ...] = ("input", "desired_output")

    def __init__(self, learner: Learner, backend: str, fallback: Callable[..., Any]) -> None:
        self.learner, self.net = learner, learner.net
        self.backend, self.fallback = backend, fallback
        self._count_anew("numpy")
        self.call: Builtin | None = None
        self.machine: OneRow | None = None
        self.memory: RowMemory | None = None  # the builtin function's; weights that train lie there
        self.made_for: Any = None
        self.known = -1  # the terms that machine code is bound for
        self.taken = -1  # the version of the weights in memories of calls through Python
        self._lock = threading.RLock()  # for threads that run and test with one network

    def _count_anew(self, way: str) -> None:
        self.calls = 0
        self.most_calls = {"auto": _MANY[way], "compiled": 0}.get(self.backend, _NEVER)

    @property
    def builtin(self) -> Any:
        """The builtin function, to be called in place of this object where it is there."""
        return None if self.machine is None or self.call is None else self.call.function

    def _is_bound(self) -> bool:
        """Return whether there is machine code; make and bind it if the terms have changed."""
        with self._lock:
            if self.known != self.net.terms_cell.item():
                self._renew()
                self.known = self.net.terms_cell.item()
            return self.machine is not None

    @abc.abstractmethod
    def _renew(self) -> None:
        """Take over the terms: parameters, activations, and where the weights lie."""

    def _make(self, key: Any, program: Program) -> None:
        """Compile the program, if that is possible."""
        if self.made_for == key:
            return
        from glassnet.backends.compiled.run import builtin

        self.machine, self.taken = None, -1
        backend = backends.get("compiled")
        assert isinstance(backend, backends.Compiled)
        if builtin.is_possible():
            names = ("x", "y")[: len(self.arguments)]
            counts = self.learner.counts if program.totals else None
            self.machine = backend.one_row(program, names, counts)
        if self.machine is not None and self.call is None:
            self.call = builtin.Builtin(self.name, self.arguments, self._sent_back)
        self.made_for = key  # set last: if Ctrl-C ended the compile, it is tried again

    def _sent_back(self, *rows: Any, **named: Any) -> Any:
        """Take from machine code what it cannot do: arrays are turned into lists for it."""
        if any(isinstance(row, np.ndarray) for row in rows):
            lists = (row.tolist() if isinstance(row, np.ndarray) else row for row in rows)
            return self.builtin(*lists, **named)
        return self.fallback(*rows, **named)

    def _inputs(self) -> dict[str, Any]:
        """Return all inputs of run and test but the rows."""
        weights = {f"W{layer}": w for layer, w in enumerate(self.net.weights, start=1)}
        return {**weights, "bit_fail_limit": self.learner.parameters["bit_fail_limit"]}

    def _filled(self, inputs: Mapping[str, Any]) -> RowMemory:
        """Return the memory of the builtin function, with inputs as they are now."""
        assert self.machine is not None
        if self.memory is None or self.memory.one is not self.machine:
            self.memory = self.machine.memory(inputs)
        for name, place in self.memory.inputs.items():
            place[...] = inputs[name]
        return self.memory

    def _bind(self, **more: Any) -> None:
        """Have machine code take the weights from where they lie now, whenever they change."""
        if self.machine is None or self.call is None:
            return
        memory, net = self._filled(self._inputs()), self.net
        copies = [(w, memory.inputs[f"W{k}"]) for k, w in enumerate(net.weights, start=1)]
        self.call.bind(
            memory,
            net.terms_cell,
            result=memory.result,
            version=net.version_cell,
            copies=copies,
            **more,
        )

    def _outputs(self, *rows: np.ndarray) -> list[float]:
        """Return the outputs as machine code computes them, in memory of the call's own."""
        assert self.machine is not None
        with self._lock:
            if self.taken != (version := self.net.version):
                self.machine.set_weights(self._inputs())
                self.taken = version
        outputs: list[float] = self.machine(*rows).tolist()
        return outputs


class RowRunner(_RowFunction):
    """Runs one row: ``run``."""

    name, arguments = "run", ("input",)

    def __init__(self, learner: Learner, backend: str) -> None:
        def run(input: Sequence[float]) -> list[float]:
            return self._odd(input)

        super().__init__(learner, backend, run)
        self.form = self.version = -1
        self.function: Callable[..., list[float]] | None = None
        self.weights: Any = ()

    def __call__(self, row: Sequence[float]) -> list[float]:
        """Return the outputs of one row."""
        with self._lock:
            self._take_form()
            self.calls += 1
            builtin = self.builtin if self.calls > self.most_calls and self._is_bound() else None
        return self._by_python(row) if builtin is None else builtin(row)

    def _take_form(self) -> None:
        """Take over the network's layers and functions if they are others than before."""
        if self.form == self.net.form:
            return
        self.function, way = written(self.net)
        self.form, self.version = self.net.form, -1
        self._count_anew(way)
        self.machine = self.made_for = None

    def _by_python(self, row: Sequence[float]) -> list[float]:
        if self.version != (version := self.net.version):
            self.weights = weights_for(self.net)
            self.version = version
        function = self.function
        if function is not None:
            try:
                return function(row, self.weights)
            except (ValueError, TypeError, OverflowError):
                pass  # the check below says what is wrong with the row
        x, program = self._checked(row), forward_program(self.net)
        given = {"x": x, **self._inputs()}
        found = backends.get("numpy").run(program, {name: given[name] for name in program.inputs})
        outputs: list[float] = found["y"][0].tolist()
        return outputs

    def _renew(self) -> None:
        self._make(self.net.form, forward_program(self.net))
        self._bind()

    def _sent_back(self, *rows: Any, **named: Any) -> Any:
        return self.fallback(*rows, **named)

    def _odd(self, row: Any) -> list[float]:
        """Run what the builtin function does not: terms have changed, or the row is odd."""
        x = self._checked(row)
        if self.machine is None or self.known != self.net.terms_cell.item():
            return self(x[0].tolist())
        if type(row) is list:
            return self._outputs(x)
        return self.builtin(x[0].tolist())

    def _checked(self, row: Sequence[float]) -> np.ndarray:
        size = self.net.layers[0]
        try:
            x = np.array(row, dtype=float)
        except (TypeError, ValueError) as error:
            raise DataError(f"run takes one row of {size} numbers, got {row!r}") from error
        if x.shape != (size,):
            came = f"{x.size} numbers" if x.ndim == 1 else f"an array of shape {x.shape}"
            raise ShapeError(
                f"the network has {size} inputs, but {came} came; run takes one row, for "
                f"example net.run({[0.0] * min(size, 3)})"
            )
        if not np.isfinite(x).all():
            raise DataError(f"the inputs hold NaN or infinity: {row!r}")
        return x.reshape(1, -1)


class _Counting(_RowFunction):
    """A function that counts errors, which machine code does not do as FANN's own arithmetic."""

    def __call__(self, x: np.ndarray, y: np.ndarray) -> list[float] | None:
        """Call it with one row, as arrays of two axes."""
        self.calls += 1
        if is_faithful() or self.calls <= self.most_calls or not self._is_bound():
            return self._by_numpy(x, y)
        count = self.learner.counts[2:]
        np.add(count, y.size, out=count)  # one step: machine code may count meanwhile
        return self._by_machine(x, y)

    def _tallied(self) -> dict[str, Any]:
        """Return what the builtin function is told about counting."""
        counted = self.net.layers[-1]
        return {"flag": FAITHFUL, "tally": self.learner.counts[2:], "counted": counted}

    @abc.abstractmethod
    def _by_numpy(self, x: np.ndarray, y: np.ndarray) -> list[float] | None:
        """Do it without machine code."""

    @abc.abstractmethod
    def _by_machine(self, x: np.ndarray, y: np.ndarray) -> list[float] | None:
        """Do it by the compiled program: what the builtin function does by itself."""


class RowTester(_Counting):
    """Runs one row and counts its errors: ``test``."""

    name = "test"

    def _by_numpy(self, x: np.ndarray, y: np.ndarray) -> None:
        self.learner.test_row(x, y)

    def _renew(self) -> None:
        self._make(self.net.form, counting_program(self.net))
        self._bind(**self._tallied())

    def _by_machine(self, x: np.ndarray, y: np.ndarray) -> list[float]:
        return self._outputs(x, y)


class RowTrainer(_Counting):
    """Trains on one row, incrementally: ``train``."""

    name = "train"

    def _by_numpy(self, x: np.ndarray, y: np.ndarray) -> None:
        self.learner.train_row(x, y)

    def _renew(self) -> None:
        learner, net = self.learner, self.net
        kind = learner.kind(INCREMENTAL)
        self._make((net.form, kind), step_program(net, kind))
        if self.machine is None or self.call is None:
            return
        state = learner.state_of(kind)
        memory = self._filled({**learner.scalars(INCREMENTAL, 1), **state})
        if all(array is memory.inputs[name] for name, array in state.items()):
            self.call.renew(net.terms_cell)
            return
        learner.adopt(memory.inputs)
        self.call.bind(memory, net.terms_cell, touched=net.version_cell, **self._tallied())

    def _by_machine(self, x: np.ndarray, y: np.ndarray) -> None:
        assert self.memory is not None
        for room, row in zip(self.memory.rows, (x, y), strict=True):
            room[...] = row
        self.memory.run()
        self.net.touch()
