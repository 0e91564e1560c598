"""Why does it not learn? Checks with evidence, a plain verdict and a remedy."""

from glassnet.explain.diagnosis.registry import CHECKS, Check
from glassnet.explain.diagnosis.result import Diagnosis
from glassnet.explain.diagnosis.run import diagnose
from glassnet.training.health import LEVELS, Finding

__all__ = ["CHECKS", "LEVELS", "Check", "Diagnosis", "Finding", "diagnose"]
