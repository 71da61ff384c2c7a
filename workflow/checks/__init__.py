"""Checks of the review desk: what a reviewer should look at beside a field. A new check is one entry in a noun's table."""

from workflow.checks.check import Check, Finding, Twin
from workflow.checks.looking import CHECKS, condition, findings

__all__ = ["CHECKS", "Check", "Finding", "Twin", "condition", "findings"]
