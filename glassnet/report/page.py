"""The page."""

from __future__ import annotations

from pathlib import Path

from glassnet.formats.files import write_text
from glassnet.report.run import TrainedRun

__all__ = ["write_report"]


def write_report(path: str | Path, run: TrainedRun) -> Path:
    """Write the report."""
    return write_text(path, "<!doctype html>\n<title>glassnet</title>\n" + str(run.scores))
