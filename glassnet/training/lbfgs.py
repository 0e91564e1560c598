"""Runs whose steps are made on the host: SciPy's L-BFGS on the compiled loss and gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.backends.base import HeldState, Stepper
from glassnet.errors import TrainingError
from glassnet.graph import Program
from glassnet.training.loop import Training

__all__ = ["LbfgsTraining"]


class LbfgsTraining(Training):
    """A run in which every epoch is one iteration of L-BFGS over all samples."""

    def _stepper(self) -> Stepper:
        return HeldState(self.state.arrays(self.topology))  # the steps are SciPy's

    def _go_on_with(self, step: Program) -> None:
        raise TrainingError(
            "a callback changed a setting of a layer or of the optimizer while L-BFGS was running, "
            "and SciPy cannot go on with another function; set model.stop_training = True, and fit "
            "again after fit has returned"
        )

    def _slice(self) -> None:
        """Run all iterations; SciPy calls back after each."""
        from scipy.optimize import minimize

        if not self._parameters():
            raise TrainingError(
                "there is nothing to train: no layer has weights with trainable=True"
            )
        self._number = self.before_slice()
        result = minimize(
            self._value_and_gradient,
            self._get(),
            jac=True,
            method="L-BFGS-B",
            callback=self._iteration,
            options=self._options(),
        )
        if not self.gone_bad:  # else the weights are back where they were finite
            self._set(result.x)
        if self.epoch < self.epochs and not self._must_stop():
            self.history.stopped = f"converged: {result.message}".lower()
            self.model.stop_training = True

    def _options(self) -> dict[str, Any]:
        settings: Any = self.optimizer
        return {
            "maxiter": self.epochs - self.epoch,
            "maxcor": settings.history,
            "ftol": settings.tolerance,
            "gtol": settings.gradient_tolerance,
            "maxfun": 50 * max(self.epochs, 1),
        }

    def _parameters(self) -> list[np.ndarray]:
        return [w.value for w in self.topology.parameters() if w.value is not None]

    def _get(self) -> np.ndarray:
        return np.concatenate([a.reshape(-1).astype(np.float64) for a in self._parameters()])

    def _set(self, flat: np.ndarray) -> None:
        start = 0
        for array in self._parameters():
            array[...] = flat[start : start + array.size].reshape(array.shape)
            start += array.size

    def _value_and_gradient(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        self._set(flat)
        outputs = self.backend.run(self.step, self._inputs())
        parts = [outputs[f"d.{w.name}"] for w in self.topology.parameters()]
        gradient = np.concatenate([part.reshape(-1).astype(np.float64) for part in parts])
        self.outputs = outputs
        return float(outputs["value"]), gradient

    def _inputs(self) -> dict[str, np.ndarray]:
        scalars = {"seed": self.state.seed or 0, "step": self.state.step + 1}
        numbers = {name: np.asarray(value) for name, value in scalars.items()}
        return {**self.data, **self.network.weights(), **numbers}

    def _iteration(self, flat: np.ndarray) -> None:
        # SciPy's last evaluation is not always at the accepted point.
        self._value_and_gradient(flat)
        # Buffers move once an iteration, at the accepted point, not with every trial.
        weights = self.network.weights()
        for name in self.step.state:
            weights[name][...] = self.outputs[name]
        totals = np.array([[float(self.outputs[name]) for name in self.step.totals]])
        self._advance(1, totals)
        self.after_slice(self._number)
        if self._must_stop() or self.epoch >= self.epochs:
            raise StopIteration
        self._number = self.before_slice()
