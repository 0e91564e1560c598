"""The training loop: epochs, batches, callbacks, validation, Ctrl-C.

Training runs in slices of a fraction of a second. A slice ends where callbacks have
to be called: after a batch if one watches batches, after an epoch if one watches epochs (or there
is validation data), else after several epochs.

Longer than other files: one class, whose methods share the position in the run.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.backends import AsTheyLie, Backend, Stepper, Work, get
from glassnet.backends.waiting import WaitStopped
from glassnet.errors import TrainingError
from glassnet.graph import Program
from glassnet.metrics import warning_once
from glassnet.random import permutation
from glassnet.settings import changes
from glassnet.training.alone import widen
from glassnet.training.callbacks import Callback, arranged
from glassnet.training.checkpoints import Checkpoint, fingerprint, save_checkpoint
from glassnet.training.evaluation import PENALTY, averages, evaluate_rows
from glassnet.training.history import History
from glassnet.training.interrupt import Interrupt
from glassnet.training.network import Network
from glassnet.training.programs import input_names
from glassnet.training.run import Data, Finished, RunSnapshot
from glassnet.training.state import Snapshot

__all__ = ["Training"]

SLICE_SECONDS = 0.2
# Between slices all weights are copied and looked through: with more of them slices are longer
# (seconds for each byte), but Ctrl-C is never kept waiting for longer than the last number.
_SECONDS_A_BYTE = 2e-8
_LONGEST = 0.8
# A slice never spans more epochs than this: the list of their orders stays short.
SLICE_EPOCHS = 100_000

_BATCH_METHODS = (
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_batch_begin",
    "on_batch_end",
)


class Training:
    """One call of fit.

    Attributes
    ----------
    epoch, batch : int
        Position: the epoch (from 0) and the next batch in it.
    totals : ndarray
        Loss and metrics added up over the epoch so far.
    logs : dict
        Their averages.
    gone_bad : bool
        Whether a number became NaN or infinite.
    """

    def __init__(
        self,
        model: Any,
        network: Network,
        backend: Backend,
        data: Data,
        validation: Data | None,
        *,
        batch_size: int,
        epochs: int,
        initial_epoch: int = 0,
        shuffle: bool = True,
        callbacks: Sequence[Callback] = (),
        resume: Checkpoint | None = None,
    ) -> None:
        self.model = model
        self.network = network
        self.topology = network.topology
        self.record = network.record
        self.optimizer = self.record.optimizer
        self.backend = backend
        self.data = data
        self.validation = validation
        self.rows = self.record.rows(data)
        self.batch_size = batch_size
        self.batches_per_epoch = -(-self.rows // batch_size)
        self.epochs = epochs
        self.epoch = initial_epoch
        self.batch = 0
        self.shuffle = shuffle and batch_size < self.rows
        self.input_names = input_names(self.topology)
        self.history = History()
        self.callbacks = arranged(callbacks)
        self.step: Program = self._step()
        self._measures = self.record.measures()
        self.totals = np.zeros(len(self.step.totals))
        of_loss = [PENALTY, *(self.record.loss_name(goal) for goal in self.record.goals)]
        parts = {f"total_{name}" for name in of_loss}
        self._of_loss = [n for n, one in enumerate(self.step.totals) if one in parts]
        self.backend_reason = ""
        self.is_resumed = resume is not None
        self.is_stopped = False
        if resume is not None:
            resume.restore(self)
        self.first_epoch = self.epoch
        self.state = network.state
        self.step = self._step()
        size = sum(array.nbytes for array in self.state.arrays(self.topology).values())
        self._slice_seconds = min(SLICE_SECONDS + _SECONDS_A_BYTE * size, _LONGEST)
        self.logs: dict[str, float] = {}
        self.gone_bad = False
        self.slice_loss = 0.0
        self.slice_batches = 0
        self._pending: list[Finished] = []
        self._order: tuple[int, np.ndarray] | None = None
        self._undefined: set[str] = set()  # metrics that were said to be undefined
        self._interrupt = Interrupt()

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the run out of copies of callbacks: it goes on in this place only."""
        return type(None), ()

    def _step(self) -> Program:
        self._changes = changes()
        return self.network.ready_step(self.record.is_weighted(self.data))

    def _stepper(self) -> Stepper:
        return self.backend.stepper(self.step, self.state.arrays(self.topology), self.data)

    @cached_property
    def fingerprint(self) -> int:
        """A number that tells these data from others."""
        return fingerprint(self.data, self.validation)

    # The run --------------------------------------------------------------------------

    def run(self) -> History:
        """Train until all epochs are done, a callback stops, or Ctrl-C is pressed."""
        started = time.perf_counter()
        begun: list[Callback] = []
        with self._interrupt:
            self.stepper = self._stepper()
            try:
                self._begin(begun)
                while self.epoch < self.epochs and not self._must_stop():
                    self._slice()
            except WaitStopped:
                pass  # no step was under way
            finally:
                self.history.seconds = time.perf_counter() - started
                if self._interrupt.pressed:
                    self.history.stopped = "interrupted"
                self._end(begun)
        if not self.history.stopped:
            is_cut = self.model.stop_training
            self.history.stopped = "stopped by a callback" if is_cut else "all epochs done"
        return self.history

    def _begin(self, begun: list[Callback]) -> None:
        self.model.stop_training = self.is_stopped
        for callback in self.callbacks:
            callback.training = self
            callback.set_params(self.history.params)
            callback.set_model(self.model)
        for callback in self.callbacks:
            callback.on_train_begin({})
            begun.append(callback)

    def _end(self, begun: list[Callback]) -> None:
        """Tell every callback that the run is over, even if another one fails."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._close)
            for callback in reversed(begun):
                stack.callback(callback.on_train_end, self.history_logs())

    def _close(self) -> None:
        self.stepper.close()

    def _must_stop(self) -> bool:
        return self._interrupt.pressed or self.model.stop_training

    def _slice(self) -> None:
        number = self.before_slice()
        work = self._work(self._batches_allowed(), self._slice_seconds)
        self._advance(*self.stepper.run(work))
        self.after_slice(number)

    def _follow_settings(self) -> None:
        """Make the step anew where a callback changed a setting that it was made from."""
        self._check_settings()
        if self._changes == changes():
            return
        if self.record.measures() != self._measures:
            raise TrainingError(
                "a callback changed a setting of the loss or of a metric while the model was being "
                "trained, so that the numbers of an epoch would not go together; to go on with it "
                "set model.stop_training = True, and fit again after fit has returned"
            )
        step = self._step()
        if step is not self.step:
            self._go_on_with(step)

    def _go_on_with(self, step: Program) -> None:
        widen(self.network, self.network.trained())
        self.stepper.close()
        self.step = step
        self.stepper = self._stepper()

    def _check_settings(self) -> None:
        if self.network.compiled is not self.record:
            raise TrainingError(
                "a callback compiled the model anew while it was being trained; to go on with "
                "another optimizer or loss set model.stop_training = True, and compile and fit "
                "again after fit has returned"
            )

    def before_slice(self) -> int:
        """Tell callbacks that a stretch begins; return the number of its first batch."""
        if self.batch == 0:
            self._tell("on_epoch_begin", self.epoch, {})
        if self._watched(*_BATCH_METHODS):
            self._tell("on_train_batch_begin", self.batch, {})
        self._follow_settings()
        self._tell("on_slice_begin")
        return self.batch

    def after_slice(self, number: int) -> None:
        """Tell callbacks what a stretch brought: its batch, its epochs."""
        for callback in self.callbacks:
            callback.on_slice_end()
            if self.gone_bad:
                break
        if self._watched(*_BATCH_METHODS) and not self.gone_bad:
            self._tell("on_train_batch_end", number, dict(self.logs))
        if self.model.stop_training and self.batch and not self.gone_bad:
            self._cut_epoch()
        pending, self._pending = self._pending, []
        for finished in pending:
            self._finish_epochs(*finished)
        self._tell("on_settled")

    def _cut_epoch(self) -> None:
        """End an epoch that a callback stopped in its middle: it counts, as in Keras."""
        rows = self.batch * self.batch_size
        self._close_epochs(self.totals[None], rows)

    def _close_epochs(self, totals: np.ndarray, rows: int) -> None:
        """Put finished epochs aside, and go to the beginning of the next."""
        self._pending.append((self.epoch, totals, rows))
        self.epoch += len(totals)
        self.state.epoch += len(totals)
        self.batch = 0
        self.totals = np.zeros(len(self.step.totals))

    def _batches_allowed(self) -> int:
        left = self.batches_per_epoch - self.batch
        if self._watched(*_BATCH_METHODS):
            allowed = 1
        elif self._asks_every_epoch():
            allowed = left
        else:
            epochs = min(self.epochs - self.epoch, SLICE_EPOCHS)
            allowed = left + (epochs - 1) * self.batches_per_epoch
        for callback in self.callbacks:
            due = callback.batches_until_due(self.state.step)
            allowed = min(allowed, due or allowed)
        return allowed

    def _asks_every_epoch(self) -> bool:
        return (
            self.validation is not None
            or self._watched("on_epoch_begin", "on_epoch_end")
            or self.record.has_host_metrics
        )

    def _work(self, batches: int, seconds: float) -> Work:
        epochs = -(-(self.batch + batches) // self.batches_per_epoch)
        return Work(
            orders=_Orders(self, epochs) if self.shuffle else AsTheyLie(epochs),
            batch_size=self.batch_size,
            first_batch=self.batch,
            batches=batches,
            seconds=seconds,
            scalars=self.network.scalars(),
            step=self.state.step,
            totals=self.totals,
        )

    def order_of(self, epoch: int) -> np.ndarray:
        """Return the order of the rows in an epoch (numbered over all calls of fit)."""
        if self._order is None or self._order[0] != epoch:
            order = permutation(self.state.seed or 0, "shuffle", self.rows, epoch)
            self._order = (epoch, order)
        return self._order[1]

    def _advance(self, done: int, totals: np.ndarray) -> None:
        """Move the position by the batches made, and put finished epochs aside."""
        self.slice_loss = float(totals[:, self._of_loss].sum())
        self.slice_batches = done
        self.state.step += done
        finished, ahead = divmod(self.batch + done, self.batches_per_epoch)
        if finished:
            self._close_epochs(totals[:finished], self.rows)
        self.batch = ahead
        if ahead and done:
            self.totals = totals[-1]
        if done:
            rows = min(ahead * self.batch_size, self.rows) if ahead else self.rows
            self.logs = self._averages(totals[-1], rows)

    def _averages(self, totals: np.ndarray, rows: int) -> dict[str, float]:
        named = dict(zip(self.step.totals, totals.tolist(), strict=True))
        return averages(named, rows, self.record)

    def _finish_epochs(self, first: int, totals: np.ndarray, rows: int) -> None:
        if len(totals) > 1 and not self._asks_every_epoch():
            # Thousands of epochs may end in one slice: no callback asks for each of them.
            columns = dict(zip(self.step.totals, totals.T, strict=True))
            self.history.add_many(first, averages(columns, rows, self.record))
            return
        for number, one in enumerate(totals):
            self._finish_epoch(first + number, one, rows)

    def _finish_epoch(self, epoch: int, totals: np.ndarray, rows: int) -> None:
        logs = self._averages(totals, rows)
        if self.record.has_host_metrics:
            found = self._evaluate(self.data)
            logs = {name: logs.get(name, value) for name, value in found.items()}
        if self.validation is not None:
            self._tell("on_test_begin", {})
            found = self._evaluate(self.validation)
            self._tell("on_test_end", dict(found))
            logs |= {f"val_{name}": value for name, value in found.items()}
        self.logs = logs
        self._tell("on_epoch_end", epoch, logs)

    def _evaluate(self, data: Data) -> dict[str, float]:
        kinds = self.network.kinds
        program = self.network.evaluation(self.record.is_weighted(data), kinds)
        rest = (program, data, self.network.weights(), self.record)
        with warning_once(self._undefined):
            try:
                return evaluate_rows(self.backend, *rest, kinds=kinds)
            except WaitStopped:  # the epoch is over all the same, and has its numbers
                return evaluate_rows(get("numpy"), *rest, kinds=kinds)

    # Callbacks ------------------------------------------------------------------------

    def _watched(self, *names: str) -> bool:
        return any(callback.overrides(*names) for callback in self.callbacks)

    def _tell(self, name: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*arguments)

    def history_logs(self) -> dict[str, float]:
        """Return the numbers of the last finished epoch."""
        return self.history.last()

    def running_logs(self) -> dict[str, float]:
        """Return the numbers of the epoch so far; sums as they will be if the rest is like it."""
        if not self.batch:
            return self.logs
        rows = min(self.batch * self.batch_size, self.rows)
        return self._averages(self.totals * (self.rows / rows), self.rows)

    def save(self, path: Any) -> None:
        """Write a checkpoint."""
        save_checkpoint(path, self)

    # For finding the first bad number ----------------------------------------------------

    def is_finite(self) -> bool:
        """Return whether the losses of the last stretch and all weights are finite."""
        return bool(np.isfinite(self.slice_loss)) and self.stepper.is_finite()

    def fetch(self, names: Iterable[str] | None = None) -> Data:
        """Return weights and slots by name as they are at this moment, by default all."""
        return self.stepper.fetch(names)

    def position(self, room: RunSnapshot | None = None) -> RunSnapshot:
        """Return a copy of all that a step changes, in the memory of an earlier one if given."""
        arrays = self.stepper.snapshot(None if room is None else room.state.arrays)
        state = Snapshot(arrays, self.state.step, self.state.epoch)
        return RunSnapshot(state, self.epoch, self.batch, self.totals, list(self._pending))

    def go_back(self, position: RunSnapshot) -> None:
        """Return to an earlier position."""
        self.stepper.restore(position.state.arrays)
        self.state.step, self.state.epoch = position.state.step, position.state.epoch
        self.epoch, self.batch = position.epoch, position.batch
        self.totals, self._pending = position.totals, list(position.pending)

    def run_batches(self, count: int) -> None:
        """Run some batches without calling callbacks."""
        self._advance(*self.stepper.run(self._work(count, float("inf"))))

    def values_of_next_batch(self) -> Data:
        """Return every input of the step for the next batch."""
        start = self.batch * self.batch_size
        rows: Any = slice(start, min(start + self.batch_size, self.rows))
        if self.shuffle:
            rows = self.order_of(self.state.epoch)[rows]
        values = {name: array[rows] for name, array in self.data.items()}
        scalars = {**self.network.scalars(), "step": self.state.step + 1}
        values |= {name: np.asarray(value) for name, value in scalars.items()}
        return {**values, **self.fetch()}


class _Orders(Sequence):
    """The orders of the next epochs, each made when it is asked for."""

    def __init__(self, training: Training, epochs: int) -> None:
        self.training = training
        self.first = training.state.epoch
        self.epochs = epochs

    def __len__(self) -> int:
        return self.epochs

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self.epochs:
            raise IndexError(number)
        return self.training.order_of(self.first + number)
