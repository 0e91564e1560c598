"""The way through a diagnosis: copy the network, take in the data, make the checks.

Takes a model and data, gives a :class:`Diagnosis`; ``net.diagnose`` calls it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ArgumentError, DataError, shown
from glassnet.explain.diagnosis.case import Case, Data
from glassnet.explain.diagnosis.checks import data as data_checks
from glassnet.explain.diagnosis.intake import Intake, shaped_targets, take_in
from glassnet.explain.diagnosis.order import without_effects
from glassnet.explain.diagnosis.outputs import diagnose_each
from glassnet.explain.diagnosis.registry import Check, NotApplicable, chosen
from glassnet.explain.diagnosis.result import Diagnosis
from glassnet.streams import tell
from glassnet.training.callbacks import progress_for
from glassnet.training.columns import samples_by_name, targets_by_name
from glassnet.training.health import Finding
from glassnet.training.inputs import check_batch_size
from glassnet.training.network import Network
from glassnet.training.samples import adapt, settle, training_data
from glassnet.training.targets import check_targets
from glassnet.translation import _, plural

__all__ = ["diagnose"]

LONG = 2.0  # seconds without a word: then it says what it is doing


def diagnose(
    model: Any,
    x: Any,
    y: Any,
    validation_data: Any = None,
    sample_weight: Any = None,
    batch_size: int | str | None = None,
    checks: Sequence[str] | None = None,
    verbose: Any = "auto",
) -> Diagnosis:
    """Return why a network does not learn; see :meth:`glassnet.models.Sequential.diagnose`."""
    progress_for(verbose)  # only checks it
    wanted = chosen(checks)

    def one(model: Any, x: Any, y: Any, validation_data: Any, sample_weight: Any) -> Diagnosis:
        return _diagnose_one(
            model, x, y, validation_data, sample_weight, batch_size, wanted, verbose
        )

    if len(model.output_names) > 1:
        return diagnose_each(model, x, y, validation_data, sample_weight, one)
    return one(model, x, y, validation_data, sample_weight)


def _diagnose_one(
    model: Any,
    x: Any,
    y: Any,
    validation_data: Any,
    sample_weight: Any,
    batch_size: int | str | None,
    wanted: list[Check],
    verbose: Any,
) -> Diagnosis:
    """Return why a network with one output does not learn."""
    columns = model.columns
    intake = take_in(samples_by_name(x, columns), targets_by_name(y, columns.info))
    if intake.keep is not None and not intake.keep.any():
        return _without_rows(intake)
    weights = sample_weight
    if weights is not None and intake.keep is not None and np.shape(weights) == (intake.rows,):
        weights = np.asarray(weights)[intake.keep]
    network = model.training_copy(intake.x, intake.y)
    network.columns.learn(x, y)  # of the copy
    case = Case(
        network, _data(network, intake.x, intake.y, weights), intake, check_targets(y).shape,
        model.history, _validation(network, validation_data),
        feature_names=network.columns.of(0), takes_class_weight=len(model.output_names) == 1,
    )  # fmt: skip
    case.batch_size = _batch_size(batch_size, case)
    adapt(network, case.data)
    if case.validation is not None:
        settle(network, case.validation)
    found, made, skipped = _checked(case, wanted, verbose)
    found, left = without_effects(found)
    skipped |= {one.check: _("it follows from another finding") for one in left}
    used = len(case.sample["y"])
    chose_batch = batch_size is None and "learning_rate" in made
    return Diagnosis(
        found, made, skipped, _assumptions(model, case, chose_batch), _described(network),
        intake.rows, intake.rows if used == case.rows else used,
    )  # fmt: skip


def _data(network: Network, x: Any, y: Any, sample_weight: Any = None) -> Data:
    assert network.loss is not None
    shapes = network.topology.output_shapes
    targets = shaped_targets(y, network.loss, shapes[0]) if len(shapes) == 1 else y
    return training_data(network, x, targets, sample_weight, before_adapt=True)


def _validation(network: Network, given: Any) -> Data | None:
    if given is None:
        return None
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise ArgumentError(f"validation_data={shown(given)} must be (x, y)")
    try:
        return _data(network, *given)
    except (DataError, ArgumentError) as error:
        raise type(error)(f"in validation_data: {error}") from error


def _batch_size(given: Any, case: Case) -> int:
    if given is None and case.history is not None:
        given = case.history.params.get("batch_size")
    return check_batch_size(given, case.rows)


def _without_rows(intake: Intake) -> Diagnosis:
    """Return what can be said where not one row is free of NaN."""
    found = data_checks.not_finite_findings(intake)
    text = _("No row is left to look at.")
    return Diagnosis(found, ["not_finite"], {}, [text], "", intake.rows, 0)


def _checked(
    case: Case, wanted: list[Check], verbose: Any
) -> tuple[list[Finding], list[str], dict[str, str]]:
    found: list[Finding] = []
    made: list[str] = []
    skipped: dict[str, str] = {}
    told = time.monotonic()
    for number, one in enumerate(wanted, 1):
        if verbose and time.monotonic() - told > LONG:
            told = time.monotonic()
            _tell(number, len(wanted), one)
        try:
            found += one.run(case)
        except NotApplicable as reason:
            skipped[one.name] = str(reason)
        else:
            made.append(one.name)
    return found, made, skipped


def _tell(number: int, count: int, check: Check) -> None:
    tell(f"check {number} of {count}: {check.name}")


def _assumptions(model: Any, case: Case, chose_batch: bool) -> list[str]:
    """Return what was taken for granted, in words."""
    said, network = [], case.network
    if not model.built:
        said.append(
            _("The network was not built yet: its weights were drawn with the seed {seed}.").format(
                seed=network.state.seed
            )
        )
    if model.is_compiled_by_default:
        said.append(
            _("The network was not compiled: the loss {loss} and the optimizer {optimizer} were "
              "chosen, as fit would do.").format(
                loss=type(network.loss).__name__, optimizer=type(network.optimizer).__name__
            )
        )  # fmt: skip
    if chose_batch and case.history is None and case.batch_size < case.rows:
        said.append(
            plural(
                "Batches of {n} row were taken, as fit does; give batch_size if yours differ.",
                "Batches of {n} rows were taken, as fit does; give batch_size if yours differ.",
                case.batch_size,
            )
        )  # fmt: skip
    if case.intake.bad_rows:
        said.append(_("Rows with NaN or infinity were left out of all other checks."))
    return said


def _described(network: Network) -> str:
    topology = network.topology
    sizes = [" x ".join(map(str, shape)) or "1" for shape in topology.shapes]
    inputs = len(topology.input_shapes)
    kept = sizes[:inputs]
    for size, call in zip(sizes[inputs:], topology.calls, strict=True):
        # Layers that keep the shape and have no kernel go without saying.
        if size != kept[-1] or any(len(w.shape) > 1 for w in call.layer.weights.values()):
            kept.append(size)
    chain = "-".join(kept if len(kept) <= 8 else [*kept[:4], "...", *kept[-2:]])
    count = sum(weight.size for weight in network.weights().values())
    return plural(
        "Diagnosis of the network {chain}, {n} parameter",
        "Diagnosis of the network {chain}, {n} parameters",
        count, chain=chain,
    )  # fmt: skip
