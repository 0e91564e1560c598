"""The Doctor, the diagnosis, the report and the pictures say the same of the same curves."""

import ast
import copy
import pathlib

import numpy as np
import pytest

import glassnet as gn
from glassnet.explain.diagnosis.checks import curves as checks
from glassnet.plots.learning import _verdict
from glassnet.report import verdict
from glassnet.training import health
from glassnet.training.health import Curve, RunCurves, limits

PACKAGE = pathlib.Path(gn.__file__).parent


def drawn_curve(rng, epochs):
    """A loss that falls, rests, turns or grows, with some noise."""
    steps = np.arange(epochs) / epochs
    turn = rng.uniform(0.1, 1.2)
    shape = np.abs(steps - turn) ** rng.uniform(0.5, 2) + rng.uniform(0, 0.5)
    return list(rng.uniform(0.1, 10) * shape * (1 + 0.02 * rng.normal(size=epochs)) + 1e-3)


@pytest.mark.parametrize("seed", range(60))
def test_pictures_agree_with_the_findings(seed):
    rng = np.random.default_rng(seed)
    epochs = int(rng.integers(3, 80))
    run = RunCurves(
        {"loss": drawn_curve(rng, epochs), "val_loss": drawn_curve(rng, epochs)},
        "all epochs done",
    )
    found = {one.title: one for one in [*health.overfitting(run), *health.too_few_epochs(run)]}
    assert ("Too few epochs" in found) == run.is_unfinished
    values = np.array(run.validation.values)
    said = _verdict(values, "loss", True, run.validation.best, run.validation.best + 1)
    if run.validation.has_moved:
        assert said.startswith("overfitting") == run.validation.has_turned
        still = run.is_unfinished and not run.validation.has_turned
        assert said.startswith("still getting better") == still
    if "Overfitting" in found:
        assert found["Overfitting"].level == ("warning" if run.rise_harms else "note")


def test_a_rise_is_judged_once(iris_run):
    told = copy.copy(iris_run)
    told.history = copy.copy(iris_run.history)
    for last, words in ((0.615, "rose a little"), (0.9, "learned its training rows by heart")):
        told.history.history = {
            "loss": [1.0, 0.5, 0.4, 0.3, 0.2, 0.1],
            "val_loss": [0.9, 0.47, 0.5, 0.55, 0.6, last],
        }
        told.history.epoch = list(range(6))
        told.best_epoch = 2
        run = RunCurves(told.history.history)
        level = health.overfitting(run)[0].level
        assert level == ("warning" if run.rise_harms else "note")
        assert (level == "note") == (words == "rose a little")
        assert words in verdict(told).evidence[0]


def test_limits_have_one_home():
    """No other file that judges a run has a limit of the same name, or compares with a number."""
    files = ["report/verdict.py", "report/facts.py", "report/evidence.py", "plots/learning.py"]
    files += ["explain/diagnosis/checks/curves.py", "training/health/judge.py"]
    for name in files:
        tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Assign):
                names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                assert not names & set(limits.__all__), name
    assert checks.FEWEST_EPOCHS is limits.FEWEST_EPOCHS


def test_a_curve_without_epochs_says_nothing():
    run = RunCurves()
    assert not run.has_diverged
    assert not run.is_unfinished
    assert not run.is_overfitting
    assert not Curve([]).has_turned
    assert health.diverging(run) == health.overfitting(run) == []
