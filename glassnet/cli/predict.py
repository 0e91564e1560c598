"""``glassnet predict``: let a trained model say what samples are."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from glassnet.cli import options
from glassnet.cli.data import builtin_name, load_samples
from glassnet.cli.files import refuse_to_overwrite
from glassnet.cli.say import out
from glassnet.cli.trained import class_names, features_of, load_model, probabilities, task_of
from glassnet.errors import DataError, ShapeError
from glassnet.formats.files import check_writable, write_text
from glassnet.quoting import csv_text, visible

__all__ = ["predict", "shaped"]


def predict(
    model: options.ModelFile, data: options.Data, output: options.Predictions = None
) -> None:
    """Let MODEL predict the target for every row of DATA, as CSV.

    For classes there is the name of the most probable one, and the probability of each; for a
    quantity, its value. A target column may be in DATA or not.

    \b
    glassnet predict flowers.safetensors new-flowers.csv
    glassnet predict flowers.safetensors new-flowers.csv --output answers.csv
    """  # noqa: D301  the real backspace keeps the lines as they are
    if output is not None:
        refuse_to_overwrite(output, model, "the model")
        if builtin_name(data) is None:
            refuse_to_overwrite(output, data, "the data")
        check_writable(output)
    found = load_model(model)
    x = load_samples(data, found.info, features_of(found))
    text = _as_csv(found, _finite(found.predict(shaped(found, x))))
    if output is None:
        out(text, nl=False)
        return
    write_text(output, text)
    out(f"{len(x):,} predictions written to {visible(output)}", err=True)


def shaped(model: Any, x: np.ndarray) -> np.ndarray:
    """Return samples in the shape the network takes: a table may hold pixels of pictures."""
    shape = model.network.topology.input_shapes[0]
    if x[0].size == features_of(model):
        return x.reshape(-1, *shape)
    raise ShapeError(
        f"the samples have {x[0].size} features, but the network was trained with "
        f"{features_of(model)}"
    )


def _finite(outputs: np.ndarray) -> np.ndarray:
    bad = np.flatnonzero(~np.isfinite(outputs).reshape(len(outputs), -1).all(axis=1))
    if bad.size:
        more = f", and for {bad.size - 1:,} more" if bad.size > 1 else ""
        raise DataError(
            f"the network gives no finite number for row {bad[0] + 1}{more}: its values are far "
            "outside those of the training, or the weights are damaged; correct or remove such rows"
        )
    return outputs


def _as_csv(model: Any, outputs: np.ndarray) -> str:
    if task_of(model) == "classification":
        names = class_names(model)
        values = probabilities(model, outputs)
        header = ["prediction", *(f"p({visible(name)})" for name in names)]
        first = [[csv_text(names[number])] for number in values.argmax(axis=1)]
    else:
        count = outputs.shape[1]
        values = outputs
        header = [f"prediction_{n + 1}" for n in range(count)] if count > 1 else ["prediction"]
        first = [[] for _ in outputs]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    for names_of_row, row in zip(first, values, strict=True):
        writer.writerow([*names_of_row, *(f"{value:.6g}" for value in row)])
    return stream.getvalue()
