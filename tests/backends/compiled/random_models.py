"""Random models on NumPy, the compiled backend and plain loops: the same numbers.

Each model is trained for five steps in double precision. On one, two and three threads the bits
are the same; weights, the loss of every epoch, predictions and evaluation equal NumPy's to 1e-9,
and those of plain loops where the model is small. As a program it goes through as many as wanted
and prints those that differ: ``python -m tests.backends.compiled.random_models --count 400``.
"""

from __future__ import annotations

import argparse
import time
import warnings
from typing import Any

import numpy as np

from glassnet import backends
from glassnet.training.programs import gradient_program
from tests.backends.compiled.drawn_models import FEW, Case, random_case
from tests.backends.compiled.test_every_op import compiled

TOLERANCE = 1e-9
THREADS = (1, 2, 3)
# They answer to the sign of a gradient, which rounding may turn where it is nearly 0.
BY_SIGN = ("RPROP", "FannRPROP", "SARPROP")


def results(case: Case, backend: Any, net: Any = None) -> dict[str, np.ndarray]:
    """Train, then predict and evaluate with the weights of another model, or its own."""
    mine = case.make()
    history = mine.fit(
        case.x, case.y, **case.fit, sample_weight=case.weights, verbose=0, backend=backend
    ).history
    found = {f"weight {k}": w.copy() for k, w in enumerate(mine.get_weights())}
    found |= {f"history of {name}": np.array(values) for name, values in history.items()}
    if net is not None:
        mine.set_weights(net.get_weights())
    scores = mine.evaluate(case.x, case.y, verbose=0, backend=backend)
    found["evaluation"] = np.array([scores.loss, *(scores[name] for name in scores.names[1:])])
    found["prediction"] = mine.predict(case.x, verbose=0, backend=backend)
    return found


def gradients(case: Case, net: Any, backend: Any) -> dict[str, np.ndarray]:
    """Return the loss of all rows and its gradients, at the weights of a model."""
    network = net.network
    program = gradient_program(network.topology, network.record, "float64")
    inputs = case.x if isinstance(case.x, list) else [case.x]
    names = [name for name in program.inputs if name.startswith("x")]
    values = {**dict(zip(names, inputs, strict=True)), "y": case.y, **network.weights()}
    values |= {"seed": np.int64(3), "step": np.int64(1)}
    return backend.run(program, {name: values[name] for name in program.inputs})


def apart(found, expected, least=1.0):
    """Return what differs by more than the tolerance, relative to the largest of each value."""
    for name, want in expected.items():
        has_number = ~np.isnan(want)  # where a model has diverged, both must say so
        size = max(least, float(np.max(np.abs(want[has_number]), initial=0.0)))
        gap = float(np.max(np.abs(found[name] - want)[has_number], initial=0.0))
        if (np.isnan(found[name]) == has_number).any() or not gap <= TOLERANCE * size:
            return f"{name} by {gap:.1e} of {size:.1e}"
    return ""


def is_delicate(case, found):
    """Whether weights depend on rounding: only signs count, or a gradient is next to nothing.

    Next to nothing is less than 1e-12 of the largest gradient of the model, but not 0.
    """
    every = np.concatenate([np.abs(g).ravel() for name, g in found.items() if name[:2] == "d."])
    tiny = (every > 0) & (every < 1e-12 * every.max())
    return case.optimizer in BY_SIGN or bool(tiny.any())


def moves_by_itself(case, net, expected):
    """Whether NumPy's own gradients differ as soon as the last digit of the weights does.

    So it is where a step has thrown weights so far that sums cancel out.
    """
    other = case.make()
    signs = np.random.default_rng(0)
    other.set_weights([w * (1 + 2.0**-52 * signs.choice([-1, 1], w.shape))
                       for w in net.get_weights()])  # fmt: skip
    found = gradients(case, other, backends.get("numpy"))
    return bool(apart(found, expected, _largest(expected) / 100))


def _largest(found):
    return max(float(np.max(np.abs(g))) for name, g in found.items() if name[:2] == "d.")


def gap_to_numpy(case, net, backend, found, expected):
    """Return what differs from NumPy: weights, or gradients where weights depend on rounding."""
    what = apart(found, expected)
    if not what:
        return "", False
    tried = []
    for at in (case.make(), net):
        tried.append([gradients(case, at, one) for one in (backend, backends.get("numpy"))])
    if not any(is_delicate(case, one) for pair in tried for one in pair):
        return what, False
    start, trained = (apart(mine, numpys, _largest(numpys) / 100) for mine, numpys in tried)
    same_weights = {name: expected[name] for name in ("prediction", "evaluation")}
    trained = trained or apart(found, same_weights)
    if trained and moves_by_itself(case, net, tried[1][1]):
        trained = ""
    return start or trained, True


def difference(seed: int, by_gradients: list[int] | None = None) -> str:
    """Return what differs between backends or numbers of threads; empty if nothing does.

    Models whose gradients were compared in the place of weights are added to ``by_gradients``.
    """
    case = random_case(seed)
    net = case.make()
    net.fit(case.x, case.y, **case.fit, sample_weight=case.weights, verbose=0, backend="numpy")
    expected = results(case, "numpy", net)
    others = [compiled(threads) for threads in THREADS]
    found = [results(case, other, net) for other in others]
    for threads, one in zip(THREADS, found, strict=True):
        for name, value in one.items():
            if value.tobytes() != found[0][name].tobytes():
                return f"{name} on {threads} threads is not that on 1"
    compared = {"compiled": (others[0], found[0])}
    if case.work() < FEW:
        loops = backends.get("loops")
        compared["loops"] = loops, results(case, loops, net)
    for name, (backend, one) in compared.items():
        what, is_by_gradients = gap_to_numpy(case, net, backend, one, expected)
        if is_by_gradients and by_gradients is not None:
            by_gradients.append(seed)
        if what:
            return f"{name} differs from NumPy in {what}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    chosen = parser.parse_args()
    warnings.simplefilter("error")
    until, tried, bad, shared = time.monotonic() + chosen.seconds, 0, 0, 0
    by_gradients: list[int] = []
    for seed in range(chosen.first, chosen.first + chosen.count):
        if time.monotonic() > until:
            break
        tried += 1
        try:
            shared += random_case(seed).shards() > 1
            found = difference(seed, by_gradients)
        except Exception as error:  # a model that cannot be made or run is a finding too
            found = f"{type(error).__name__}: {error}"
        if found:
            bad += 1
            print(f"model {seed}: {found[:300]}", flush=True)
    print(
        f"{tried} models, {shared} shared among threads, {bad} differ; "
        f"by gradients {by_gradients}; next is {chosen.first + tried}"
    )


if __name__ == "__main__":
    main()
