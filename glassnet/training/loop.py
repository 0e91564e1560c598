"""The training loop: epochs, batches, callbacks, validation, Ctrl-C.

Training runs in slices of a fraction of a second. A slice is as long as nobody has to be
asked: within a batch if a callback watches batches, within an epoch if one watches epochs
(or there is validation data), else over several epochs.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

import numpy as np

from glassnet.backends import Backend, Stepper, Work
from glassnet.graph import Program
from glassnet.metrics import HostMetric
from glassnet.random import permutation
from glassnet.training.callbacks import Callback, ModelCheckpoint
from glassnet.training.checkpoints import load_checkpoint, save_checkpoint
from glassnet.training.evaluation import averages, evaluate_rows
from glassnet.training.history import History
from glassnet.training.network import Network
from glassnet.training.programs import input_names, step_program
from glassnet.training.state import Snapshot

__all__ = ["Training"]

SLICE_SECONDS = 0.2
# A slice never spans more epochs than this: the list of their orders stays short.
SLICE_EPOCHS = 100_000

Data = dict[str, np.ndarray]


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
        resume: Any = None,
    ) -> None:
        assert network.loss is not None and network.optimizer is not None
        self.model = model
        self.network = network
        self.topology = network.topology
        self.loss, self.optimizer = network.loss, network.optimizer
        self.state = network.state
        self.backend = backend
        self.data = data
        self.validation = validation
        self.rows = len(data["y"])
        self.batch_size = batch_size
        self.batches_per_epoch = -(-self.rows // batch_size)
        self.epochs = epochs
        self.epoch = self.first_epoch = initial_epoch
        self.batch = 0
        self.shuffle = shuffle and batch_size < self.rows
        self.input_names = input_names(self.topology)
        self.history = History()
        self.is_resumed = resume is not None
        # Checkpoints come last, so that they hold what the others have just decided.
        self.callbacks = sorted(callbacks, key=lambda one: isinstance(one, ModelCheckpoint))
        self.step: Program = self._step()
        self.totals = np.zeros(len(self.step.totals))
        if resume is not None:
            load_checkpoint(resume, self)
            self.first_epoch = self.epoch
        self.state.prepare_slots(self.optimizer, self.topology, network.dtype)
        self.slice_loss = 0.0
        self.logs: dict[str, float] = {}
        self._pending: list[tuple[int, np.ndarray]] = []
        self._order: tuple[int, np.ndarray] | None = None
        self._interrupted = False

    def _step(self) -> Program:
        return step_program(
            self.topology,
            self.loss,
            self.optimizer,
            self.network.metrics,
            self.network.dtype,
            "sample_weight" in self.data,
        )

    def _stepper(self) -> Stepper:
        return self.backend.stepper(self.step, self.state.arrays(self.topology), self.data)

    # The run --------------------------------------------------------------------------

    def run(self) -> History:
        """Train until all epochs are done, a callback stops, or Ctrl-C is pressed."""
        started = time.perf_counter()
        self.stepper = self._stepper()
        for callback in self.callbacks:
            callback.model, callback.training = self.model, self
        self.model.stop_training = False
        with self._interruptible():
            self._tell("on_train_begin")
            try:
                while self.epoch < self.epochs and not self._must_stop():
                    self._slice()
            finally:
                self.history.seconds = time.perf_counter() - started
                self._tell("on_train_end", self.history_logs())
        if not self.history.stopped:
            self.history.stopped = "interrupted" if self._interrupted else "all epochs done"
        return self.history

    def _must_stop(self) -> bool:
        return self._interrupted or self.model.stop_training

    def _slice(self) -> None:
        watches_batches = self._watched("on_train_batch_begin", "on_train_batch_end")
        if self.batch == 0:
            self._tell("on_epoch_begin", self.epoch)
        if watches_batches:
            self._tell("on_train_batch_begin", self.batch)
        number = self.batch
        self._tell_slice("on_slice_begin")
        self._advance(*self.stepper.run(self._work(self._batches_allowed(), SLICE_SECONDS)))
        self._tell_slice("on_slice_end")
        if watches_batches and not self.model.stop_training:
            self._tell("on_train_batch_end", number, self.logs)
        pending, self._pending = self._pending, []
        for epoch, totals in pending:
            self._finish_epoch(epoch, totals)

    def _batches_allowed(self) -> int:
        left = self.batches_per_epoch - self.batch
        if self._watched("on_train_batch_begin", "on_train_batch_end"):
            allowed = 1
        elif self._asks_every_epoch():
            allowed = left
        else:
            epochs = min(self.epochs - self.epoch, SLICE_EPOCHS)
            allowed = left + (epochs - 1) * self.batches_per_epoch
        for callback in self.callbacks:
            if isinstance(callback, ModelCheckpoint):
                due = callback.batches_until_due(self.state.step)
                allowed = min(allowed, due or allowed)
        return allowed

    def _asks_every_epoch(self) -> bool:
        return (
            self.validation is not None
            or self._watched("on_epoch_begin", "on_epoch_end")
            or any(isinstance(metric, HostMetric) for metric in self.network.metrics)
        )

    def _work(self, batches: int, seconds: float) -> Work:
        epochs = -(-(self.batch + batches) // self.batches_per_epoch)
        scalars = {**self.optimizer.scalars(), "seed": self.state.seed or 0}
        return Work(
            orders=_Orders(self, epochs) if self.shuffle else [None] * epochs,
            batch_size=self.batch_size,
            first_batch=self.batch,
            batches=batches,
            seconds=seconds,
            scalars=scalars,
            step=self.state.step,
        )

    def order_of(self, epoch: int) -> np.ndarray:
        """Return the order of the rows in an epoch (numbered over all calls of fit)."""
        if self._order is None or self._order[0] != epoch:
            order = permutation(self.state.seed or 0, "shuffle", self.rows, epoch)
            self._order = (epoch, order)
        return self._order[1]

    def _advance(self, done: int, totals: np.ndarray) -> None:
        """Move the position by the batches made, and put finished epochs aside."""
        self.slice_loss = float(totals[:, 0].sum())
        self.state.step += done
        self.batch += done
        for part in totals:
            self.totals = self.totals + part
            if self.batch >= self.batches_per_epoch:
                self.batch -= self.batches_per_epoch
                self._pending.append((self.epoch, self.totals))
                self.totals = np.zeros(len(self.step.totals))
                self.epoch += 1
                self.state.epoch += 1
        if self.batch:
            rows = min(self.batch * self.batch_size, self.rows)
            self.logs = self._averages(self.totals, rows)

    def _averages(self, totals: np.ndarray, rows: int) -> dict[str, float]:
        named = dict(zip(self.step.totals, totals.tolist(), strict=True))
        return averages(named, rows, self.loss)

    def _finish_epoch(self, epoch: int, totals: np.ndarray) -> None:
        logs = self._averages(totals, self.rows)
        metrics = self.network.metrics
        if any(isinstance(metric, HostMetric) for metric in metrics):
            found = self._evaluate(self.data)
            logs |= {m.name: found[m.name] for m in metrics if isinstance(m, HostMetric)}
        if self.validation is not None:
            logs |= {f"val_{k}": v for k, v in self._evaluate(self.validation).items()}
        self.logs = logs
        self.history.add(epoch, logs)
        self._tell("on_epoch_end", epoch, logs)

    def _evaluate(self, data: Data) -> dict[str, float]:
        program = self.network.evaluation("sample_weight" in data)
        weights = self.network.weights()
        return evaluate_rows(self.backend, program, data, weights, self.loss, self.network.metrics)

    # Callbacks ------------------------------------------------------------------------

    def _watched(self, *names: str) -> bool:
        return any(callback.overrides(*names) for callback in self.callbacks)

    def _tell(self, name: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*arguments)

    def _tell_slice(self, name: str) -> None:
        for callback in self.callbacks:
            getattr(callback, name)()
            if self.model.stop_training:
                break

    def kept_callbacks(self) -> list[Callback]:
        """Return the callbacks whose state a checkpoint keeps."""
        return list(self.callbacks)

    def history_logs(self) -> dict[str, float]:
        """Return the numbers of the last finished epoch."""
        return {name: values[-1] for name, values in self.history.history.items() if values}

    def save(self, path: Any) -> None:
        """Write a checkpoint."""
        save_checkpoint(path, self)

    # For finding the first bad number ----------------------------------------------------

    def weights_are_finite(self) -> bool:
        # A sum of finite numbers may overflow, so only a bad sum is looked into.
        for array in self.state.arrays(self.topology).values():
            if not np.isfinite(array.sum()) and not np.isfinite(array).all():
                return False
        return True

    def go_back(self, snapshot: Snapshot, position: tuple[int, int]) -> None:
        """Return to an earlier position of this slice."""
        self.state.restore(self.topology, snapshot)
        self.epoch, self.batch = position
        self._pending = [one for one in self._pending if one[0] < self.epoch]

    def run_one_batch(self) -> None:
        self._advance(*self.stepper.run(self._work(1, float("inf"))))

    def rows_of_next_batch(self) -> np.ndarray:
        start = self.batch * self.batch_size
        stop = min(start + self.batch_size, self.rows)
        if not self.shuffle:
            return np.arange(start, stop)
        return self.order_of(self.state.epoch)[start:stop]

    def values_of_batch(self, rows: np.ndarray) -> Data:
        """Return every input of the step for one batch."""
        values = {name: array[rows] for name, array in self.data.items()}
        scalars = {**self.optimizer.scalars(), "seed": self.state.seed or 0}
        scalars["step"] = self.state.step + 1
        values |= {name: np.asarray(value) for name, value in scalars.items()}
        return {**values, **self.state.arrays(self.topology)}

    # Ctrl-C ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let Ctrl-C end the run after the current slice; a second one ends it at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def stop(number: int, frame: FrameType | None) -> None:
            if self._interrupted:
                raise KeyboardInterrupt
            self._interrupted = True

        signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


class _Orders(Sequence):
    """The orders of the next epochs, each made when it is asked for."""

    def __init__(self, training: Training, count: int) -> None:
        self.training = training
        self.first = training.state.epoch
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self.count:
            raise IndexError(number)
        return self.training.order_of(self.first + number)
