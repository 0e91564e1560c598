"""Side by side with the peers: ``python -m benchmarks [names] [--json FILE] [--picture FILE]``.

It never fails because of a time.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pathlib
import platform

NAMES = ["trask", "mushroom", "rashid", "thomas", "tabular", "mlp-small", "mlp", "mlp-wide"]
NAMES += ["predict-1", "start", "memory"]


def picture(found: list[dict], path: str) -> None:
    """Draw the ratios as bars."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    rows = [
        (f"{one['workload']}: {result['name']}", result["ratio"])
        for one in found
        for result in one["results"]
        if result.get("ratio", 1.0) != 1.0
    ]
    figure, axes = pyplot.subplots(figsize=(8, 1 + 0.28 * len(rows)))
    axes.barh([name for name, _ in rows], [ratio for _, ratio in rows])
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.invert_yaxis()
    axes.set_xlabel("time of the peer / time of glassnet")
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="workloads; all by default")
    parser.add_argument("--json", help="write what was measured to this file")
    parser.add_argument("--picture", help="draw the ratios into this file")
    options = parser.parse_args()
    found: list[dict] = []
    for name in options.names or NAMES:
        module = importlib.import_module(f"benchmarks.workloads.{name.replace('-', '_')}")
        found += module.run()
    if options.json:
        machine = {"processor": platform.processor(), "python": platform.python_version()}
        pathlib.Path(options.json).write_text(
            json.dumps({"machine": machine, "found": found}, indent=2)
        )
    if options.picture:
        picture(found, options.picture)


main()
