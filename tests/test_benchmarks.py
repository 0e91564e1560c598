"""The judgements of the benchmarks; what they measure is not tested."""

import pathlib

import numpy as np
import pytest
from scipy.stats import binom

import glassnet as gn
from benchmarks import pairs
from benchmarks.jobs._job import JOBS, Job, Net, _judged
from benchmarks.workloads.jobs import _checked


def test_the_interval_of_a_median_is_that_of_the_binomial_distribution():
    for count in range(1, 60):
        found = pairs.interval([float(value) for value in range(count, 0, -1)])
        # The k-th smallest and largest miss the median where fewer than k values lie on one side.
        ks = [k for k in range(1, (count + 1) // 2 + 1) if 2 * binom.cdf(k - 1, count, 0.5) <= 0.05]
        assert found == ((max(ks), count + 1 - max(ks)) if ks else None)


def test_fifteen_pairs_leave_three_values_out_on_each_side():
    assert pairs.interval([*range(15)]) == (3, 11)
    assert pairs.interval([1.0] * 5) is None


def test_the_interval_holds_the_median_as_often_as_it_says():
    rng = np.random.default_rng(0)
    drawn = rng.lognormal(size=(2000, 15))  # its median is 1
    found = [pairs.interval(list(values)) for values in drawn]
    assert np.mean([low <= 1 <= high for low, high in found]) == pytest.approx(0.965, abs=0.015)


def test_a_workload_is_marked_where_its_whole_interval_is_below_the_limit():
    assert "SLOWER" in pairs._line("a", [0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96])
    assert "SLOWER" not in pairs._line("a", [0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.98])
    assert "SLOWER" not in pairs._line("a", [0.5])


def test_a_job_that_has_not_done_its_work_is_refused():
    job = Job("a job", "digits", (Net((2, 3), epochs=1),), (0.8, 0.9))
    assert _checked(job, "PyTorch", {"accuracy": 0.85, "loss": 0.2}) == "accuracy 0.850, loss 0.200"
    for accuracy in (0.79, 0.91, float("nan")):
        with pytest.raises(RuntimeError, match=r"PyTorch .* in the job a job, and 0.8 to 0.9"):
            _checked(job, "PyTorch", {"accuracy": accuracy, "loss": 0.2})


@pytest.mark.parametrize("hidden", ["relu", "tanh"])
def test_networks_of_a_job_are_judged_as_evaluate_does(hidden):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 4)).astype("float32"), rng.integers(0, 3, 50)
    layers = [gn.layers.Dense(5, hidden), gn.layers.Dense(3, "softmax")]
    net = gn.Sequential([gn.Input((4,)), *layers], seed=0)
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    expected = net.evaluate(x, y, verbose=0)
    loss, accuracy = _judged(Net((4, 5, 3), 1, hidden=hidden), net.get_weights(), x, y)
    assert loss == pytest.approx(expected["loss"], rel=1e-5)
    assert accuracy == pytest.approx(expected["accuracy"])


def test_one_logit_is_judged_as_two_classes():
    x, y = np.array([[2.0], [-1.0]], "float32"), np.array([1, 1])
    one = _judged(Net((1, 2), 1), [np.array([[1.0]]), np.array([0.5])], x, y)
    assert one == (pytest.approx(np.log([1 + np.exp(-2.5), 1 + np.exp(0.5)]).mean()), 0.5)


def test_the_page_of_figures_lists_the_jobs_and_their_bands():
    page = (pathlib.Path(__file__).parents[1] / "docs/performance.md").read_text(encoding="utf-8")
    for name, job in JOBS.items():
        assert f"| `{name}` |" in page
        assert f"{name} {job.accuracy[0]:g} to {job.accuracy[1]:g}" in page
    assert (len(JOBS["curve"].nets), len(JOBS["grid"].nets)) == (20, 12)
