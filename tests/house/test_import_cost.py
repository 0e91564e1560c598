"""``import glassnet`` is light: NumPy and nothing else, in a few hundredths of a second."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
ALLOWED = {"numpy", "glassnet"}
LIMIT = 0.060  # seconds over ``import numpy``
TRIES = 8  # the best counts: a busy machine makes an import slow, never fast

BARE = "import json, sys; print(json.dumps([0, sorted(sys.modules)]))"
PROGRAM = """
import json, sys, time
import numpy
start = time.perf_counter()
import glassnet
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted(sys.modules)]))
"""


def run(program=PROGRAM):
    """The seconds that the program counted and the top-level modules it ended with."""
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, modules = json.loads(answer.stdout)
    return seconds, {name.split(".")[0] for name in modules}


def test_importing_brings_no_third_party_package_but_numpy():
    _, modules = run()
    _, always = run(BARE)  # an environment's own hooks
    assert not modules - always - set(sys.stdlib_module_names) - ALLOWED


def test_importing_costs_at_most_60_ms_over_numpy():
    best = float("inf")
    for _ in range(TRIES):
        best = min(best, run()[0])
        if best < LIMIT:
            break
    assert best < LIMIT, f"import glassnet took {best * 1000:.0f} ms over import numpy"
