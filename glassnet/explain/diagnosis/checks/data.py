"""Checks of the data: what comes into the network, and what is asked of it."""

from __future__ import annotations

import numpy as np

from glassnet.data.moments import moments
from glassnet.explain.diagnosis.case import Case
from glassnet.explain.diagnosis.intake import Intake
from glassnet.explain.diagnosis.registry import NotApplicable, check
from glassnet.training.health import Finding
from glassnet.translation import _, plural

__all__ = ["not_finite_findings"]

# Root mean square of the largest feature that reaches the first weights; about 1 is right.
LARGE = (("problem", 1000.0), ("warning", 30.0), ("note", 8.0))
SMALL = (("warning", 1e-3), ("note", 1e-2))
APART = 1e4  # between the widest feature and the narrowest: the latter counts for nothing
FEWEST_TO_SUSPECT = 30  # rows: in fewer, one feature may tell all by chance
FEWEST_TO_COUNT = 10  # rows
IMBALANCE = (("warning", 0.95), ("note", 0.8))
LINEAR = 0.999  # correlation that only the target itself has
FEW_HEARD = 0.02  # effective rows, of all; class_weight="balanced" may leave a tenth
WEIGHT_FROM_1 = 30.0
_NAMED = 5


@check
def not_finite(case: Case) -> list[Finding]:
    """NaN and infinity among samples and targets."""
    return not_finite_findings(case.intake)


def not_finite_findings(intake: Intake) -> list[Finding]:
    """Return what was found when the data were taken in."""
    if not intake.bad_rows:
        return []
    evidence = _(
        "Rows with NaN or infinity: {bad} of {rows}; such values: {values}; the first: {first}. "
        "A single one makes every weight NaN, so fit refuses them."
    ).format(
        bad=f"{intake.bad_rows:,}", rows=f"{intake.rows:,}", values=f"{intake.bad_values:,}",
        first=intake.first_bad,
    )  # fmt: skip
    remedy = _(
        "Remove such rows: keep = np.isfinite(x).all(axis=1); x, y = x[keep], y[keep]. Or fill "
        "the gaps, for example with the mean of the column."
    )
    numbers = {"rows": intake.bad_rows, "values": intake.bad_values}
    return [Finding("problem", _("NaN in the data"), evidence, remedy, "not_finite", numbers)]


@check
def target_shape(case: Case) -> list[Finding]:
    """Labels of shape (n, 1) where (n,) is meant."""
    came, wanted = case.came, case.data["y"].shape
    if len(came) <= len(wanted):  # fit takes (n,) for a column
        return []
    evidence = _(
        "y has the shape {came}, but the network and its loss need {wanted}. fit refuses it."
    ).format(came=_shape(came), wanted=_shape(wanted))
    remedy = _("Give y.ravel(); of a list, np.ravel(y).")
    title, numbers = _("The targets have another shape than the outputs"), {"axes": len(came)}
    return [Finding("warning", title, evidence, remedy, "target_shape", numbers)]


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(['n', *map(str, shape[1:])])}{',' if len(shape) == 1 else ''})"


@check
def sample_weights(case: Case) -> list[Finding]:
    """Sample weights that are all 0, that leave few rows, or that make the loss huge or tiny."""
    if "sample_weight" not in case.data:
        return []
    weights = case.data["sample_weight"].astype(np.float64).reshape(case.rows, -1).sum(axis=1)
    heard = int(np.count_nonzero(weights))
    # Kish's effective size: as many rows of one weight would say as much.
    effective = float(weights.sum() ** 2 / np.square(weights).sum()) if heard else 0.0
    guess, mean = case.guess_loss(case.sample["y"]), float(weights.mean())
    numbers = {"rows": heard, "effective": effective, "mean": mean, "guess": guess}
    title, evidence, remedy = _weights_told(numbers, case.rows)
    if not title:
        return []
    return [
        Finding(
            "warning" if heard else "problem", title, evidence, remedy, "sample_weights", numbers
        )
    ]


def _weights_told(numbers: dict[str, float], rows: int) -> tuple[str, str, str]:
    """Return title, evidence and remedy; no title where nothing is wrong."""
    if not numbers["rows"]:
        evidence = _(
            "All {rows} sample weights are 0: every loss and every gradient is 0, so training "
            "changes nothing."
        ).format(rows=f"{rows:,}")
        remedy = _("Give weights above 0 to the rows that are to count, or leave them out.")
        return _("No row counts"), evidence, remedy
    if numbers["effective"] < FEW_HEARD * rows:
        evidence = _(
            "The sample weights are so uneven that {rows} rows say no more than {few:.3g} of equal "
            "weight would; {heard} weigh more than 0."
        ).format(rows=f"{rows:,}", few=numbers["effective"], heard=f"{numbers['rows']:,.0f}")
        remedy = _("Check how the weights were made; np.clip them if some are far too large.")
        return _("Few rows count"), evidence, remedy
    # Weights that bring the loss of a guess near 1 are right: they stand for the targets' unit.
    scaled = numbers["mean"] * (numbers["guess"] or 1.0)
    if not _is_near_1(numbers["mean"]) and not _is_near_1(scaled):
        evidence = _(
            "The mean sample weight is {mean:.3g}, with which always giving the same answer has a "
            "loss of {scaled:.3g}. The loss is not divided by the sum of the weights, so it and "
            "its gradients are as much larger or smaller."
        ).format(mean=numbers["mean"], scaled=scaled)
        remedy = _("Divide the weights by their mean: sample_weight / sample_weight.mean().")
        return _("The sample weights are not near 1"), evidence, remedy
    return "", "", ""


def _is_near_1(value: float) -> bool:
    return 1 / WEIGHT_FROM_1 <= value <= WEIGHT_FROM_1


@check
def unscaled(case: Case) -> list[Finding]:
    """Inputs far larger or smaller than 1 at the first weights."""
    found: list[Finding] = []
    for values in case.inputs:
        found = found or _scale_findings(case, values)
    return found


def _scale_findings(case: Case, values: np.ndarray) -> list[Finding]:
    rms = np.sqrt(np.mean(np.square(values, dtype=np.float64), axis=0))
    widths = np.ptp(values.astype(np.float64), axis=0)
    largest, place = float(rms.max()), int(rms.argmax())
    level = next((level for level, limit in LARGE if largest >= limit), None)
    tiny = next((level for level, limit in SMALL if 0 < largest < limit), None)
    varied = widths[widths > 0]
    apart = float(varied.max() / varied.min()) if len(varied) else 1.0
    column = values[:, place]
    evidence = _(
        "Feature {feature} goes from {low:.4g} to {high:.4g} where it meets the first weights "
        "(root mean square {rms:.3g})."
    ).format(
        feature=_feature(case, place, values), low=column.min(), high=column.max(), rms=largest
    )
    if level and apart > APART:
        evidence += " " + _(
            "The widest feature spans {apart:.1g} times as much as the narrowest, which hardly "
            "counts beside it."
        ).format(apart=apart)
    if level is None and tiny is None:
        return []
    remedy = _(
        "Bring the features to mean 0 and deviation 1: put gn.layers.Normalization() first. For "
        "pixels from 0 to 255 gn.layers.Rescaling(1 / 255) will do."
    )
    title = _("The inputs are not scaled")
    numbers = {"rms": largest, "apart": apart}
    return [Finding(level or tiny or "note", title, evidence, remedy, "unscaled", numbers)]


def _feature(case: Case, place: int, values: np.ndarray) -> str:
    names = case.feature_names
    return f"{place} ({names[place]})" if len(names) == values.shape[1] else str(place)


@check
def constant_columns(case: Case) -> list[Finding]:
    """Features that have the same value in every row."""
    x = _table(case)
    same = _same_as_given(case, np.flatnonzero(np.ptp(x, axis=0) == 0), x.shape[1])
    if not len(same) or len(x) < 2:
        return []
    everything = len(same) == x.shape[1]
    text = plural(
        "{n} feature of {all} has the same value in every row: {listed}.",
        "{n} features of {all} have the same value in every row: {listed}.",
        len(same), all=f"{x.shape[1]:,}", listed=_some(case, same, x),
    )  # fmt: skip
    evidence = (
        text
        + " "
        + (
            _("The rows do not differ at all, so no network can tell them apart.")
            if everything
            else _("That says nothing about the target (but a column of ones serves as a bias).")
        )
    )
    remedy = (
        _("Check how x was read.")
        if everything
        else _("Leave them out, or let them be: they only cost a little time.")
    )
    level, numbers = ("problem" if everything else "note"), {"columns": len(same)}
    return [Finding(level, _("Constant features"), evidence, remedy, "constant_columns", numbers)]


def _same_as_given(case: Case, same: np.ndarray, count: int) -> np.ndarray:
    """Return those of some columns that were constant before single precision blurred them."""
    given = case.intake.x
    if not isinstance(given, np.ndarray) or given[0].size != count:
        return same
    columns = given.reshape(len(given), -1)[:, same]
    return same[(columns == columns[0]).all(axis=0)]


@check
def duplicated_columns(case: Case) -> list[Finding]:
    """Features that are copies of others, also in another unit."""
    x = _table(case)
    if len(x) < 3 or x.shape[1] < 2:
        return []
    found = moments(x)
    varied = np.flatnonzero(~found.constant)
    standard = np.round((x[:, varied] - found.mean[varied]) / found.deviation[varied], 4)
    first: dict[bytes, int] = {}
    pairs = []
    for column, place in zip((standard + 0.0).T, varied.tolist(), strict=True):
        twin = first.setdefault(column.tobytes(), place)
        if twin != place:
            pairs.append((twin, place))
    if not pairs:
        return []
    named = "; ".join(
        _("{one} and {other}").format(one=_feature(case, a, x), other=_feature(case, b, x))
        for a, b in pairs[:_NAMED]
    ) + ("; ..." if len(pairs) > _NAMED else "")
    evidence = plural(
        "{n} feature is a copy of another, perhaps in another unit: {listed}.",
        "{n} features are copies of others, perhaps in another unit: {listed}.",
        len(pairs), listed=named,
    )  # fmt: skip
    remedy = _("Leave one of each pair out; if it was meant to be another column, check the data.")
    numbers = {"columns": len(pairs)}
    title = _("Duplicated features")
    return [Finding("note", title, evidence, remedy, "duplicated_columns", numbers)]


@check
def leakage(case: Case) -> list[Finding]:
    """A single feature that gives the target away."""
    x, y = _table(case), case.sample["y"]
    if len(x) < FEWEST_TO_SUSPECT or x.shape[1] < 2:
        raise NotApplicable(_("there are too few rows or features"))
    labels = case.labels(y)
    if labels is None and (y.ndim != 2 or y.shape[1] > 1):
        raise NotApplicable(_("there are several targets"))
    told = _separating(x, labels) if labels is not None else _correlated(x, y[:, 0])
    if not told or len(told) == x.shape[1]:
        return []
    place, strength = told[0]
    what = (
        _("Feature {feature} alone tells the classes apart: sorted by it, {share:.1f} % of the "
          "rows stand with their own class.")
        if labels is not None
        else _("Feature {feature} alone gives the target: their correlation is {strength:.4f}.")
    )  # fmt: skip
    evidence = what.format(
        feature=_feature(case, place, x), share=100 * strength, strength=strength
    )
    remedy = _(
        "Ask whether it would be known before the answer is. If it was made from the target, or "
        "measured afterwards, leave it out: the network will fail on new data."
    )
    level = "warning" if x.shape[1] > 2 else "note"
    numbers = {"feature": place, "strength": strength}
    title = _("A feature may give the answer away")
    return [Finding(level, title, evidence, remedy, "leakage", numbers)]


def _separating(x: np.ndarray, labels: np.ndarray) -> list[tuple[int, float]]:
    """Return the features along which every class is one stretch, with the share that fits."""
    classes, numbers = np.unique(labels, return_inverse=True)
    if len(classes) < 2 or np.bincount(numbers).min() < 5:
        return []
    shares = [(place, _share_in_stretches(x[:, place], numbers)) for place in range(x.shape[1])]
    return sorted((one for one in shares if one[1] >= LINEAR), key=lambda pair: -pair[1])


def _share_in_stretches(column: np.ndarray, classes: np.ndarray) -> float:
    """Return the share of rows that stand with their class when sorted by one feature."""
    values, groups = np.unique(column, return_inverse=True)
    counts = np.zeros((len(values), int(classes.max()) + 1))
    np.add.at(counts, (groups, classes), 1)
    commonest = counts.argmax(axis=1)
    if len(np.unique(commonest)) < counts.shape[1]:
        return 0.0  # no value stands for one of the classes
    torn = np.count_nonzero(np.diff(commonest)) - (counts.shape[1] - 1)
    mixed = len(column) - counts.max(axis=1).sum()
    return float(1 - (mixed + torn / 2) / len(column))


def _correlated(x: np.ndarray, y: np.ndarray) -> list[tuple[int, float]]:
    values = y.astype(np.float64) - y.mean(dtype=np.float64)
    centred = x - x.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0) * (values**2).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.abs(np.where(size > 0, centred.T @ values / size, 0.0))
    places = np.flatnonzero(r >= LINEAR)
    return sorted(((int(n), float(r[n])) for n in places), key=lambda pair: -pair[1])


@check
def imbalance(case: Case) -> list[Finding]:
    """A class that nearly all rows belong to, or that no row belongs to."""
    labels = case.labels(case.data["y"])
    if labels is None:
        raise NotApplicable(_("the targets are quantities, not classes"))
    if len(labels) < FEWEST_TO_COUNT:
        raise NotApplicable(_("there are too few rows"))
    counts = np.bincount(labels.reshape(-1).astype(np.int64))
    share, commonest = float(counts.max() / counts.sum()), int(counts.argmax())
    level = next((level for level, limit in IMBALANCE if share >= limit), None)
    if level is None:
        return []
    evidence = _(
        "{share:.1f} % of the rows belong to class {name}. Always answering that would be right "
        "as often, so a network can look good and have learned nothing."
    ).format(share=100 * share, name=commonest)
    remedy = (
        _("Check how y was read: no other class occurs.")
        if share == 1
        else _(
            "fit(..., {weighting}) makes rare classes count as much; judge by F1 "
            "(metrics=['f1']) rather than by accuracy; gather more rows of the rare classes."
        ).format(weighting=case.weighting)
    )
    title, numbers = _("The classes are not balanced"), {"share": share, "class": commonest}
    level = "problem" if share == 1 else level
    return [Finding(level, title, evidence, remedy, "imbalance", numbers)]


def _table(case: Case) -> np.ndarray:
    """Return all inputs of the sample side by side, as one table."""
    parts = [
        array.reshape(len(array), -1)
        for name, array in case.sample.items()
        if name not in ("y", "sample_weight")
    ]
    return np.concatenate(parts, axis=1).astype(np.float64)


def _some(case: Case, places: np.ndarray, x: np.ndarray) -> str:
    text = ", ".join(_feature(case, int(place), x) for place in places[:_NAMED])
    return text + (", ..." if len(places) > _NAMED else "")
