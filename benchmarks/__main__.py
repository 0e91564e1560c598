"""Side by side with other libraries: ``python -m benchmarks [names] [--json FILE] ...``.

It never fails because of a time. A library that is not installed is left out, and named.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pathlib
from typing import Any

from benchmarks._harness import ROUNDS, side_by_side
from benchmarks._report import machine, picture, table_of, text_of

NAMES = [
    "trask",
    "mushroom",
    "rashid",
    "thomas",
    "tabular",
    "digits",
    "mlp-small",
    "mlp",
    "mlp-wide",
    "expm",
]
NAMES += ["fann-xor", "fann-mushroom", "fann-train", "fann-run", "fann-cascade"]
NAMES += ["predict-1", "predictor-1", "start", "compile", "memory", "estimate", "jobs"]


def measured(name: str, rounds: int) -> list[dict[str, Any]]:
    """Run one workload and print what was found."""
    module_name = name.replace("-", "_")
    module = importlib.import_module(f"benchmarks.workloads.{module_name}")
    if hasattr(module, "jobs"):
        found = []
        for one in module.jobs(rounds):
            found.append(one)
            print(text_of(one), flush=True)
        return found
    if hasattr(module, "run"):
        found = [module.run()]
        print(text_of(found[0]), flush=True)
        return found
    found = []
    for number in range(len(module.WORKLOAD.tasks())):
        found.append(side_by_side(module_name, number, rounds))
        print(text_of(found[-1]), flush=True)
    return found


def _rounds(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"workloads, all by default: {', '.join(NAMES)}")
    parser.add_argument("--json", help="write what was measured to this file")
    parser.add_argument("--table", help="write it as a Markdown table to this file")
    parser.add_argument("--picture", help="draw the ratios into this file (PNG, SVG or PDF)")
    parser.add_argument("--rounds", type=_rounds, default=ROUNDS, help="turns of each contestant")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    where = machine()
    print(f"{where['processor']}, {where['cores']} cores, load {where['load']}")
    found = [one for name in options.names or NAMES for one in measured(name, options.rounds)]
    if options.json:
        text = json.dumps({"machine": where, "found": found}, indent=2)
        pathlib.Path(options.json).write_text(text + "\n")
    if options.table:
        pathlib.Path(options.table).write_text(table_of(found, where))
    if options.picture:
        picture(found, options.picture)


if __name__ == "__main__":
    main()
