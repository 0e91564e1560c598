"""What the training workloads share: run the contestants, compare, tell the limit."""

from __future__ import annotations

from benchmarks._harness import Task, product_peak, side_by_side
from benchmarks.peers import fann, glass, jax_scan, pytorch, scikit, script

ALL = (
    glass.maker,
    script.maker,
    fann.maker,
    pytorch.maker,
    pytorch.fused_maker,
    jax_scan.maker,
    scikit.maker,
)


def measure(task: Task, without: tuple = (), with_limit: bool = False) -> dict:
    makers = [maker for maker in ALL if maker not in without]
    results = side_by_side(task, makers)
    own = results[0]
    print(f"\n{task.name}: {'-'.join(map(str, task.widths))}, batch {task.batch}, {task.dtype}")
    rows = []
    for result in results:
        ratio = result.median / own.median
        print(
            f"  {result.name:18} {result.median:10.2f} us a step   x{ratio:6.2f}   "
            f"spread {result.spread:4.0%}   {result.check}"
        )
        rows.append({"name": result.name, "us": result.median, "best": result.best, "ratio": ratio})
    found = {"workload": task.name, "results": rows}
    if with_limit:
        peak = product_peak(task.dtype)
        limit = task.operations() / peak / task.steps * 1e6
        print(
            f"  limit: products alone at {peak / 1e9:.0f} GFLOP/s take {limit:.0f} us: "
            f"{limit / own.median:.0%} reached"
        )
        found["limit"] = {"gflops": peak / 1e9, "us": limit, "share": limit / own.median}
    return found
