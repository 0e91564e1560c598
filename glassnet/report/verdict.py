"""How did it go? In plain words, with the evidence and what to try."""

from __future__ import annotations

from dataclasses import dataclass

from glassnet.report.run import TrainedRun

__all__ = ["Verdict", "verdict"]


@dataclass
class Verdict:
    """A judgement of a run."""

    kind: str
    title: str
    summary: str


def verdict(run: TrainedRun) -> Verdict:
    """Return a judgement of a run."""
    return Verdict("converged", "Converged", run.history.stopped)
