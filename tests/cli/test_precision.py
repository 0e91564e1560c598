"""Tables whose columns vary little beside their size: times in seconds, large identifiers."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import glassnet as gn

TIMES = 1_700_000_000 + 7 * np.arange(80)


def written_csv(folder, x, y, rows):
    lines = ["time,other,answer", *(f"{a:.0f},{b!r},{c!r}" for (a, b), c in zip(x, y, strict=True))]
    (folder / "data.csv").write_text("\n".join(lines))
    return "data.csv"


def written_npz(folder, x, y, rows):
    np.savez(folder / "data.npz", x=x, y=y)
    return "data.npz"


def written_whole_npz(folder, x, y, rows):
    np.savez(folder / "data.npz", x=np.round(x).astype(np.int64), y=y)
    return "data.npz"


def written_fann(folder, x, y, rows):
    lines = [f"{rows} 2 1"]
    for (a, b), c in zip(x, y, strict=True):
        lines += [f"{a:.0f} {b!r}", repr(c)]
    (folder / "data.data").write_text("\n".join(lines))
    return "data.data"


@pytest.mark.parametrize("write", [written_csv, written_npz, written_whole_npz, written_fann])
def test_times_keep_their_differences_through_every_command(command, folder, write):
    x = np.column_stack([TIMES.astype(float), np.linspace(-1, 1, 80) ** 2]).tolist()
    y = np.sin((TIMES - TIMES[0]) / 100).tolist()
    data = write(folder, np.array(x).tolist(), y, 80) if write is not written_whole_npz else write(
        folder, np.array(x), y, 80
    )  # fmt: skip
    assert command("train", data, "--epochs", "3", "--output", "m.safetensors").code == 0
    told = command("predict", "m.safetensors", data)
    answers = [float(row[0]) for row in list(csv.reader(told.out.splitlines()))[1:]]
    assert len(set(answers)) > 75
    net = gn.load("m.safetensors")
    assert net.layers[0].is_wide
    np.testing.assert_allclose(net.layers[0].deviation[0], 7 * np.std(np.arange(80)), rtol=0.2)
    assert command("evaluate", "m.safetensors", data).out.count("held out") == 1
    shown = command("explain", "m.safetensors", data, "--row", "3").out
    assert "1700000021" in shown.replace(",", "").replace("\u202f", "")
    assert command("diagnose", "m.safetensors", data, "--json").code in (0, 3)


def test_targets_that_float32_would_blur_are_learned_in_double_precision(command, folder):
    rng = np.random.default_rng(7)
    a = rng.uniform(-1, 1, 200)
    lines = ["a,b,when", *(f"{v!r},{v**2!r},{1.7e9 + 50 * v:.3f}" for v in a.tolist())]
    (folder / "when.csv").write_text("\n".join(lines))
    answer = command("train", "when.csv", "--epochs", "60", "--json").json
    assert answer["test"]["r2"] > 0.9
    net = gn.load("when.safetensors")
    assert net.predict(np.array([[0.5, 0.25]])).dtype == np.float64
    values = gn.datasets.read_table("when.csv").y
    assert values.dtype == np.float64 and len(np.unique(values)) > 150


def test_a_constant_target_in_the_training_part_is_scaled_by_1():
    from glassnet.cli.network import make_plan
    from glassnet.cli.rows import error_weights

    y = np.full(10, 0.1)  # np.std gives 1.4e-17
    data = gn.datasets.Dataset(np.zeros((10, 1)), y, "regression")
    assert make_plan(data, data.x, y).layers[-1].scale == 1.0
    np.testing.assert_array_equal(error_weights(y, 3), [1, 1, 1])


def test_models_from_before_know_the_rows_of_their_training(command, folder, flowers):
    from glassnet.cli.data import fingerprint, is_made_on

    data = gn.datasets.read_table(flowers)
    old = {"fingerprint": fingerprint(data.replace(x=data.x.astype(np.float32)))}
    assert old["fingerprint"] != fingerprint(data)
    assert is_made_on(old, data) and is_made_on({"fingerprint": fingerprint(data)}, data)
    assert not is_made_on(old, data.replace(x=data.x + 1)) and not is_made_on({}, data)
