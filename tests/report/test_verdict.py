"""The judgement of a run, for runs whose outcome is known."""

import numpy as np
import pytest

from glassnet.report import verdict


def perfect(y):
    return np.eye(3)[y]


def wrong_in(share):
    """Outputs with a part of the answers wrong, evenly spread."""

    def outputs(y):
        wrong = np.arange(len(y)) < round(share * len(y))
        return np.eye(3)[np.where(wrong, (y + 1) % 3, y)]

    return outputs


def always_first(y):
    return np.eye(3)[np.zeros_like(y)]


FALLING = {"loss": np.linspace(1, 0.1, 20), "val_loss": np.linspace(1.1, 0.3, 20)}
SETTLED = {"loss": np.linspace(1, 0.01, 40), "val_loss": [*np.linspace(1, 0.1, 10), *[0.12] * 30]}
PATIENT = "val_loss has not got better since epoch 10"


@pytest.mark.parametrize(
    ("train", "test", "history", "stopped", "kind"),
    [
        (perfect, wrong_in(0.03), SETTLED, PATIENT, "converged"),
        (perfect, wrong_in(0.3), SETTLED, PATIENT, "overfitting"),
        (wrong_in(0.5), wrong_in(0.5), SETTLED, PATIENT, "underfitting"),
        (always_first, always_first, SETTLED, PATIENT, "nothing learned"),
        (wrong_in(0.1), wrong_in(0.1), FALLING, "all epochs done", "too few epochs"),
        (perfect, perfect, SETTLED, "all epochs done", "converged"),
        (wrong_in(0.1), wrong_in(0.1), FALLING, "interrupted", "interrupted"),
    ],
)
def test_each_outcome_has_its_name(iris_run, changed, saying, train, test, history, stopped, kind):
    best = int(np.argmin(history["val_loss"])) + 1
    run = saying(changed(iris_run, history, stopped, best), train, test)
    found = verdict(run)
    assert found.kind == kind
    assert found.title.lower() == kind
    assert found.summary.endswith(".")
    assert found.evidence
    assert found.advice or kind == "converged"


def test_the_evidence_has_the_numbers(iris_run, changed, saying):
    run = saying(changed(iris_run, SETTLED, PATIENT, 10), perfect, wrong_in(0.1))
    assert verdict(run).evidence == [
        "The validation loss fell from 1 to 0.1 in epoch 10, and hardly got better in the 30 "
        "epochs after it.",
        "100.0 % of the training rows are right, and 90.0 % of the test rows.",
        "Always giving the commonest answer would be right in 33.3 %.",
        "With 30 test rows, the true share lies between 74.4 % and 96.5 % (95 % confidence).",
    ]


def test_a_run_stopped_in_its_first_epoch_says_nothing_of_a_loss(iris_run, changed):
    found = verdict(changed(iris_run, {"loss": []}, "interrupted", 0))
    assert found.summary == (
        "training was stopped after 0 epochs. The first was not over, so more training would "
        "probably have helped."
    )


def test_a_loss_that_turned_is_pointed_out(iris_run, changed, saying):
    turned = {"loss": np.linspace(1, 0.01, 5), "val_loss": [1.0, 0.4, 0.5, 0.6, 0.8]}
    run = saying(changed(iris_run, turned, PATIENT, 2), perfect, wrong_in(0.03))
    assert verdict(run).evidence[0] == (
        "The validation loss fell from 1 to 0.4 in epoch 2, and then rose to 0.8: from there on "
        "the network learned its training rows by heart. The weights of epoch 2 were kept."
    )


@pytest.mark.parametrize("stopped", ["z2 became nan in epoch 3, batch 1", "all epochs done"])
def test_a_diverged_run_is_called_so(iris_run, changed, stopped):
    losses = [1.0, 5.0] if "became" in stopped else [1.0, np.inf]
    found = verdict(changed(iris_run, {"loss": losses}, stopped))
    assert found.kind == "diverged"
    assert "A learning rate ten times smaller." in found.advice


def test_quantities_are_judged_by_what_is_explained(diabetes_run, changed, saying):
    curves = {"loss": [1.0, 0.5], "val_loss": [1.0, 0.6]}
    run = changed(diabetes_run, curves, PATIENT, 2)
    mean = saying(run, lambda y: np.full((len(y), 1), 150.0), lambda y: np.full((len(y), 1), 150.0))
    assert verdict(mean).kind == "nothing learned"
    exact = saying(run, lambda y: y[:, None], lambda y: y[:, None])
    found = verdict(exact)
    assert found.kind == "converged"
    assert found.evidence[-1] == (
        "It explains 100 % of the variance of its training rows, and 100 % of that of the test "
        "rows."
    )


def test_a_whole_table_is_learned_or_not(xor_run):
    found = verdict(xor_run)
    assert (found.kind, found.summary) == ("converged", "the network has learned the whole table.")
    assert found.evidence[-1] == "4 of 4 rows are right."


@pytest.mark.parametrize(("last", "told"), [(0.15, "may be chance"), (0.6, "rows by heart")])
def test_a_small_rise_of_the_validation_loss_may_be_chance(iris_run, changed, saying, last, told):
    curve = [*np.linspace(1, 0.1, 10), *[last] * 10]
    run = changed(iris_run, {"loss": np.linspace(1, 0.01, 20), "val_loss": curve}, PATIENT, 10)
    assert told in verdict(saying(run, perfect, wrong_in(0.03))).evidence[0]
