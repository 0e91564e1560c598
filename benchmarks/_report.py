"""What was measured as a table and as a picture."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import platform
from typing import Any

_PACKAGES = ("glassnet", "numpy", "llvmlite", "scipy", "scikit-learn", "torch", "jax", "keras")


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, load, versions."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": load,
        "versions": versions,
    }


def _processor() -> str:
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().split("\n"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def text_of(found: dict[str, Any]) -> str:
    """Return the lines of one task for the terminal."""
    lines = ["", f"{found['workload']}: {found['title']}"]
    for result in found["results"]:
        if "us" not in result:
            lines.append(
                f"  {result['name']:34} {result['value']:8.2f} {result['unit']}{_most(result)}"
            )
            continue
        line = f"  {result['name']:22} {_amount(result['us']):>10} a {found['unit']}"
        line += f"  spread {result['spread']:4.0%}"
        if result["ratio"] is not None:
            line += f"  x {result['ratio']:7.2f}{_goal(result):18}"
        lines.append(f"{line}  {result['check']}")
    if "limit" in found:
        limit = found["limit"]
        lines.append(f"  limit {_amount(limit['us'])}: {limit['share']:.0%} reached")
    lines += [f"  without {peer}: {reason}" for peer, reason in found.get("missing", {}).items()]
    return "\n".join(lines)


def _most(result: dict[str, Any]) -> str:
    return f"  (at most {result['most']:g})" if result.get("most") is not None else ""


def _goal(result: dict[str, Any]) -> str:
    if result["least"] is None:
        return ""
    aim = f", aim {result['aim']:g}" if result["aim"] else ""
    return f" (least {result['least']:g}{aim})"


def _amount(us: float) -> str:
    if us < 1000:
        return f"{us:.2f} µs" if us < 10 else f"{us:.1f} µs"
    return f"{us / 1e6:.2f} s" if us >= 1e6 else f"{us / 1000:.2f} ms"


def table_of(found: list[dict[str, Any]], where: dict[str, Any]) -> str:
    """Return everything as one Markdown table."""
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    lines = [
        f"{where['processor']}, {where['cores']} cores; {where['system']}; "
        f"Python {where['python']}; {versions}.",
        "",
        "| workload | contestant | time | spread | glassnet is | at least | aim | result |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found:
        for number, result in enumerate(one["results"]):
            first = f"`{one['workload']}` {one['title']}" if number == 0 else ""
            lines.append(f"| {first} | {result['name']} | {' | '.join(_cells(one, result))} |")
        if "limit" in one:
            share = f"{one['limit']['share']:.0%} reached"
            lines.append(f"| | limit | {_amount(one['limit']['us'])} | | {share} | | | |")
        for peer, reason in one.get("missing", {}).items():
            lines.append(f"| | {peer} | | | | | | {reason} |")
    return "\n".join([*lines, ""])


def _cells(one: dict[str, Any], result: dict[str, Any]) -> list[str]:
    if "us" not in result:
        most = result.get("most")
        return [f"{result['value']:.2f} {result['unit']}", "", "",
                "" if most is None else f"at most {most:g}", "", ""]  # fmt: skip
    ratio = "" if result["ratio"] in (None, 1.0) else f"{result['ratio']:.2f} times as fast"
    goals = ["" if result[key] is None else f"{result[key]:g}" for key in ("least", "aim")]
    return [f"{_amount(result['us'])} a {one['unit']}", f"{result['spread']:.0%}", ratio, *goals,
            result["check"]]  # fmt: skip


def picture(found: list[dict[str, Any]], path: str) -> None:
    """Draw, workload by workload, how many times as fast glassnet is; marks are the goals."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    groups = [
        (one, [r for r in one["results"] if r.get("ratio") not in (None, 1.0)]) for one in found
    ]
    groups = [(one, results) for one, results in groups if results]
    peers = sorted({result["name"] for _, results in groups for result in results})
    colours = dict(zip(peers, pyplot.colormaps["tab10"].colors * 2, strict=False))
    height = sum(len(results) + 1.2 for _, results in groups)
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.24 * height), layout="constrained")
    top, ticks, names = 0.0, [], []
    for one, results in groups:
        for result in results:
            colour = colours[result["name"]]
            axes.barh(top, result["ratio"], height=0.85, color=colour, left=0)
            axes.text(result["ratio"] * 1.04, top, f"{result['name']} {result['ratio']:.3g}",
                      va="center", fontsize=7.5)  # fmt: skip
            if result["least"]:
                axes.plot([result["least"]] * 2, [top - 0.43, top + 0.43], color="black", lw=1.8)
            top += 1
        ticks.append(top - (len(results) + 1) / 2)
        names.append(f"{one['workload']}\n{one['title'].rsplit(', ', 1)[-1]}")
        top += 1.2
    axes.set_yticks(ticks, names, fontsize=8)
    axes.set_ylim(top - 0.6, -1)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_xscale("log")
    largest = max((result["ratio"] for _, results in groups for result in results), default=1.0)
    smallest = min((result["ratio"] for _, results in groups for result in results), default=1.0)
    axes.set_xlim(min(0.5, smallest * 0.8), largest * 6)
    axes.set_xlabel(
        "time of the other / time of glassnet (above 1: glassnet is faster; black marks: goals)"
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
