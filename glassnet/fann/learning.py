"""Epochs of training: one graph for each algorithm, run on a backend over FANN's state."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.backends import AsTheyLie, Stepper, Work
from glassnet.backends.choice import estimated_seconds
from glassnet.fann.programs import (
    BATCH,
    INCREMENTAL,
    QUICKPROP,
    RPROP_NUMBER,
    SARPROP_NUMBER,
    Kind,
    step_program,
    testing_program,
)
from glassnet.fann.settings import Draws, is_faithful
from glassnet.fann.structure import Structure
from glassnet.fann.tally import Tallies, Tally

__all__ = ["Learner"]

# Seconds of NumPy's work from which on a step is compiled: about what that takes.
_WORTH_COMPILING = 0.3


class Learner:
    """What a network keeps between epochs, and the epochs themselves.

    Parameters
    ----------
    net : Structure
    parameters : dict
        FANN's, by their names in files.
    draws : Draws
    """

    def __init__(self, net: Structure, parameters: dict[str, Any], draws: Draws) -> None:
        self.net = net
        self.parameters = parameters
        self.draws = draws
        self.backend = backends.get("numpy")
        self.chosen: backends.Backend | None = None  # by the user
        self.epochs = 0  # of SARPROP, for the life of the network
        self.state: dict[str, np.ndarray] = {}
        self.momentum: dict[str, np.ndarray] = {}
        # Squares, fails and count of the tally, where machine code can add to them.
        self.counts = np.zeros(3)
        self._counting = threading.Lock()
        self._bound: tuple[Any, Stepper] | None = None
        self._by_numpy: Stepper | None = None
        self.epoch_seconds = 0.0  # of NumPy, as estimated
        self._spent = 0.0  # seconds NumPy has worked, as estimated
        self._is_worth = False  # whether a step has been worth compiling
        self._held: tuple[Any, ...] = (None,)

    def reset(self) -> None:
        """Forget steps and slopes."""
        self.state = {}
        self._bound = None
        self.net.touch()

    @property
    def tally(self) -> Tally:
        """The errors counted since the last reset, or the last epoch."""
        squares, fails, count = self.counts.tolist()
        return Tally(squares, int(count), int(fails))

    @tally.setter
    def tally(self, tally: Tally) -> None:
        self.counts[:] = tally.squares, tally.fails, tally.count

    # State ----------------------------------------------------------------------------

    def _weights(self) -> dict[str, np.ndarray]:
        return {f"W{layer}": w for layer, w in enumerate(self.net.weights, start=1)}

    def state_of(self, kind: Kind) -> dict[str, np.ndarray]:
        """Return the arrays of the state; the first full-batch epoch makes steps and slopes."""
        algorithm = kind.algorithm
        if algorithm == INCREMENTAL and not kind.has_momentum:
            self.momentum = {}
            return self._weights()
        if algorithm == BATCH:
            return self._weights()
        if algorithm == INCREMENTAL:
            if not self.momentum:
                self.net.touch(terms=True)
                self.momentum = {
                    f"move{layer}": np.zeros_like(w)
                    for layer, w in enumerate(self.net.weights, start=1)
                }
            return self._weights() | self.momentum
        if not self.state:
            first = self.parameters["rprop_delta_zero"] if algorithm == RPROP_NUMBER else 0.0
            for layer, w in enumerate(self.net.weights, start=1):
                self.state[f"move{layer}"] = np.full_like(w, first)
                self.state[f"slope{layer}"] = np.zeros_like(w)
        return self._weights() | self.state

    def scalars(self, algorithm: int, rows: int) -> dict[str, float]:
        """Return the numbers a step takes, as the C floats that FANN computes them in."""
        p = self.parameters
        scalars = {"bit_fail_limit": float(p["bit_fail_limit"]), "rate": 1.0}
        rate = np.float32(p["learning_rate"])
        if algorithm == INCREMENTAL:
            scalars |= {"rate": float(rate), "momentum": p["learning_momentum"]}
        elif algorithm in (BATCH, QUICKPROP):
            scalars["rate"] = float(np.float32(rate / np.float32(rows)))
        if algorithm == QUICKPROP:
            scalars |= {"mu": p["quickprop_mu"], "decay": p["quickprop_decay"]}
        if algorithm in (RPROP_NUMBER, SARPROP_NUMBER):
            for name in ("increase_factor", "decrease_factor", "delta_max"):
                scalars[name] = p[f"rprop_{name}"]
        if algorithm == RPROP_NUMBER:
            scalars["delta_min"] = p["rprop_delta_min"]
        if algorithm == SARPROP_NUMBER:
            for name in ("weight_decay_shift", "step_error_threshold_factor", "step_error_shift",
                         "temperature"):  # fmt: skip
                scalars[name] = p[f"sarprop_{name}"]
        return scalars | {"epoch": float(self.epochs + 1)}

    def kind(self, algorithm: int | None = None) -> Kind:
        """Return how the network learns now, by its own algorithm or by another."""
        p, faithful = self.parameters, is_faithful()
        algorithm = p["training_algorithm"] if algorithm is None else algorithm
        # FANN keeps the moves without momentum too, for it may be set later.
        has_momentum = algorithm == INCREMENTAL and (faithful or p["learning_momentum"] != 0)
        return Kind(algorithm, p["train_error_function"], faithful, has_momentum)

    # Passes ---------------------------------------------------------------------------

    def errors(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the errors of rows, halved where the output is symmetric."""
        program = testing_program(self.net)
        return self.backend.run(program, {"x": x, "y": y, **self._weights()})["errors"]

    def test(self, x: np.ndarray, y: np.ndarray) -> Tally:
        """Return the errors of all rows, counted."""
        tally = Tally()
        if len(x):
            tally.add(self.errors(x, y), self.parameters["bit_fail_limit"])
        return tally

    def epoch(self, x: np.ndarray, y: np.ndarray, layers: tuple[int, ...] | None = None) -> Tally:
        """Train one epoch; return the errors met, those of the weights as they were before.

        Parameters
        ----------
        layers : tuple of int, optional
            Layers to train, by default all.
        """
        kind = self.kind()
        if kind.algorithm == SARPROP_NUMBER:
            tally = self._annealed(x, y, kind, layers)
        elif layers is not None:
            tally = self._by_run(x, y, kind, layers)
        elif kind.is_faithful or len(x) == 1:
            tally = self._by_run(x, y, kind)
        else:
            tally = self.stretch(x, y, 1)[0]
        self.tally = tally
        self.net.touch()
        return tally

    def train_row(self, x: np.ndarray, y: np.ndarray) -> None:
        """Train on one row, incrementally; count its errors too."""
        self.tally = self._by_run(x, y, self.kind(INCREMENTAL), tally=self.tally)
        self.net.touch()

    def test_row(self, x: np.ndarray, y: np.ndarray) -> None:
        """Count the errors of one row too."""
        errors, limit = self.errors(x, y), self.parameters["bit_fail_limit"]
        with self._counting:
            if is_faithful():  # in single precision, from what is counted already
                tally = self.tally
                tally.add(errors, limit)
                self.tally = tally
                return
            one = Tally()
            one.add(errors, limit)
            # In one step: machine code may count meanwhile.
            np.add(self.counts, (one.squares, one.fails, one.count), out=self.counts)

    def adopt(self, state: Mapping[str, np.ndarray]) -> None:
        """Keep weights, and moves if there are any, in other arrays from now on."""
        self.net.weights[:] = [state[f"W{k}"] for k, _ in enumerate(self.net.weights, start=1)]
        self.momentum = {name: state[name] for name in self.momentum}
        self.net.touch(terms=True)

    def stretch(self, x: np.ndarray, y: np.ndarray, count: int) -> Tallies:
        """Train several epochs in one go; return the errors of each."""
        kind = self.kind()
        rows = len(x)
        size = 1 if kind.algorithm == INCREMENTAL else rows
        batches = -(-rows // size) * count
        scalars = self.scalars(kind.algorithm, rows)
        stepper = self._stepper(x, y, kind, count)
        if stepper is self._by_numpy:
            self._spent += count * self.epoch_seconds
        work = Work(AsTheyLie(count), size, batches=batches, scalars=scalars)
        _, totals = stepper.run(work)
        tallies = Tallies(totals[:, 0], totals[:, 1], y.size)
        self.tally = tallies[-1]
        self.net.touch()
        return tallies

    def can_stretch(self) -> bool:
        """Return whether no code has to run between epochs."""
        return not is_faithful() and self.parameters["training_algorithm"] != SARPROP_NUMBER

    def snapshot(self) -> dict[str, np.ndarray]:
        """Return copies of weights, steps and slopes."""
        arrays = self.state_of(self.kind())
        return {name: array.copy() for name, array in arrays.items()}

    def restore(self, snapshot: dict[str, np.ndarray]) -> None:
        """Go back to what a snapshot holds."""
        for name, array in self.state_of(self.kind()).items():
            array[...] = snapshot[name]
        self.net.touch()

    def _stepper(self, x: np.ndarray, y: np.ndarray, kind: Kind, count: int) -> Stepper:
        """Return the step bound to rows and state, as it was the last time if it still fits.

        It is compiled if the epochs that NumPy has made and the ``count`` to come are worth it.
        """
        state = self.state_of(kind)
        held = (kind, self.net.form, id(x), id(y), *map(id, state.values()))
        if self._held[0] != held:
            by_row = kind.algorithm == INCREMENTAL
            seconds = estimated_seconds(step_program(self.net, kind), 1 if by_row else len(x))
            self.epoch_seconds = seconds * (len(x) if by_row else 1)
            # The arrays are kept with the key, so that their ids stay theirs.
            self._held = (held, x, y, state)
        # Epochs that are made again give the same numbers: compiled once, compiled for good.
        self._is_worth |= self._spent + count * self.epoch_seconds > _WORTH_COMPILING
        by_default = backends.get("compiled") if self._is_worth else self.backend
        backend = self.chosen or by_default
        key = (held, backend)
        if self._bound is None or self._bound[0] != key:
            program = step_program(self.net, kind)
            stepper = backend.stepper(program, state, {"x": x, "y": y})
            self._by_numpy = stepper if backend is self.backend else None
            self._bound = (key, stepper)
        return self._bound[1]

    def _by_run(
        self,
        x: np.ndarray,
        y: np.ndarray,
        kind: Kind,
        layers: tuple[int, ...] | None = None,
        tally: Tally | None = None,
    ) -> Tally:
        """One epoch that counts errors one by one, as FANN does; those of a tally are included."""
        program = step_program(self.net, kind, layers)
        size = 1 if kind.algorithm == INCREMENTAL else len(x)
        scalars = self.scalars(kind.algorithm, len(x))
        tally = tally or Tally()
        for start in range(0, len(x), size):
            state = self.state_of(kind)
            rows = {"x": x[start : start + size], "y": y[start : start + size]}
            numbers = {name: np.asarray(value) for name, value in scalars.items()}
            outputs = self.backend.run(program, _wanted(program, {**numbers, **rows, **state}))
            for name in program.state:
                state[name][...] = outputs[name]
            tally.add(outputs["errors"], scalars["bit_fail_limit"])
        return tally

    def _annealed(
        self, x: np.ndarray, y: np.ndarray, kind: Kind, layers: tuple[int, ...] | None = None
    ) -> Tally:
        """One epoch of SARPROP, which needs the error of the epoch and draws numbers."""
        tally = self.test(x, y)
        state = self.state_of(kind)
        values = {name: np.asarray(v) for name, v in self.scalars(kind.algorithm, len(x)).items()}
        values |= {"x": x, "y": y, "mse": np.asarray(tally.mse), **state}
        draws = {f"draws{n}": np.zeros_like(w) for n, w in enumerate(self.net.weights, start=1)}
        program = step_program(self.net, kind, layers)
        # Growing networks draw so much that no order of draws could be FANN's.
        as_fann = kind.is_faithful and layers is None
        if as_fann:
            self._cool_in_single_precision(values)
            self._draw_where_needed(program, values, draws, tally.mse)
        else:
            draws = {name: self.draws.uniform(array.shape) for name, array in draws.items()}
        outputs = self.backend.run(program, _wanted(program, {**values, **draws}))
        if as_fann:
            self._steps_of_neighbours(state, outputs)
        for name in program.state:
            state[name][...] = outputs[name]
        self.epochs += 1
        return tally

    def _cool_in_single_precision(self, values: dict[str, Any]) -> None:
        """Give the exponents as the C floats they are in FANN, cooled beforehand."""
        cooled = np.float32(-values["temperature"]) * np.float32(self.epochs)
        for name in ("weight_decay_shift", "step_error_shift"):
            values[name] = np.asarray(float(cooled + np.float32(values[name])))
        values["temperature"] = np.asarray(0.0)

    def _draw_where_needed(
        self, program: Any, values: dict[str, Any], draws: dict[str, Any], mse: float
    ) -> None:
        """Draw one number for each weight that takes one, in FANN's order."""
        none = self.backend.run(program, _wanted(program, {**values, **draws}))
        ones = {name: np.ones_like(array) for name, array in draws.items()}
        all_ = self.backend.run(program, _wanted(program, {**values, **ones}))
        layers = range(1, len(self.net.weights) + 1)
        changed = [none[f"move{n}"] != all_[f"move{n}"] for n in layers]
        needs = self.net.flat(changed)
        flat = np.zeros(len(needs))
        # FANN multiplies draw and root in single precision; the graph multiplies by the root.
        root = np.float32(np.sqrt(np.float32(mse)))
        drawn = self.draws.uniform((int(needs.sum()),)).astype(np.float32) * root
        flat[needs] = drawn / np.sqrt(mse)
        self.net.put(flat, [draws[f"draws{n}"] for n in layers])

    def _steps_of_neighbours(self, state: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Where there was no slope before, FANN keeps the step of the weight before this one."""
        layers = range(1, len(self.net.weights) + 1)
        moves = self.net.flat([outputs[f"move{n}"] for n in layers])
        unset = self.net.flat([state[f"slope{n}"] for n in layers]) == 0
        moves = np.concatenate([[0.0], moves])
        places = np.where(np.concatenate([[False], unset]), 0, np.arange(len(moves)))
        self.net.put(moves[np.maximum.accumulate(places)][1:],
                     [outputs[f"move{n}"] for n in layers])  # fmt: skip


def _wanted(program: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in program.inputs}
