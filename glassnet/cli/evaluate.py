"""``glassnet evaluate``: test a trained model on data."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from glassnet.cli import options
from glassnet.cli.data import is_made_on, load_for_model
from glassnet.cli.say import field, out
from glassnet.cli.scores import plain_scores, score, scores_text
from glassnet.cli.trained import load_model, task_of
from glassnet.datasets import Dataset
from glassnet.translation import plural

__all__ = ["evaluate"]


def evaluate(
    model: options.ModelFile,
    data: options.Data,
    target: options.KnownTarget = None,
    all_rows: options.AllRows = False,
    as_json: options.Json = False,
) -> None:
    """Test MODEL on DATA.

    The columns of a table are found by the names they had in training, in any order. On the data
    that the model was trained with, only the rows held out for the test count.

    \b
    glassnet evaluate digits.safetensors digits
    glassnet evaluate flowers.safetensors new-flowers.csv
    glassnet evaluate flowers.safetensors new-flowers.csv --target species --json
    """  # noqa: D301  the real backspace keeps the lines as they are
    found = load_model(model)
    loaded = load_for_model(data, found.info, target)
    x, y, rows = _rows(found, loaded, all_rows)
    scores = score(found, task_of(found, loaded.task), x, y)
    if as_json:
        answer = {"test": plain_scores(scores), "rows": len(x), "model": str(model)}
        out(json.dumps(answer, allow_nan=False))
        return
    field("model", f"{model}: {_line(found)}")
    field("data", f"{loaded.name}, {rows}")
    field("test", scores_text(scores, len(x)))


def _rows(model: Any, data: Dataset, all_rows: bool) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the samples to test on, and which they are, in words."""
    known = model.info.get("data", {})
    was_trained_on = is_made_on(known, data) and not data.complete
    if all_rows or not was_trained_on:
        every = "all " if all_rows else ""
        return data.x, data.y, every + plural("{n} row", "{n} rows", len(data))
    _, (x, y) = data.split(model.info.get("run", {}).get("test_size"))
    return x, y, f"the {len(x):,} of its {len(data):,} rows that were held out in training"


def _line(model: Any) -> str:
    shapes = model.network.topology
    (came,), (went,) = shapes.input_shapes, shapes.output_shapes
    parts = (
        plural("{n} input", "{n} inputs", int(np.prod(came))),
        plural("{n} output", "{n} outputs", went[-1]),
        plural("{n} parameter", "{n} parameters", model.count_params()),
    )
    return ", ".join(parts)
