"""Cascade 2: a shortcut network that grows by one hidden neuron at a time.

The outputs are trained; many candidate neurons learn, apart from the network, to give what is
still wrong with the outputs; the best is put in as a layer of its own. And again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet import ops
from glassnet.errors import ArgumentError
from glassnet.fann import programs
from glassnet.fann.functions import activate, slope
from glassnet.fann.learning import Learner
from glassnet.fann.settings import is_faithful
from glassnet.fann.structure import Structure
from glassnet.fann.tally import Tally
from glassnet.formats.fann import ACTIVATIONS
from glassnet.graph import Program, constant, input_node, simplify

__all__ = ["train"]

# The others move by single rows, or have no step of their own for every weight.
_ALGORITHMS = (programs.RPROP_NUMBER, programs.QUICKPROP, programs.SARPROP_NUMBER)
_DTYPE = "float64"


class _Patience:
    """Says when improvement has come to a standstill.

    Parameters
    ----------
    fraction : float
        Changes of the improvement below this share do not count.
    epochs : int
        How long to wait for one that does.
    least : int
        Epochs to make in any case.
    """

    def __init__(self, fraction: float, epochs: int, least: int) -> None:
        self.fraction, self.epochs, self.least = fraction, epochs, least
        self.mark: float | None = None
        self.until = 0

    def is_over(self, epoch: int, improvement: float) -> bool:
        mark = self.mark
        if mark is None or abs(improvement - mark) > self.fraction * abs(mark):
            self.mark, self.until = improvement, epoch + self.epochs
        return epoch >= self.until and epoch >= self.least


def train(
    learner: Learner,
    x: np.ndarray,
    y: np.ndarray,
    max_neurons: int,
    between: int,
    desired_error: float,
    reporter: Any,
) -> None:
    """Grow a network until an error is reached or it has the given number of neurons more.

    Raises
    ------
    ArgumentError
        If the network is no shortcut network, or the algorithm is INCREMENTAL or BATCH.
    """
    _check(learner)
    if between and reporter.callback is None:
        print(f"Max neurons {max_neurons:3d}. Desired error: {desired_error:.6f}")
    epochs = 0
    plan = (max_neurons, between)
    for count in range(1, max_neurons + 1):
        epochs += _train_outputs(learner, x, y, desired_error)
        is_reached = _reached(learner, desired_error)
        due = between and (count % between == 0 or count in (1, max_neurons) or is_reached)
        if due and _report(learner, count - 1, epochs, reporter, plan, desired_error):
            return
        if is_reached:
            break
        epochs += _add_best_candidate(learner, x, y)
    epochs += _train_outputs(learner, x, y, 0.0)
    if between and reporter.callback is None:
        print(f"Train outputs    Current error: {learner.tally.mse:.6f}. Epochs {epochs:6d}")


def _check(learner: Learner) -> None:
    net, p = learner.net, learner.parameters
    if not net.is_shortcut:
        raise ArgumentError(
            "a growing network begins as a shortcut network; make it with "
            f"create_shortcut_array({(net.layers[0], net.layers[-1])})"
        )
    if p["training_algorithm"] not in _ALGORITHMS:
        raise ArgumentError(
            "growing networks train with RPROP, QUICKPROP or SARPROP; "
            "call set_training_algorithm(libfann.TRAIN_RPROP) first"
        )


def _reached(learner: Learner, desired_error: float) -> bool:
    if learner.parameters["train_stop_function"] == 0:
        return learner.tally.mse <= desired_error
    return learner.tally.fails <= int(desired_error)


def _report(
    learner: Learner,
    count: int,
    epochs: int,
    reporter: Any,
    plan: tuple[int, int],
    desired_error: float,
) -> bool:
    """Say where the growing stands; return whether a callback wants to stop."""
    if reporter.callback is not None:
        arguments = (reporter.owner, reporter.data, *plan, desired_error, epochs, *reporter.user)
        return bool(reporter.callback(*arguments) == -1)
    net, tally = learner.net, learner.tally
    line = (
        f"Neurons     {count:3d}. Current error: {tally.mse:.6f}. "
        f"Total error:{tally.squares:8.4f}. Epochs {epochs:5d}. Bit fail {tally.fails:3d}"
    )
    if len(net.sizes) > 2:
        newest = net.starts[-3]
        line += (
            f". candidate steepness {net.steepness[newest]:.2f}. "
            f"function FANN_{ACTIVATIONS[net.activation[newest]]}"
        )
    print(line)
    return False


def _train_outputs(learner: Learner, x: np.ndarray, y: np.ndarray, desired: float) -> int:
    """Train the weights of the outputs alone; return the epochs made."""
    p, net = learner.parameters, learner.net
    learner.reset()
    last = len(net.sizes) - 1
    w = net.weights[-1]
    patience = _Patience(
        p["cascade_output_change_fraction"],
        p["cascade_output_stagnation_epochs"],
        p["cascade_min_out_epochs"],
    )
    best, kept, first = np.inf, w.copy(), 0.0
    epoch = 0
    for epoch in range(1, p["cascade_max_out_epochs"] + 1):
        before = w.copy()
        tally = learner.epoch(x, y, layers=(last,))
        if tally.mse < best:
            best, kept = tally.mse, before
        first = tally.mse if epoch == 1 else first
        if _reached(learner, desired) or patience.is_over(epoch, first - tally.mse):
            break
    if not is_faithful():
        # The weights that earned the least error, or those made last if they are better.
        learner.tally = learner.test(x, y)
        if learner.tally.mse > best:
            w[...] = kept
            learner.tally = learner.test(x, y)
    return epoch


class _Candidates:
    """Neurons that compete for a place in the network.

    Parameters
    ----------
    learner : Learner
    """

    def __init__(self, learner: Learner) -> None:
        net, p = learner.net, learner.parameters
        kinds = [
            (function, steep)
            for function in p["cascade_activation_functions"]
            for steep in p["cascade_activation_steepnesses"]
            for _ in range(p["cascade_num_candidate_groups"])
        ]
        self.functions = np.array([function for function, _ in kinds])
        self.steepness = np.array([steep for _, steep in kinds])
        self.learner = learner
        sources, outputs = net.starts[-2], net.layers[-1]
        hidden = sources - net.layers[0]  # the bias counted in
        f = float(np.clip(2.0 * (0.7 * hidden) ** (1 / net.layers[0]), 0.5, 8.0))
        draw = learner.draws.uniform
        incoming = draw((len(kinds), sources), 0.0, f)
        incoming[:, net.layers[0]] = draw((len(kinds),), -f, f)
        self.state = {"W1": incoming, "W2": draw((len(kinds), outputs), -f, f)}
        first = p["rprop_delta_zero"] if p["training_algorithm"] == programs.RPROP_NUMBER else 0.0
        for k in (1, 2):
            self.state[f"move{k}"] = np.full_like(self.state[f"W{k}"], first)
            self.state[f"slope{k}"] = np.zeros_like(self.state[f"W{k}"])

    def train(self, sources: np.ndarray, errors: np.ndarray) -> tuple[int, int]:
        """Train all; return the number of the best and the epochs made."""
        learner, p = self.learner, self.learner.parameters
        total = float(np.sum(errors * errors))
        patience = _Patience(
            p["cascade_candidate_change_fraction"],
            p["cascade_candidate_stagnation_epochs"],
            p["cascade_min_cand_epochs"],
        )
        program = self._program(sources.shape[1], errors.shape[1])
        numbers = learner.scalars(p["training_algorithm"], len(sources))
        numbers["mse"] = learner.tally.mse  # what SARPROP looks at
        values = {"x": sources, "y": errors, **{k: np.asarray(v) for k, v in numbers.items()}}
        best, best_score, kept, epoch = 0, -np.inf, dict(self.state), 0
        for epoch in range(1, p["cascade_max_cand_epochs"] + 1):
            given = {**values, **self.state, **self._draws()}
            outputs = learner.backend.run(program, {n: given[n] for n in program.inputs})
            scores = total - np.nan_to_num(outputs["left"], nan=np.inf)
            leader = int(np.argmax(scores))
            if scores[leader] > best_score:
                best, best_score, kept = leader, float(scores[leader]), dict(self.state)
            self.state = {name: outputs[name] for name in program.state}
            limit = p["cascade_candidate_limit"] * total
            if best_score > limit or patience.is_over(epoch, best_score):
                break
        self.state = kept
        return best, epoch

    def _draws(self) -> dict[str, np.ndarray]:
        """Return one number for every weight, where the algorithm takes them."""
        learner = self.learner
        if learner.parameters["training_algorithm"] != programs.SARPROP_NUMBER:
            return {}
        return {f"draws{k}": learner.draws.uniform(self.state[f"W{k}"].shape) for k in (1, 2)}

    def _program(self, n_in: int, n_out: int) -> Program:
        """Return one step of all candidates: each against what the outputs still lack."""
        kind = self.learner.kind()
        count = len(self.functions)
        x = input_node("x", ("n", n_in), _DTYPE)
        y = input_node("y", ("n", n_out), _DTYPE)
        v, u = input_node("W1", (count, n_in), _DTYPE), input_node("W2", (count, n_out), _DTYPE)
        z, a = activate(ops.matmul(x, v, transpose_b=True), self.functions, self.steepness)
        rows = x.shape[0]
        each = ops.reshape(a, (rows, count, 1))
        left = ops.reshape(y, (rows, 1, n_out)) - each * ops.reshape(u, (1, count, n_out))
        rise = slope(z, a, self.functions, self.steepness, kind.is_faithful)
        delta = ops.sum(left * ops.reshape(u, (1, count, n_out)), axis=2) * rise
        update = programs.Update({1: (count, n_in), 2: (count, n_out)}, kind)
        update.add(1, v, ops.matmul(delta, x, transpose_a=True))
        update.add(2, u, ops.sum(left * each, axis=0))
        outputs = {**update.outputs, "left": ops.sum(left * left, axis=(0, 2))}
        return simplify(Program("fann_candidates", [x, y, v, u, *update.inputs.values()], outputs))


def _add_best_candidate(learner: Learner, x: np.ndarray, y: np.ndarray) -> int:
    """Put the best candidate in before the outputs; return the epochs it was trained for."""
    net = learner.net
    candidates = _Candidates(learner)
    best, epochs = candidates.train(_sources(learner, x), learner.errors(x, y))
    weight = candidates.state["W2"][best] * learner.parameters["cascade_weight_multiplier"]
    _grow(
        net,
        candidates.state["W1"][best],
        weight,
        int(candidates.functions[best]),
        float(candidates.steepness[best]),
    )
    learner.reset()
    learner.momentum = {}
    learner.tally = Tally()
    return epochs


def _sources(learner: Learner, x: np.ndarray) -> np.ndarray:
    """Return the values of all neurons before the outputs, the bias among them."""
    net = learner.net
    values = [x, np.ones((len(x), 1))]
    for layer in range(1, len(net.sizes) - 1):
        own = net.slice_of(layer)
        source = constant(np.concatenate(values, axis=1))
        sums = ops.matmul(source, constant(net.weights[layer - 1]), transpose_b=True)
        _, a = activate(sums, net.activation[own], net.steepness[own])
        values.append(learner.backend.run(Program("fann_layer", [], {"a": a}), {})["a"])
    return np.concatenate(values, axis=1)


def _grow(
    net: Structure, incoming: np.ndarray, outgoing: np.ndarray, function: int, steepness: float
) -> None:
    at = net.starts[-2]
    net.sizes.insert(len(net.sizes) - 1, 1)
    net.activation = np.insert(net.activation, at, function)
    net.steepness = np.insert(net.steepness, at, steepness)
    outputs = np.concatenate([net.weights[-1], outgoing.reshape(-1, 1)], axis=1)
    net.weights[-1:] = [incoming.reshape(1, -1).copy(), outputs]
    net.touch(form=True)
