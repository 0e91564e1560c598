"""One run of ``train``: read, build, train, test, write.

Takes a :class:`Request`, gives a model file, a report and the numbers that ``--json`` prints. The
subcommand calls ``prepare`` and ``finish``, and prints messages between them.
"""

from __future__ import annotations

import contextlib
import warnings
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.callbacks import EarlyStopping, TerminateOnNaN, TrainingWarning
from glassnet.cli.checkpoint import TimedCheckpoint
from glassnet.cli.data import builtin_name, fingerprint, is_made_on, load_data
from glassnet.cli.files import refuse_to_overwrite, same_file
from glassnet.cli.network import Plan, make_plan
from glassnet.cli.request import Request
from glassnet.cli.rows import error_weights
from glassnet.cli.scores import plain_scores, score
from glassnet.data.dataset import whole_text
from glassnet.datasets import train_test_split
from glassnet.errors import ArgumentError, DataError, TrainingError
from glassnet.formats import safetensors
from glassnet.formats.files import check_writable
from glassnet.formats.safetensors import check_name
from glassnet.losses import get as get_loss
from glassnet.models import Sequential

__all__ = ["Run"]

VALIDATION_PART = 0.15
FEWEST_TO_VALIDATE = 20
SMALLEST_GAIN = 1e-4  # as a fraction of the loss: less is no reason to go on
CHECKPOINT = ".checkpoint.safetensors"
ROOM_FOR_REPORT = 1_000_000  # bytes

Pair = tuple[np.ndarray, np.ndarray]


class Run:
    """One run of ``train``.

    Parameters
    ----------
    request : Request
    """

    def __init__(self, request: Request) -> None:
        self.request = request

    def prepare(self) -> None:
        """Read the data, choose the files, build the network."""
        self.request = self.request.resumed()
        self.data = load_data(self.request.data, self.request.target)
        self._choose_files()
        self._split()
        self._build()

    def finish(self) -> None:
        """Train, test, and write model and report."""
        self.train()
        self._test()
        self._write()

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return self.history.stopped == "interrupted"

    def as_json(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "test": plain_scores(self.scores),
            "epochs": len(self.history.epoch),
            "seconds": round(self.history.seconds, 3),
            "model": str(self.output),
            "report": str(self.report),
            "seed": self.seed,
        }

    # Before -----------------------------------------------------------------------------

    def _choose_files(self) -> None:
        self.output = self.request.output or self._usual_output()
        folder, stem = self.output.parent, self.output.stem
        self.report = self.request.report or folder / f"{stem}-report.html"
        self.checkpoint = folder / (stem + CHECKPOINT)
        check_name(self.output)
        written = (self.output, self.report, self.checkpoint)
        if any(same_file(one, other) for one, other in combinations(written, 2)):
            raise ArgumentError(
                f"--output {str(self.output)!r} and --report {str(self.report)!r} must be two files"
            )
        is_file = builtin_name(self.request.data) is None
        for path in written:
            if is_file:
                refuse_to_overwrite(path, self.request.data, "the data")
        for path in (self.output, self.report):
            check_writable(path)

    def _usual_output(self) -> Path:
        resume = self.request.resume
        if resume is not None and resume.name.endswith(CHECKPOINT):
            return resume.with_name(resume.name.removesuffix(CHECKPOINT) + ".safetensors")
        return Path(f"{self.data.name}.safetensors")

    def _split(self) -> None:
        data, size = self.data, self.request.test_size
        if size is not None and not size > 0:
            raise ArgumentError(
                f"--test-size {size:g} must be greater than 0: a fraction of the rows, or a count"
            )
        (x, y), self.test = data.split(size)
        self.seed = 0 if self.request.seed is None else self.request.seed
        self.validation: Pair | None = None
        if not data.complete and len(x) >= FEWEST_TO_VALIDATE:
            stratify = data.task == "classification"
            (x, y), self.validation = train_test_split(x, y, VALIDATION_PART, self.seed, stratify)
        self.x, self.y = x, y

    def _build(self) -> None:
        request = self.request
        self.plan: Plan = make_plan(
            self.data, self.x, self.y, layers=request.layers, epochs=request.epochs,
            batch_size=request.batch_size, optimizer=request.optimizer,
            learning_rate=request.learning_rate,
        )  # fmt: skip
        model = Sequential(self.plan.layers, self.plan.dtype, self.seed, self.data.name)
        model.info.update(self._info())
        model.compile(self.plan.optimizer, self.plan.loss, self.plan.metrics)
        model.build((None, *self.x.shape[1:]))
        self.model = model
        # Weights, what the optimizer keeps, the best weights.
        room = 4 * np.dtype(self.plan.dtype).itemsize * model.count_params() + ROOM_FOR_REPORT
        for path in (self.output, self.report):
            check_writable(path, room)

    def _info(self) -> dict[str, Any]:
        """Return what the model file says besides the network."""
        data = self.data
        name = builtin_name(self.request.data)
        self._check_same_data()
        return {
            "task": data.task,
            "class_names": list(data.class_names),
            "feature_names": list(data.feature_names),
            "target_name": data.target_name,
            "image_shape": list(data.image_shape) if data.image_shape else None,
            "layers": self.plan.text,
            "data": {
                "kind": "built-in" if name else "file",
                "name": name or whole_text(Path(self.request.data).name),
                "description": data.description,
                "rows": len(data),
                "notes": list(data.notes),
                "fingerprint": fingerprint(data),
            },
            "run": {**self.request.settings(), "seed": self.seed},
        }

    def _check_same_data(self) -> None:
        if self.request.resume is None:
            return
        before = safetensors.read(self.request.resume)[1]["info"].get("data")
        before = before if isinstance(before, dict) else {}
        rows = before.get("rows")
        if not is_made_on(before, self.data):
            raise DataError(
                f"{str(self.request.resume)!r} was written by a run on other data "
                f"({before.get('name')!s:.100}, {rows if type(rows) is not int else f'{rows:,}'} "
                "rows); a run can go on only with the data it began with"
            )

    # Training ---------------------------------------------------------------------------

    def _targets(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return targets as the loss wants them, and weights of the samples."""
        kind = get_loss(self.plan.loss).target_kind
        if kind == "labels":
            return y, None
        column = y[:, None] if y.ndim == 1 else y
        return column, None if kind == "binary" else error_weights(self.y, len(y))

    def train(self) -> None:
        """Train the network; Ctrl-C ends it early."""
        y, weight = self._targets(self.y)
        validation: Any = None
        if self.validation is not None:
            validation = (self.validation[0], *self._targets(self.validation[1]))
        guard = TerminateOnNaN()
        self.stopping = EarlyStopping(patience=self.plan.patience, relative_delta=SMALLEST_GAIN)
        self.checkpoints = TimedCheckpoint(self.checkpoint)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TrainingWarning)  # it becomes the error below
            self.history = self.model.fit(
                self.x, y, batch_size=self.plan.batch_size, epochs=self.plan.epochs,
                sample_weight=weight, validation_data=validation, resume=self.request.resume,
                callbacks=[guard, self.stopping, self.checkpoints],
            )  # fmt: skip
        if guard.finding is not None:
            self._remove_checkpoint()
            raise TrainingError(f"{guard.finding.message}. No model and no report were written")

    def _remove_checkpoint(self) -> None:
        with contextlib.suppress(OSError):
            self.checkpoint.unlink()

    # After ------------------------------------------------------------------------------

    def _test(self) -> None:
        self.scores = score(self.model, self.data.task, *self.test)
        self.model.info["test"] = plain_scores(self.scores)
        self.model.info["test_rows"] = len(self.test[0])

    def _write(self) -> None:
        from glassnet.report import TrainedRun, write_report  # it loads matplotlib

        self.model.save(self.output)
        self.told = TrainedRun(
            data=self.data, model=self.model, history=self.history, train=(self.x, self.y),
            validation=self.validation, test=self.test, scores=self.scores, seed=self.seed,
            best_epoch=self.stopping.best_epoch + 1, model_file=str(self.output),
            source=self.request.data,
        )  # fmt: skip
        write_report(self.report, self.told)
        if not self.is_interrupted:
            self._remove_checkpoint()
