"""Each part of the public face works as the first thing a program uses."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]

FIRST_LINES = {
    "grad": ("gn.grad(lambda x: x**4 - 3 * x**3 + 2)(6.0)", "540.0"),
    "minimize": ("round(gn.minimize(lambda x: x**2, 1.0, learning_rate=0.4).x, 3)", "0.0"),
    "ops": ("gn.ops.relu([-1.0, 2.0]).tolist()", "[0.0, 2.0]"),
    "activations": ("float(gn.activations.sigmoid(0.0))", "0.5"),
    "losses": ("gn.losses.MeanSquaredError().reduction", "mean"),
    "metrics": ("gn.metrics.accuracy([1, 0], [1, 1])", "0.5"),
    "predict": (
        "gn.Sequential([gn.layers.Dense(2)], seed=0).predict([[1.0, 2.0]]).shape",
        "(1, 2)",
    ),
    "classic": ("gn.classic.nonlin(0.0)", "0.5"),
    "plots": ("gn.plots.curves({'loss': [2.0, 1.0]}).get_xlabel()", "epoch"),
    "testing": ("gn.testing.__name__", "glassnet.testing"),
}


@pytest.mark.parametrize("name", FIRST_LINES)
def test_the_first_line_of_a_program_works(name):
    line, expected = FIRST_LINES[name]
    code = f"import glassnet as gn; print({line})"
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == expected
