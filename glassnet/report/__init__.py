"""The report of a training run: one HTML file, and a verdict in plain words."""

from glassnet.report.page import report_html, write_report
from glassnet.report.run import TrainedRun
from glassnet.report.verdict import Verdict, verdict

__all__ = ["TrainedRun", "Verdict", "report_html", "verdict", "write_report"]
