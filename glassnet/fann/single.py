"""``train`` and ``test`` of one row at a time: on NumPy at first, then in machine code.

Where many rows come, or machine code is asked for, a step is compiled that works on rows at
fixed places, and a builtin function calls it with the numbers of two lists. The weights then lie
in the memory of that step, and are no others than those everybody else sees.
"""

from __future__ import annotations

import abc
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet import backends
from glassnet.fann.learning import Learner
from glassnet.fann.programs import INCREMENTAL, counting_program, step_program
from glassnet.fann.settings import FAITHFUL, is_faithful

if TYPE_CHECKING:
    from glassnet.backends.compiled.run.onerow import OneRow
    from glassnet.backends.compiled.run.rowcall import RowCall

__all__ = ["RowTester", "RowTrainer"]

# Calls that take NumPy half a second, about as long as a compile.
_MANY = 5_000
_NEVER = 2**63


class _Single(abc.ABC):
    """A function of one row, called again and again.

    Parameters
    ----------
    learner : Learner
    backend : str
        ``"compiled"`` is machine code, ``"auto"`` after many calls; else NumPy.
    fallback : callable
        Called with the arguments where machine code cannot handle them.
    """

    name: str

    def __init__(self, learner: Learner, backend: str, fallback: Callable[..., Any]) -> None:
        self.learner, self.net = learner, learner.net
        self.fallback = fallback
        self.calls = 0
        self.most_calls = {"auto": _MANY, "compiled": 0}.get(backend, _NEVER)
        self.call: RowCall | None = None
        self.program: OneRow | None = None
        self.made_for: Any = None
        self.known = -1  # the terms that machine code was made for
        self._lock = threading.Lock()  # for threads that test with one network

    @property
    def builtin(self) -> Any:
        """The builtin function, to be called in place of this object where it is there."""
        return None if self.call is None else self.call.function

    def __call__(self, x: np.ndarray, y: np.ndarray) -> list[float] | None:
        """Call it with one row, as arrays of two axes."""
        self.calls += 1
        if is_faithful() or self.calls <= self.most_calls:
            return self._by_numpy(x, y)
        with self._lock:
            if self.known != self.net.terms_cell.item():
                self._renew()
                self.known = self.net.terms_cell.item()
            if self.program is not None:
                count = self.learner.counts[2:]
                np.add(count, y.size, out=count)  # one step: machine code may count meanwhile
                return self._by_program(self.program, x, y)
        return self._by_numpy(x, y)

    def _make(self, key: Any, program: Any) -> None:
        """Compile the program, if that is possible."""
        from glassnet.backends.compiled.run import rowcall

        self.program = None
        backend = backends.get("compiled")
        assert isinstance(backend, backends.Compiled)
        if rowcall.is_possible():
            self.program = backend.one_row(program, ("x", "y"), self.learner.counts)
        if self.program is not None and self.call is None:
            self.call = rowcall.RowCall(self.name, ["input", "desired_output"], self._sent_back)
        self.made_for = key  # set last: if Ctrl-C ended the compile, it is tried again

    def _sent_back(self, *rows: Any, **named: Any) -> Any:
        """Take from machine code what it cannot do: arrays are turned into lists for it."""
        if any(isinstance(row, np.ndarray) for row in rows):
            lists = (row.tolist() if isinstance(row, np.ndarray) else row for row in rows)
            return self.builtin(*lists, **named)
        return self.fallback(*rows, **named)

    @abc.abstractmethod
    def _by_numpy(self, x: np.ndarray, y: np.ndarray) -> list[float] | None:
        """Do it without machine code."""

    @abc.abstractmethod
    def _renew(self) -> None:
        """Take over the terms: parameters, activations, and where the weights lie."""

    @abc.abstractmethod
    def _by_program(self, program: OneRow, x: np.ndarray, y: np.ndarray) -> list[float] | None:
        """Do it by the compiled program: what the builtin function does by itself."""


class RowTrainer(_Single):
    """Trains on one row, incrementally."""

    name = "train"

    def _by_numpy(self, x: np.ndarray, y: np.ndarray) -> None:
        self.learner.train_row(x, y)

    def _renew(self) -> None:
        learner, net = self.learner, self.net
        kind = learner.kind(INCREMENTAL)
        if self.made_for != (net.form, kind):
            self._make((net.form, kind), step_program(net, kind))
        program, call = self.program, self.call
        if program is None or call is None:
            return
        state, scalars = learner.state_of(kind), learner.scalars(INCREMENTAL, 1)
        for name, room in program.inputs.items():
            if name not in state:
                room[...] = scalars[name]
        if all(array is program.inputs[name] for name, array in state.items()):
            call.renew(net.terms_cell)
            return
        for name, array in state.items():
            program.inputs[name][...] = array
        learner.adopt(program.inputs)
        call.bind(
            program,
            net.terms_cell,
            flag=FAITHFUL,
            touched=net.version_cell,
            tally=learner.counts[2:],
            counted=net.layers[-1],
        )

    def _by_program(self, program: OneRow, x: np.ndarray, y: np.ndarray) -> None:
        program(x, y)
        self.net.touch()


class RowTester(_Single):
    """Runs one row and counts its errors."""

    name = "test"
    twin: OneRow | None = None

    def _by_numpy(self, x: np.ndarray, y: np.ndarray) -> None:
        self.learner.test_row(x, y)

    def _renew(self) -> None:
        learner, net = self.learner, self.net
        if self.made_for != net.form:
            self._make(net.form, counting_program(net))
            # Calls through Python have memory of their own, for they may be interrupted.
            self.twin = None if self.program is None else self.program.twin()
        program, call = self.program, self.call
        if program is None or call is None or self.twin is None:
            return
        for one in (program, self.twin):
            one.inputs["bit_fail_limit"][...] = learner.parameters["bit_fail_limit"]
        call.bind(
            program,
            net.terms_cell,
            result=program.results["outputs"][0],
            flag=FAITHFUL,
            version=net.version_cell,
            copies=self._pairs(program),
            tally=learner.counts[2:],
            counted=net.layers[-1],
        )

    def _pairs(self, program: OneRow) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the weights as they are, and the program's own copies of them."""
        weights = enumerate(self.net.weights, start=1)
        return [(w, program.inputs[f"W{layer}"]) for layer, w in weights]

    def _by_program(self, program: OneRow, x: np.ndarray, y: np.ndarray) -> list[float]:
        assert self.twin is not None
        for source, target in self._pairs(self.twin):
            target[...] = source
        self.twin(x, y)
        outputs: list[float] = self.twin.results["outputs"][0].tolist()
        return outputs
