"""Every row of the table in docs/metrics.md, against scikit-learn, in random cases."""

from __future__ import annotations

import pathlib
import re
import warnings
import zlib

import numpy as np
import pytest

from glassnet import metrics
from glassnet.metrics import UndefinedMetricWarning

sklearn = pytest.importorskip("sklearn.metrics")

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "metrics.md"
ROWS = re.findall(r"^\| `(\w+)` \| ([a-z ]+) \| `(.+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE)
CALLS = {name: getattr(sklearn, name) for name in dir(sklearn) if not name.startswith("_")}
NUMERIC = ("int8", "int64", "uint8", "float32", "float64")
TOP_K = {"top_k_accuracy": {"k": 2}}

TWO = [(0, 1), (-1, 1), (1, 2), (0, 2), (3, 7), (False, True), ("no", "yes"), (0.1, 0.9)]
SEVERAL = [
    lambda k: np.arange(k),
    lambda k: np.arange(1, k + 1),
    lambda k: 3 * np.arange(k) - 4,
    lambda k: np.array(["ant", "bee", "cat", "dog", "eel", "fly"])[:k],
]


def as_form(draw, labels):
    """Labels as an array of another type, a column, a list or objects."""
    if labels.dtype.kind in "biu" or (labels.dtype.kind == "f" and (labels % 1 == 0).all()):
        kind = str(draw.choice(NUMERIC))
        if kind != "uint8" or labels.min() >= 0:
            labels = labels.astype(kind) if draw.random() < 0.8 else labels
    form = draw.integers(0, 5)
    if form == 0:
        return labels[:, None]
    if form == 1:
        return labels.tolist()
    return labels.astype(object) if form == 2 else labels


def scores_of(draw, shape):
    """Scores with ties, of one type or the other."""
    scores = np.round(draw.random(shape), int(draw.integers(1, 4)))
    return scores.astype(str(draw.choice(["float32", "float64"])))


def two_classes(draw, needs_scores):
    low, high = TWO[draw.integers(0, len(TWO))]
    labels = np.array([low, high])
    n = int(draw.integers(2, 25))
    numbers = draw.integers(0, 2, n)
    if tuple(labels.tolist()) not in ((0, 1), (-1, 1)):
        numbers[:2] = 0, 1  # one label alone does not tell the other one of such a pair
    t = labels[numbers]
    form = draw.integers(0, 4)
    if not needs_scores and form == 0:
        p = labels[draw.integers(0, 2, n)]
        return as_form(draw, t), as_form(draw, p), t, p, None, labels
    if form == 1 and labels.dtype.kind == "i" and tuple(labels) == (0, 1):
        s = scores_of(draw, (n, 2))
        true = t if draw.random() < 0.5 else np.eye(2, dtype=str(draw.choice(NUMERIC)))[t]
        return true, s, t, labels[s.argmax(axis=1)], s[:, 1], labels
    s = scores_of(draw, n)
    middle = 0.5
    if labels.dtype.kind == "i" and (numbers == 0).any() and draw.random() < 0.5:
        s = (s * (high - low) + low).astype(s.dtype)  # between the labels, as of tanh
        middle = 0.5 if ((s >= 0) & (s <= 1)).all() else (low + high) / 2
    if (
        not needs_scores
        and np.isin(s, labels.astype(float) if labels.dtype.kind != "U" else []).all()
    ):
        s[0] = 0.3 * low + 0.7 * high
    p = labels[(s >= middle).astype(int)]
    return as_form(draw, t), s[:, None] if draw.random() < 0.3 else s, t, p, s, labels


def several_classes(draw, needs_scores):
    k = int(draw.integers(3, 7))
    labels = SEVERAL[draw.integers(0, len(SEVERAL))](k)
    n = int(draw.integers(max(3, k), 25))
    numbers = draw.permutation(np.concatenate([np.arange(k), draw.integers(0, k, n - k)]))
    if tuple(labels.tolist()) == tuple(range(k)) and draw.random() < 0.5:
        numbers = draw.integers(0, draw.integers(1, k + 1), n)  # classes may be absent
    t = labels[numbers]
    if needs_scores or draw.random() < 0.5 or len(set(t)) < 3:
        raw = scores_of(draw, (n, k)).astype(float) + 0.1
        s = raw if needs_scores == "any" else raw / raw.sum(axis=1, keepdims=True)
        is_numbers = tuple(labels.tolist()) == tuple(range(k))
        true = np.eye(k)[t] if is_numbers and draw.random() < 0.4 else as_form(draw, t)
        return true, s, t, labels[s.argmax(axis=1)], s, labels
    p = labels[draw.integers(0, k, n)]
    return as_form(draw, t), as_form(draw, p), t, p, None, labels


def several_answers(draw, needs_scores):
    k, n = int(draw.integers(2, 6)), int(draw.integers(1, 25))
    t = draw.integers(0, 2, (n, k))
    kind = None
    if draw.random() < 0.25:  # every row looks one-hot by chance
        t, kind = np.eye(k, dtype=int)[draw.integers(0, k, n)], "binary"
    elif metrics.kind_of("values", t) == "one_hot":
        t[0] = 1
    low = -1 if draw.random() < 0.3 and not kind and t.min() == 0 else 0
    levels = np.array([low, 1])
    s = scores_of(draw, (n, k))
    p = (s >= 0.5).astype(int)
    true = levels[t].astype(
        bool if low == 0 and draw.random() < 0.2 else str(draw.choice(NUMERIC[:2]))
    )
    if not needs_scores and draw.random() < 0.4:
        return true, levels[p], t, p, None, None, kind
    if low == -1:
        s = np.where(np.isin(s, (0.0, 1.0)), 0.7, s) * 2 - 1
        s[0, 0] = -0.9
        p = (s >= 0).astype(int)
    return true, s, t, p, s, None, kind


def quantities(draw, is_several):
    n, k = int(draw.integers(2, 25)), int(draw.integers(2, 5))
    t, p = draw.normal(size=(2, n, k)).round(int(draw.integers(0, 4)))
    if draw.random() < 0.3:
        t[:, 0] = draw.integers(-3, 4)
    if draw.random() < 0.3:
        p[:, 0] = t[:, 0]
    if not is_several:
        t, p = t[:, 0], p[:, 0]
        if draw.random() < 0.4:
            t, p = t[:, None], p[:, None]
    kinds = ["float64", "float32", "int64"]
    return tuple(array.astype(draw.choice(kinds)) for array in (t, p))


def high_of(*arrays):
    known = set(np.concatenate([np.asarray(one).reshape(-1) for one in arrays]).tolist())
    return 1 if known <= {0, -1} and len(known) == 1 else max(known)


def compare(name, kind, call, seed):
    draw = np.random.default_rng([seed, zlib.crc32(f"{name} {kind}".encode())])
    function = getattr(metrics, name)
    told = {}
    if kind in ("one output", "several outputs"):
        true, predicted = quantities(draw, kind == "several outputs")
        known = {"t": true.astype("float64"), "p": predicted.astype("float64")}
    else:
        needs = {"roc_auc": "shares", "top_k_accuracy": "any"}.get(name, "")
        make = {"two classes": two_classes, "several classes": several_classes}.get(kind)
        if make is None:
            true, predicted, t, p, s, labels, told_kind = several_answers(draw, needs)
            told = {"kind": told_kind} if told_kind else {}
        else:
            true, predicted, t, p, s, labels = make(draw, needs)
        if labels is not None and labels.dtype.kind == "f":  # which scikit-learn does not take
            t, p, labels = t == labels[1], p == labels[1], np.array([False, True])
        known = {"t": t, "p": p, "s": s, "labels": labels}
        if kind == "two classes":
            # A score of one label alone is taken for one of 0 and 1, or of -1 and 1.
            known["high"] = labels[1] if s is not None else high_of(t, p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = eval(call, {**CALLS, "np": np}, known)
        found = function(true, predicted, **told, **TOP_K.get(name, {}))
    np.testing.assert_allclose(
        found, expected, rtol=1e-6, atol=1e-9, equal_nan=True, err_msg=f"{name} {seed}"
    )


def test_the_page_has_a_row_for_every_metric():
    functions = {name for name in metrics.__all__ if name.islower()} - {
        "get", "kind_of", "merged", "missed", "names", "warning_once",
    }  # fmt: skip
    assert {name for name, _, _ in ROWS} == functions
    assert len(ROWS) == 29
    for name in functions - {"confusion_matrix"}:  # which is no single number
        assert metrics.get(name).name == name and name in metrics.names()


@pytest.mark.parametrize(("name", "kind", "call"), ROWS, ids=lambda one: str(one)[:40])
def test_a_row_of_the_table(name, kind, call):
    for seed in range(100):
        compare(name, kind, call, seed)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind", "call"), ROWS, ids=lambda one: str(one)[:40])
def test_a_row_of_the_table_a_thousand_times(name, kind, call):
    for seed in range(100, 1100):
        compare(name, kind, call, seed)


@pytest.mark.parametrize(
    ("true", "scores"),
    [([1, 1], [0.2, 0.3]), ([0, 0], [0.2, 0.3]), ([0, 1], [[0.2, 0.3, 0.5]] * 2),
     ([[1, 0], [1, 1]], [[0.2, 0.3], [0.1, 0.4]])],
)  # fmt: skip
def test_an_absent_class_is_said(true, scores):
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is NaN") as caught:
        assert np.isnan(metrics.roc_auc(true, scores))
    assert caught[0].filename == __file__
